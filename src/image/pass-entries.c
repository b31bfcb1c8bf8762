/* SPDX-License-Identifier: Apache-2.0 */
#include "image/pass-entries.h"

#include <string.h>

#include "base/limits.h"

#define WHITEOUT ".wh."
#define OPAQUE   ".wh..wh..opq"

CrNameKind cr_entries_take_name(CrEntries *entries, const char *raw, gsize *bytes, const char **why)
{
  char *out = entries->path;
  gsize n = 0;
  guint depth = 0;
  const char *last = "";
  gsize last_bytes = 0;
  while (*raw) {
    gsize size = strcspn(raw, "/");
    const char *part = raw;
    raw += size + (raw[size] == '/');
    if (size == 0 || (size == 1 && part[0] == '.'))
      continue;
    if (size == 2 && part[0] == '.' && part[1] == '.') {
      if (!n) {
        *why = "names a path outside the root";
        return CR_NAME_REFUSED;
      }
      while (n && out[n - 1] != '/')
        n--;
      n -= n > 0;
      depth--;
      last_bytes = 0;
      continue;
    }
    if (n + 1 + size > CR_LIMIT_PATH_BYTES || depth >= CR_LIMIT_PATH_DEPTH) {
      *why = "has a name longer or deeper than any file system allows";
      return CR_NAME_REFUSED;
    }
    if (n)
      out[n++] = '/';
    last = out + n;
    last_bytes = size;
    memcpy(out + n, part, size);
    n += size;
    depth++;
  }
  out[n] = 0;
  *bytes = n;
  if (!entries->whiteouts || last_bytes < 4 || memcmp(last, WHITEOUT, 4) != 0)
    return CR_NAME_PLAIN;
  if (!strcmp(last, OPAQUE)) {
    n = n > last_bytes ? n - last_bytes - 1 : 0;
    out[n] = 0;
    *bytes = n;
    return CR_NAME_OPAQUE;
  }
  const char *hidden = last + 4;
  if (!*hidden || !strncmp(hidden, WHITEOUT, 4) || !strcmp(hidden, ".") || !strcmp(hidden, ".."))
    return CR_NAME_IGNORED; /* aufs' own book-keeping, or nothing that a name could be */
  memmove(out + n - last_bytes, hidden, last_bytes - 3);
  *bytes = n - 4;
  return CR_NAME_WHITEOUT;
}

guint64 cr_entries_ask_collectors(const CrEntries *entries, const CrEntry *entry, const guint8 *head, gsize head_bytes)
{
  guint64 wanted = 0;
  for (guint i = 0; entries->collectors[i] && i < 64; i++)
    if (entries->collectors[i]->wants(entry, head, head_bytes))
      wanted |= 1ULL << i;
  return wanted;
}

static void collect(CrEntries *entries, const CrEntry *entry, guint i, CrFile *file)
{
  g_autoptr(GError) error = NULL;
  CrSink *sink = cr_layer_writer_begin_facts(entries->writer, i);
  gboolean ok = entries->collectors[i]->collect(entry, file, sink, &error);
  gboolean over = cr_layer_writer_get_facts_bytes(entries->writer) > CR_LIMIT_KEPT_BYTES;
  cr_layer_writer_end_facts(entries->writer, ok && !over);
  if (over)
    cr_layer_writer_add_problem(entries->writer, CR_PROBLEM_PARTIAL, entry->path,
                                "not kept: this layer's databases are larger than careen keeps");
  else if (!ok)
    cr_layer_writer_add_problem(entries->writer, CR_PROBLEM_PARTIAL, entry->path,
                                error ? error->message : "could not be read");
}

void cr_entries_collect(CrEntries *entries, const CrEntry *entry, guint64 wanted, CrFile *file)
{
  for (guint i = 0; entries->collectors[i] && i < 64; i++)
    if (wanted & (1ULL << i))
      collect(entries, entry, i, file);
}
