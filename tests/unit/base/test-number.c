/* SPDX-License-Identifier: Apache-2.0 */
#include "base/number.h"

#define THREADS 8

static GMutex lock;
static GCond all_there;
static guint there;

/* All at once the first number of the process: see number.c. */
static gpointer parse(gpointer data)
{
  guint64 number = 0;
  g_mutex_lock(&lock);
  there++;
  g_cond_broadcast(&all_there);
  while (there < THREADS)
    g_cond_wait(&all_there, &lock);
  g_mutex_unlock(&lock);
  *(gboolean *)data = cr_number_parse_unsigned("461", 0, 1000, &number) && number == 461;
  return NULL;
}

static void test_first(void)
{
  GThread *threads[THREADS];
  gboolean good[THREADS];
  for (guint i = 0; i < THREADS; i++)
    threads[i] = g_thread_new("parse", parse, &good[i]);
  for (guint i = 0; i < THREADS; i++) {
    g_thread_join(threads[i]);
    g_assert_true(good[i]);
  }
}

static void test_texts(void)
{
  static const struct {
    const char *text;
    gboolean is_unsigned, is_signed; /* within -10 and 10 */
  } rows[] = {{"0", TRUE, TRUE},
              {"10", TRUE, TRUE},
              {"11", FALSE, FALSE},
              {"-1", FALSE, TRUE},
              {"-11", FALSE, FALSE},
              {"", FALSE, FALSE},
              {" 1", FALSE, FALSE},
              {"1 ", FALSE, FALSE},
              {"1x", FALSE, FALSE},
              {"08", TRUE, TRUE},
              {"+1", FALSE, TRUE},
              {"0x1", FALSE, FALSE},
              {"99999999999999999999", FALSE, FALSE}};
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    guint64 natural = 77;
    gint64 whole = 77;
    g_test_message("'%s'", rows[i].text);
    g_assert_cmpint(cr_number_parse_unsigned(rows[i].text, 0, 10, &natural), ==, rows[i].is_unsigned);
    g_assert_cmpint(cr_number_parse_signed(rows[i].text, -10, 10, &whole), ==, rows[i].is_signed);
    g_assert_true(rows[i].is_unsigned || natural == 77);
    g_assert_true(rows[i].is_signed || whole == 77);
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/number/first", test_first);
  g_test_add_func("/number/texts", test_texts);
  return g_test_run();
}
