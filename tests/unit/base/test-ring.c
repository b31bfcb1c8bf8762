/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ring.h"

#include <string.h>

#include "base/error.h"

#define BUFFERS 1000U

typedef struct {
  CrRing *ring;
  guint reader;
  guint64 sum;
  guint count;
  gssize last;
} Job;

static gpointer read_all(gpointer data)
{
  Job *job = data;
  const guint8 *bytes = NULL;
  while ((job->last = cr_ring_next(job->ring, job->reader, &bytes)) > 0) {
    guint32 number = 0;
    memcpy(&number, bytes, sizeof number);
    g_assert_cmpuint(number, ==, job->count); /* each, and in order */
    g_assert_cmpint(job->last, ==, (gssize)(sizeof number + number % 7));
    job->count++;
    job->sum += (guint64)job->last;
  }
  return NULL;
}

static guint64 write_all(CrRing *ring)
{
  guint64 sum = 0;
  for (guint32 i = 0; i < BUFFERS; i++) {
    guint8 *buffer = cr_ring_wait(ring);
    g_assert_nonnull(buffer);
    memcpy(buffer, &i, sizeof i);
    cr_ring_publish(ring, sizeof i + i % 7);
    sum += sizeof i + i % 7;
  }
  return sum;
}

static void test_order(void)
{
  static const struct {
    guint slots, readers;
    gboolean fails, lent;
  } rows[] = {{1, 1, FALSE, FALSE}, {2, 1, TRUE, FALSE}, {4, 1, FALSE, TRUE},
              {1, 2, FALSE, FALSE}, {6, 2, TRUE, FALSE}, {3, 2, FALSE, TRUE}};
  for (guint r = 0; r < G_N_ELEMENTS(rows); r++) {
    g_autofree guint8 *memory = rows[r].lent ? g_malloc(rows[r].slots * CR_RING_SLOT_BYTES) : NULL;
    CrRing *ring =
        memory ? cr_ring_new_in(memory, rows[r].slots, rows[r].readers) : cr_ring_new(rows[r].slots, rows[r].readers);
    Job jobs[CR_RING_READERS] = {{.ring = ring, .reader = 0}, {.ring = ring, .reader = 1}};
    GThread *threads[CR_RING_READERS] = {NULL};
    for (guint i = 0; i < rows[r].readers; i++)
      threads[i] = g_thread_new("reader", read_all, &jobs[i]);
    guint64 sum = write_all(ring);
    cr_ring_end(ring, rows[r].fails ? g_error_new(CR_ERROR, CR_ERROR_INPUT, "cut") : NULL);
    for (guint i = 0; i < rows[r].readers; i++) {
      g_thread_join(threads[i]);
      g_assert_cmpuint(jobs[i].count, ==, BUFFERS);
      g_assert_cmpuint(jobs[i].sum, ==, sum);
      g_assert_cmpint(jobs[i].last, ==, rows[r].fails ? -1 : 0);
    }
    g_assert_cmpint(cr_ring_get_error(ring) != NULL, ==, rows[r].fails);
    cr_ring_free(ring);
    for (guint i = 0; memory && i < rows[r].slots; i++) { /* every buffer of it was used, and it is still its owner's */
      guint32 number = 0;
      memcpy(&number, memory + i * CR_RING_SLOT_BYTES, sizeof number);
      g_assert_cmpuint(number % rows[r].slots, ==, i);
      g_assert_cmpuint(number, >=, BUFFERS - rows[r].slots);
    }
  }
}

static gpointer write_until_stopped(gpointer data)
{
  guint written = 0;
  for (; cr_ring_wait(data); written++)
    cr_ring_publish(data, 1);
  cr_ring_end(data, NULL);
  return GUINT_TO_POINTER(written);
}

/* One reader takes two buffers and has gone; the other takes none: the writer fills the ring, and is let go. */
static void test_stop(void)
{
  CrRing *ring = cr_ring_new(4, 2);
  const guint8 *bytes = NULL;
  GThread *thread = g_thread_new("writer", write_until_stopped, ring);
  g_assert_cmpint(cr_ring_next(ring, 0, &bytes), ==, 1);
  g_assert_cmpint(cr_ring_next(ring, 0, &bytes), ==, 1);
  cr_ring_stop(ring);
  g_assert_cmpuint(GPOINTER_TO_UINT(g_thread_join(thread)), <=, 4);
  g_assert_null(cr_ring_wait(ring));
  cr_ring_free(ring);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/base/ring/order", test_order);
  g_test_add_func("/base/ring/stop", test_stop);
  return g_test_run();
}
