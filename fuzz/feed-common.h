/* SPDX-License-Identifier: Apache-2.0 */
/* For fuzz-feed-*.c: a feed's own reading and understanding of bytes, and its rows back from the database's form. */
#pragma once
#include "advisory/compile.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

static void decode_rows(const CrBuilder *builder)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(GPtrArray) found = g_ptr_array_new();
  for (guint i = 0; i < builder->rows->len; i++) {
    const CrBuiltRow *row = &g_array_index(builder->rows, CrBuiltRow, i);
    CrAdvisory template = {.feed = "", .package = row->package};
    g_assert_true(cr_record_decode(row->bytes, row->size, &template, arena, found));
  }
  g_assert_cmpuint(found->len, ==, builder->rows->len);
}

/* WHOLE: the bytes are a file; else one record of it. */
static int fuzz_feed(const CrFeed *feed, const char *ecosystem, gboolean whole, const guint8 *data, gsize size)
{
  CrFeedFile *file = cr_feed_file_new(feed, "endoflife/x", "x", "x", NULL, NULL);
  file->ecosystem = g_strdup(ecosystem);
  g_autoptr(CrBuilder) builder = NULL;
  if (whole) {
    g_autoptr(GBytes) bytes = g_bytes_new_static(data, size);
    builder = cr_compile_bytes(file, bytes, NULL);
  } else {
    builder = cr_builder_new(1);
    feed->take(file, "x", (const char *)data, size, builder);
  }
  if (builder)
    decode_rows(builder);
  cr_feed_file_free(file);
  return 0;
}
