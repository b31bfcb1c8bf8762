/* SPDX-License-Identifier: Apache-2.0 */
/* In the order of asking, or who ticks every 200 ms might always come before who has waited for long. */
#include "base/baton.h"

struct CrBaton {
  GMutex lock;
  GCond changed;
  guint64 next, turn; /* the ticket that is given next; the one whose turn it is */
};

CrBaton *cr_baton_new(void)
{
  CrBaton *baton = g_new0(CrBaton, 1);
  g_mutex_init(&baton->lock);
  g_cond_init(&baton->changed);
  return baton;
}

void cr_baton_free(CrBaton *baton)
{
  if (!baton)
    return;
  g_mutex_clear(&baton->lock);
  g_cond_clear(&baton->changed);
  g_free(baton);
}

void cr_baton_take(CrBaton *baton)
{
  if (!baton)
    return;
  g_mutex_lock(&baton->lock);
  guint64 own = baton->next++;
  while (baton->turn != own)
    g_cond_wait(&baton->changed, &baton->lock);
  g_mutex_unlock(&baton->lock);
}

void cr_baton_lay_down(CrBaton *baton)
{
  if (!baton)
    return;
  g_mutex_lock(&baton->lock);
  baton->turn++;
  g_cond_broadcast(&baton->changed);
  g_mutex_unlock(&baton->lock);
}
