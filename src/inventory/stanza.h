/* SPDX-License-Identifier: Apache-2.0 */
/* Text databases of "Name: value" stanzas with blank lines between (deb-control(5)): dpkg, opkg, apt's extended_states;
 * and lines of text. Slices into the bytes given; nothing is copied. Private to inventory/. */
#pragma once
#include <glib.h>

typedef struct {
  const char *at;
  gsize size;
} CrSlice;

static inline CrSlice cr_slice(const void *data, gsize size)
{
  return (CrSlice){.at = (const char *)data, .size = data ? size : 0};
}
gboolean cr_slice_is(CrSlice slice, const char *text);
/* Field names and states: ASCII, no matter the case. */
gboolean cr_slice_is_word(CrSlice slice, const char *text);
gboolean cr_slice_starts(CrSlice slice, const char *text);
gboolean cr_slice_ends(CrSlice slice, const char *text);
/* Without white space at both ends. */
CrSlice cr_slice_trim(CrSlice slice);

/* The next line of REST without its line end; REST moves behind it. FALSE at the end. */
gboolean cr_slice_next_line(CrSlice *rest, CrSlice *line);
/* The next word of REST (between spaces and tabs). */
gboolean cr_slice_next_word(CrSlice *rest, CrSlice *word);
/* The next stanza of REST with its last line end, without the blank lines around it. */
gboolean cr_slice_next_stanza(CrSlice *rest, CrSlice *stanza);
/* The next field of REST (a stanza); VALUE is its first line, trimmed. Lines that are no field are passed over. */
gboolean cr_slice_next_field(CrSlice *rest, CrSlice *name, CrSlice *value);
