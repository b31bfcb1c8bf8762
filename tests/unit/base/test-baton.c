/* SPDX-License-Identifier: Apache-2.0 */
/* One at a time does something; who has laid the baton down is no hindrance. */
#include "base/baton.h"

#define WORKERS 4
#define ROUNDS  1000

typedef struct {
  CrBaton *baton;
  guint inside, done; /* of those who have the baton: plain, for that is what it is for */
  guint resting;      /* under the lock */
  GMutex lock;
  GCond changed;
} Bench;

static gpointer work(gpointer data)
{
  Bench *bench = data;
  cr_baton_take(bench->baton);
  for (guint i = 0; i < ROUNDS; i++) {
    g_assert_cmpuint(bench->inside++, ==, 0);
    bench->done++;
    bench->inside--;
    cr_baton_lay_down(bench->baton);
    cr_baton_take(bench->baton);
  }
  cr_baton_lay_down(bench->baton);
  return NULL;
}

static void test_alone(void)
{
  Bench bench = {.baton = cr_baton_new()};
  GThread *threads[WORKERS];
  for (guint i = 0; i < WORKERS; i++)
    threads[i] = g_thread_new("worker", work, &bench);
  for (guint i = 0; i < WORKERS; i++)
    g_thread_join(threads[i]);
  g_assert_cmpuint(bench.done, ==, WORKERS * ROUNDS);
  cr_baton_free(bench.baton);
}

/* Each rests until all do: with one at a time it would never end. */
static gpointer rest(gpointer data)
{
  Bench *bench = data;
  cr_baton_take(bench->baton);
  cr_baton_lay_down(bench->baton);
  g_mutex_lock(&bench->lock);
  bench->resting++;
  g_cond_broadcast(&bench->changed);
  while (bench->resting < WORKERS)
    g_cond_wait(&bench->changed, &bench->lock);
  g_mutex_unlock(&bench->lock);
  cr_baton_take(bench->baton);
  bench->done++;
  cr_baton_lay_down(bench->baton);
  return NULL;
}

static void test_rest(void)
{
  Bench bench = {.baton = cr_baton_new()};
  g_mutex_init(&bench.lock);
  g_cond_init(&bench.changed);
  GThread *threads[WORKERS];
  for (guint i = 0; i < WORKERS; i++)
    threads[i] = g_thread_new("worker", rest, &bench);
  for (guint i = 0; i < WORKERS; i++)
    g_thread_join(threads[i]);
  g_assert_cmpuint(bench.done, ==, WORKERS);
  g_cond_clear(&bench.changed);
  g_mutex_clear(&bench.lock);
  cr_baton_free(bench.baton);
}

static void test_none(void)
{
  cr_baton_take(NULL);
  cr_baton_take(NULL);
  cr_baton_lay_down(NULL);
  cr_baton_free(NULL);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/baton/alone", test_alone);
  g_test_add_func("/baton/rest", test_rest);
  g_test_add_func("/baton/none", test_none);
  return g_test_run();
}
