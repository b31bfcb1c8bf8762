/* SPDX-License-Identifier: Apache-2.0 */
/* Text for a terminal: lines that wrap at words, and grids whose columns fit, both measured in terminal columns and not
 * in bytes. Everything that goes in is escaped (cr_escape_terminal): nothing of an image reaches the terminal raw, and
 * the only escape sequences in the output are the colours put here. */
#pragma once
#include <glib.h>

typedef enum {
  CR_STYLE_PLAIN,
  CR_STYLE_BOLD,
  CR_STYLE_DIM,
  CR_STYLE_RED,
  CR_STYLE_YELLOW,
  CR_STYLE_GREEN,
  CR_STYLE_LOUD, /* bold red */
} CrStyle;

typedef struct {
  GString *out; /* what is ready */
  guint width;  /* columns */
  gboolean colour;
  GPtrArray *spans; /* of the line being made */
} CrText;

CrText *cr_text_new(guint width, gboolean colour);
void cr_text_free(CrText *text);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrText, cr_text_free)

/* Columns that TEXT takes: wide characters two, combining ones none. Escaped text only. */
guint cr_text_measure(const char *text);

/* A line is made of spans and ended by cr_text_end, which wraps it: lines after the first begin with INDENT blanks. */
void cr_text_span(CrText *text, CrStyle style, const char *format, ...) G_GNUC_PRINTF(3, 4);
void cr_text_end(CrText *text, guint indent);
/* One plain line, wrapped without indent. */
void cr_text_line(CrText *text, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* An empty line, unless one was just written or nothing was yet. */
void cr_text_gap(CrText *text);

/* Rows in columns, indented by two. All columns but the last are as wide as their widest cell; the last wraps in what
 * is left. Where too little is left, a row goes on below itself, indented by six. */
typedef struct CrTextGrid CrTextGrid;
CrTextGrid *cr_text_grid_new(CrText *text, guint columns);
void cr_text_grid_align_right(CrTextGrid *grid, guint column);
/* As many strings as columns (NULL ends the row early). */
void cr_text_grid_add(CrTextGrid *grid, ...) G_GNUC_NULL_TERMINATED;
/* Style of a cell of the row last added. */
void cr_text_grid_style(CrTextGrid *grid, guint column, CrStyle style);
/* A line under the row last added, indented, that is no row of the grid. */
void cr_text_grid_note(CrTextGrid *grid, CrStyle style, const char *format, ...) G_GNUC_PRINTF(3, 4);
/* Write it, and free it. */
void cr_text_grid_end(CrTextGrid *grid);
/* "10,644"; free with g_free. */
char *cr_text_format_count(guint64 count);
