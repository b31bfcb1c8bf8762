/* SPDX-License-Identifier: Apache-2.0 */
/* Several pieces of work at once, of which one at a time does something and the others wait for a process of theirs.
 *
 * What works on an image's files does it in a fork of careen (remedy/workspace.h), and a fork has nothing but the
 * thread that made it: a lock that another one held just then is held for ever in it. So whoever works in a thread has
 * the baton, and lays it down only around a system call that waits, with no lock held: a fork can be made by who has
 * it, for all others stand still in such calls. The processes themselves run at once, and they are where the time
 * goes. */
#pragma once
#include <glib.h>

typedef struct CrBaton CrBaton;

CrBaton *cr_baton_new(void);
void cr_baton_free(CrBaton *baton);
/* Wait for it, and have it. Of NULL both do nothing: who works alone needs none. */
void cr_baton_take(CrBaton *baton);
void cr_baton_lay_down(CrBaton *baton);
