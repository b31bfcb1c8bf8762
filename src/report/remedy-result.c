/* SPDX-License-Identifier: Apache-2.0 */
/* The end of the table of a patch: how it was proved, what it is, where it is, what comes next. */
#include "report/remedy-parts.h"

#include <string.h>

/* ---- the proof ---- */

static void write_files(CrText *text, const CrRemedy *remedy)
{
  const GPtrArray *files = remedy->patch ? remedy->patch->proof->files : NULL;
  if (!files || !files->len)
    return;
  cr_table_write_heading(text, "FILES", "+ new, ~ changed, - gone");
  CrTextGrid *grid = cr_text_grid_new(text, 2);
  for (guint i = 0; i < files->len; i++) {
    const CrChangedFile *file = files->pdata[i];
    g_autofree char *name = g_strdup_printf("%c /%s", file->mark, file->path);
    cr_text_grid_add(grid, name, file->why ? file->why : file->owner ? file->owner : "nobody's", NULL);
  }
  cr_text_grid_end(grid);
}

void cr_remedy_write_proof(CrText *text, const CrRemedy *remedy, gboolean all)
{
  if (remedy->checks->len) {
    cr_table_write_heading(text, "PROOF", NULL);
    CrTextGrid *grid = cr_text_grid_new(text, 3);
    for (guint i = 0; i < remedy->checks->len; i++) {
      const CrCheck *check = remedy->checks->pdata[i];
      cr_text_grid_add(grid, check->passed ? "✓" : "✗", check->name, check->detail, NULL);
      cr_text_grid_style(grid, 0, check->passed ? CR_STYLE_GREEN : CR_STYLE_LOUD);
      if (!check->passed)
        cr_text_grid_style(grid, 1, CR_STYLE_LOUD);
    }
    cr_text_grid_end(grid);
  }
  if (all)
    write_files(text, remedy);
}

/* ---- the result ---- */

static char *format_size(guint64 bytes)
{
  return g_format_size_full(bytes, G_FORMAT_SIZE_IEC_UNITS);
}

/* "11.0 MiB, 27.0 MiB unpacked; 1022 files: 310 new, 700 changed, 12 gone" */
static char *format_layer(const CrRemedy *remedy)
{
  const CrDraft *draft = cr_remedy_get_result(remedy);
  const GPtrArray *files = remedy->patch->proof->files;
  guint counts[3] = {0};
  for (guint i = 0; i < files->len; i++) {
    char mark = ((const CrChangedFile *)files->pdata[i])->mark;
    counts[mark == '+' ? 0 : mark == '~' ? 1 : 2]++;
  }
  g_autofree char *plain = format_size(remedy->patch->size_bytes);
  const CrDraftLayer *layer = draft ? cr_draft_get_layer(draft, cr_draft_get_layer_count(draft) - 1) : NULL;
  gboolean smaller = layer && layer->compression != CR_COMPRESSION_NONE;
  g_autofree char *stored = smaller ? format_size(layer->size_bytes) : NULL;
  return g_strdup_printf("%s%s%s unpacked; %u file%s: %u new, %u changed, %u gone", stored ? stored : "",
                         stored ? ", " : "", plain, files->len, cr_table_plural(files->len), counts[0], counts[1],
                         counts[2]);
}

static void add_original(CrTextGrid *grid, const CrRemedy *remedy)
{
  const CrOriginal *original = &remedy->original;
  if (!remedy->given || remedy->unchanged == remedy->given)
    return;
  const char *digest = original->digest ? original->digest : original->config_digest;
  g_autofree char *words = g_strdup_printf(
      "%s%s%s, %s", original->name ? original->name : "", original->name ? " " : "", digest ? digest : "",
      original->peeled ? "proved by digest below the earlier patch, which is gone" : "found by its digest");
  cr_text_grid_add(grid, "made from", words, NULL);
}

void cr_remedy_add_places(CrTextGrid *grid, const GPtrArray *published)
{
  for (guint i = 0; i < published->len; i++) {
    cr_text_grid_add(grid, i ? "" : "published", ((const CrPublished *)published->pdata[i])->destination, NULL);
    cr_text_grid_style(grid, 1, CR_STYLE_BOLD);
  }
  if (published->len)
    return;
  cr_text_grid_add(grid, "published", "nowhere: made, proved and thrown away", NULL);
  cr_text_grid_style(grid, 1, CR_STYLE_YELLOW);
}

/* "2 attestation, 1 cosign signature" in one row: -f json has each. */
void cr_remedy_add_dropped(CrTextGrid *grid, const GPtrArray *dropped)
{
  g_autoptr(GString) line = g_string_new(NULL);
  for (guint i = 0; i < dropped->len; i++) {
    const char *type = ((const CrDropped *)dropped->pdata[i])->type;
    guint before = 0, count = 0;
    for (guint k = 0; k < dropped->len; k++) {
      gboolean same = !strcmp(((const CrDropped *)dropped->pdata[k])->type, type);
      before += same && k < i;
      count += same;
    }
    if (!before)
      g_string_append_printf(line, "%s%u %s", line->len ? ", " : "", count, type);
  }
  if (!line->len)
    return;
  g_string_append(line, ": they speak of the digest that was");
  cr_text_grid_add(grid, "left behind", line->str, NULL);
}

void cr_remedy_write_result(CrText *text, const CrRemedy *remedy)
{
  if (remedy->outcome == CR_REMEDY_FAILED || remedy->outcome == CR_REMEDY_PLANNED ||
      (remedy->outcome == CR_REMEDY_NOTHING && !remedy->published->len))
    return;
  const CrDraft *draft = cr_remedy_get_result(remedy);
  cr_table_write_heading(text, "RESULT", remedy->outcome == CR_REMEDY_NOTHING ? "unchanged" : NULL);
  CrTextGrid *grid = cr_text_grid_new(text, 2);
  if (remedy->patch) {
    g_autofree char *layer = format_layer(remedy);
    cr_text_grid_add(grid, "layer", layer, NULL);
  }
  add_original(grid, remedy);
  if (draft)
    cr_text_grid_add(grid, "image", cr_draft_get_manifest_digest(draft), NULL);
  cr_remedy_add_places(grid, remedy->published);
  cr_remedy_add_dropped(grid, remedy->dropped);
  cr_text_grid_end(grid);
}

/* ---- next ---- */

static char *format_next(const CrRemedy *remedy)
{
  const CrImage *image = cr_remedy_get_image(remedy);
  if (remedy->outcome == CR_REMEDY_PLANNED || (remedy->outcome == CR_REMEDY_PATCHED && !remedy->published->len))
    return cr_table_format_patch_command(image);
  if (remedy->outcome != CR_REMEDY_PATCHED)
    return NULL;
  g_autofree char *before = cr_table_quote(image->ref);
  g_autofree char *after = cr_table_quote(((const CrPublished *)remedy->published->pdata[0])->destination);
  return g_strdup_printf("careen diff %s %s", before, after);
}

void cr_remedy_write_next(CrText *text, const CrRemedy *remedy)
{
  g_autofree char *line = format_next(remedy);
  if (line)
    cr_table_write_next_line(text, line);
}
