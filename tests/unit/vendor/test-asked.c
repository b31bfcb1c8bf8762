/* SPDX-License-Identifier: Apache-2.0 */
#include "vendor/asked.h"

#include "base/error.h"

#define THREADS 16

typedef struct {
  CrAsked *asked;
  GMutex lock;
  GCond all_there;
  guint there, asking, most, answered, refused;
  int code; /* of the error that asking gives; -1: there is an answer */
} Crowd;

/* Nobody's answer comes before all want it. */
static void wait_for_all(Crowd *crowd)
{
  g_mutex_lock(&crowd->lock);
  crowd->there++;
  g_cond_broadcast(&crowd->all_there);
  while (crowd->there < THREADS)
    g_cond_wait(&crowd->all_there, &crowd->lock);
  g_mutex_unlock(&crowd->lock);
}

static gpointer want(gpointer data)
{
  Crowd *crowd = data;
  g_autoptr(GError) error = NULL;
  wait_for_all(crowd);
  gboolean ours = cr_asked_begin(crowd->asked, "bookworm", &error);
  if (ours) {
    g_mutex_lock(&crowd->lock);
    crowd->asking++;
    crowd->most = MAX(crowd->most, crowd->asking);
    g_mutex_unlock(&crowd->lock);
    g_thread_yield();
    g_autoptr(GError) why = crowd->code < 0 ? NULL : g_error_new(CR_ERROR, crowd->code, "the server is away");
    g_mutex_lock(&crowd->lock);
    crowd->asking--;
    g_mutex_unlock(&crowd->lock);
    cr_asked_end(crowd->asked, "bookworm", why);
  }
  g_mutex_lock(&crowd->lock);
  crowd->answered += ours;
  crowd->refused += error != NULL;
  g_mutex_unlock(&crowd->lock);
  return NULL;
}

static Crowd run_crowd(int code)
{
  Crowd crowd = {.asked = cr_asked_new(), .code = code};
  GThread *threads[THREADS];
  g_mutex_init(&crowd.lock);
  g_cond_init(&crowd.all_there);
  for (guint i = 0; i < THREADS; i++)
    threads[i] = g_thread_new("want", want, &crowd);
  for (guint i = 0; i < THREADS; i++)
    g_thread_join(threads[i]);
  g_cond_clear(&crowd.all_there);
  g_mutex_clear(&crowd.lock);
  return crowd;
}

/* Who comes when it is over asks again (the cache says whether there is need); never two at once. */
static void test_answer(void)
{
  Crowd crowd = run_crowd(-1);
  g_assert_cmpuint(crowd.answered, >=, 1);
  g_assert_cmpuint(crowd.most, ==, 1);
  g_assert_cmpuint(crowd.refused, ==, 0);
  cr_asked_free(crowd.asked);
}

static void test_failure(void)
{
  static const int codes[] = {CR_ERROR_ENVIRONMENT, CR_ERROR_NOT_FOUND};
  for (guint i = 0; i < G_N_ELEMENTS(codes); i++) {
    Crowd crowd = run_crowd(codes[i]);
    g_assert_cmpuint(crowd.answered, ==, 1);
    g_assert_cmpuint(crowd.refused, ==, THREADS - 1);
    g_autoptr(GError) error = NULL;
    g_assert_false(cr_asked_begin(crowd.asked, "bookworm", &error));
    g_assert_error(error, CR_ERROR, codes[i]);
    g_assert_cmpstr(error->message, ==, "the server is away");
    g_assert_true(cr_asked_begin(crowd.asked, "trixie", NULL));
    cr_asked_end(crowd.asked, "trixie", NULL);
    cr_asked_free(crowd.asked);
  }
}

/* That one image does not trust it says nothing of the others: each asks, one after another. */
static void test_trust(void)
{
  Crowd crowd = run_crowd(CR_ERROR_TRUST);
  g_assert_cmpuint(crowd.answered, ==, THREADS);
  g_assert_cmpuint(crowd.most, ==, 1);
  cr_asked_free(crowd.asked);
}

static void test_nobody(void)
{
  g_assert_true(cr_asked_begin(NULL, "bookworm", NULL));
  cr_asked_end(NULL, "bookworm", NULL);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/asked/answer", test_answer);
  g_test_add_func("/asked/failure", test_failure);
  g_test_add_func("/asked/trust", test_trust);
  g_test_add_func("/asked/nobody", test_nobody);
  return g_test_run();
}
