/* SPDX-License-Identifier: Apache-2.0 */
#include "report/text.h"

#include "base/log.h"

#include <stdarg.h>
#include <string.h>

#define GRID_INDENT 2
#define GRID_GAP    2
#define BELOW       6  /* indent of a row that goes on below itself */
#define LEAST       18 /* the last column is not made narrower than this */

typedef struct {
  CrStyle style;
  char *text; /* escaped */
} Span;

static void free_span(gpointer data)
{
  Span *span = data;
  g_free(span->text);
  g_free(span);
}

CrText *cr_text_new(guint width, gboolean colour)
{
  CrText *text = g_new0(CrText, 1);
  text->out = g_string_new(NULL);
  text->width = MAX(width, 40);
  text->colour = colour;
  text->spans = g_ptr_array_new_with_free_func(free_span);
  return text;
}

void cr_text_free(CrText *text)
{
  if (!text)
    return;
  g_string_free(text->out, TRUE);
  g_ptr_array_unref(text->spans);
  g_free(text);
}

guint cr_text_measure(const char *text)
{
  guint width = 0;
  for (const char *p = text; *p; p = g_utf8_next_char(p)) {
    gunichar c = g_utf8_get_char(p);
    if (!g_unichar_iszerowidth(c))
      width += g_unichar_iswide(c) ? 2 : 1;
  }
  return width;
}

/* ---- styles ---- */

static const char *get_sequence(CrStyle style)
{
  static const char *const sequences[] = {"", "\033[1m", "\033[2m", "\033[31m", "\033[33m", "\033[32m", "\033[1;31m"};
  return sequences[style];
}

static void set_style(CrText *text, CrStyle *current, CrStyle style)
{
  if (!text->colour || *current == style)
    return;
  if (*current != CR_STYLE_PLAIN)
    g_string_append(text->out, "\033[0m");
  g_string_append(text->out, get_sequence(style));
  *current = style;
}

static void append_blanks(CrText *text, guint count)
{
  for (guint i = 0; i < count; i++)
    g_string_append_c(text->out, ' ');
}

/* ---- lines ---- */

static void G_GNUC_PRINTF(3, 0) add_span(CrText *text, CrStyle style, const char *format, va_list args)
{
  g_autofree char *raw = g_strdup_vprintf(format, args);
  Span *span = g_new0(Span, 1);
  span->style = style;
  span->text = cr_escape_terminal(raw);
  g_ptr_array_add(text->spans, span);
}

void cr_text_span(CrText *text, CrStyle style, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  add_span(text, style, format, args);
  va_end(args);
}

/* Columns from P to the next blank of this span and, where a span ends within a word, of the following ones. */
static guint measure_word(const GPtrArray *spans, guint i, const char *p)
{
  guint width = 0;
  while (TRUE) {
    gsize length = strcspn(p, " ");
    g_autofree char *word = g_strndup(p, length);
    width += cr_text_measure(word);
    if (p[length] || ++i >= spans->len)
      return width;
    p = ((const Span *)spans->pdata[i])->text;
  }
}

/* Write SPANS wrapped at LIMIT columns, starting in column START; later lines get INDENT blanks. */
static void write_spans(CrText *text, const GPtrArray *spans, guint start, guint indent, guint limit)
{
  guint column = start;
  gboolean fresh = TRUE; /* nothing on this line yet */
  CrStyle style = CR_STYLE_PLAIN;
  gboolean inside = FALSE; /* the last character written was part of a word */
  for (guint i = 0; i < spans->len; i++) {
    const Span *span = spans->pdata[i];
    for (const char *p = span->text; *p;) {
      gsize blanks = strspn(p, " ");
      guint word = measure_word(spans, i, p + blanks);
      if (!(inside && !blanks) && !fresh && word && column + blanks + word > limit) {
        set_style(text, &style, CR_STYLE_PLAIN);
        g_string_append_c(text->out, '\n');
        append_blanks(text, indent);
        column = indent;
        p += blanks;
        blanks = 0;
      }
      gsize length = blanks + strcspn(p + blanks, " ");
      set_style(text, &style, span->style);
      g_string_append_len(text->out, p, (gssize)length);
      g_autofree char *piece = g_strndup(p, length);
      column += cr_text_measure(piece);
      inside = length > blanks;
      fresh = fresh && !inside;
      p += length;
    }
  }
  set_style(text, &style, CR_STYLE_PLAIN);
}

static void trim_blanks(GString *out)
{
  while (out->len && out->str[out->len - 1] == ' ')
    g_string_truncate(out, out->len - 1);
}

void cr_text_end(CrText *text, guint indent)
{
  write_spans(text, text->spans, 0, indent, text->width);
  trim_blanks(text->out);
  g_string_append_c(text->out, '\n');
  g_ptr_array_set_size(text->spans, 0);
}

void cr_text_line(CrText *text, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  add_span(text, CR_STYLE_PLAIN, format, args);
  va_end(args);
  cr_text_end(text, 0);
}

void cr_text_gap(CrText *text)
{
  const GString *out = text->out;
  if (out->len && !(out->len >= 2 && out->str[out->len - 1] == '\n' && out->str[out->len - 2] == '\n'))
    g_string_append_c(text->out, '\n');
}

/* ---- grids ---- */

typedef struct {
  GPtrArray *cells; /* Span* */
  GPtrArray *notes; /* Span* */
} Row;

struct CrTextGrid {
  CrText *text;
  guint columns;
  guint *widths;
  gboolean *right;
  GPtrArray *rows;
};

static void free_row(gpointer data)
{
  Row *row = data;
  g_ptr_array_unref(row->cells);
  g_ptr_array_unref(row->notes);
  g_free(row);
}

CrTextGrid *cr_text_grid_new(CrText *text, guint columns)
{
  CrTextGrid *grid = g_new0(CrTextGrid, 1);
  grid->text = text;
  grid->columns = columns;
  grid->widths = g_new0(guint, columns);
  grid->right = g_new0(gboolean, columns);
  grid->rows = g_ptr_array_new_with_free_func(free_row);
  return grid;
}

void cr_text_grid_align_right(CrTextGrid *grid, guint column)
{
  grid->right[column] = TRUE;
}

void cr_text_grid_add(CrTextGrid *grid, ...)
{
  Row *row = g_new0(Row, 1);
  row->cells = g_ptr_array_new_with_free_func(free_span);
  row->notes = g_ptr_array_new_with_free_func(free_span);
  va_list args;
  va_start(args, grid);
  const char *raw;
  /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): va_start is two lines above */
  while (row->cells->len < grid->columns && (raw = va_arg(args, const char *))) {
    Span *span = g_new0(Span, 1);
    span->text = cr_escape_terminal(raw);
    guint column = row->cells->len;
    if (column + 1 < grid->columns)
      grid->widths[column] = MAX(grid->widths[column], cr_text_measure(span->text));
    g_ptr_array_add(row->cells, span);
  }
  va_end(args);
  g_ptr_array_add(grid->rows, row);
}

void cr_text_grid_style(CrTextGrid *grid, guint column, CrStyle style)
{
  const Row *row = grid->rows->pdata[grid->rows->len - 1];
  if (column < row->cells->len)
    ((Span *)row->cells->pdata[column])->style = style;
}

void cr_text_grid_note(CrTextGrid *grid, CrStyle style, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  g_autofree char *raw = g_strdup_vprintf(format, args);
  va_end(args);
  Span *span = g_new0(Span, 1);
  span->style = style;
  span->text = cr_escape_terminal(raw);
  const Row *row = grid->rows->pdata[grid->rows->len - 1];
  g_ptr_array_add(row->notes, span);
}

/* The first column that does not fit in the width any more: `columns` when all do. */
static guint find_break(const CrTextGrid *grid)
{
  guint used = GRID_INDENT;
  for (guint c = 0; c < grid->columns; c++) {
    guint need = c + 1 < grid->columns ? grid->widths[c] : LEAST;
    if (c && used + need > grid->text->width)
      return c;
    used += need + GRID_GAP;
  }
  return grid->columns;
}

static void write_cell(CrTextGrid *grid, const Row *row, guint c, guint column)
{
  Span *span = row->cells->pdata[c];
  g_autoptr(GPtrArray) one = g_ptr_array_new();
  g_ptr_array_add(one, span);
  write_spans(grid->text, one, column, column, grid->text->width);
}

static void end_line(CrText *text)
{
  trim_blanks(text->out);
  g_string_append_c(text->out, '\n');
}

static void write_row(CrTextGrid *grid, const Row *row, guint fits)
{
  CrText *text = grid->text;
  append_blanks(text, GRID_INDENT);
  guint column = GRID_INDENT;
  for (guint c = 0; c < row->cells->len; c++) {
    const Span *span = row->cells->pdata[c];
    guint width = cr_text_measure(span->text), wide = grid->widths[c];
    if (c == fits && !(c + 1 == row->cells->len && !*span->text)) {
      end_line(text);
      append_blanks(text, BELOW);
      column = BELOW;
    }
    gboolean last = c + 1 == row->cells->len;
    gboolean in_column = c < fits && c + 1 < grid->columns;
    if (in_column && grid->right[c] && width < wide) {
      append_blanks(text, wide - width);
      column += wide - width;
      wide = width;
    }
    write_cell(grid, row, c, column);
    column += width;
    if (last)
      break;
    guint pad = GRID_GAP + (in_column && wide > width ? wide - width : 0);
    append_blanks(text, pad);
    column += pad;
  }
  end_line(text);
  for (guint i = 0; i < row->notes->len; i++) {
    append_blanks(text, BELOW);
    g_autoptr(GPtrArray) one = g_ptr_array_new();
    g_ptr_array_add(one, row->notes->pdata[i]);
    write_spans(text, one, BELOW, BELOW, text->width);
    end_line(text);
  }
}

void cr_text_grid_end(CrTextGrid *grid)
{
  guint fits = find_break(grid);
  for (guint i = 0; i < grid->rows->len; i++)
    write_row(grid, grid->rows->pdata[i], fits);
  g_free(grid->widths);
  g_free(grid->right);
  g_ptr_array_unref(grid->rows);
  g_free(grid);
}

char *cr_text_format_count(guint64 count)
{
  g_autofree char *plain = g_strdup_printf("%" G_GUINT64_FORMAT, count);
  GString *out = g_string_new(NULL);
  gsize length = strlen(plain);
  for (gsize i = 0; i < length; i++) {
    if (i && (length - i) % 3 == 0)
      g_string_append_c(out, ',');
    g_string_append_c(out, plain[i]);
  }
  return g_string_free(out, FALSE);
}
