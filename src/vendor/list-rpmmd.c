/* SPDX-License-Identifier: Apache-2.0 */
/* rpm-md's XML (createrepo_c; https://github.com/openSUSE/libzypp-mediatypes) as stanzas, as it comes in: what is held
 * is one package or one update. Here what all have in common, and updateinfo.xml. */
#include "vendor/rpmmd-xml.h"

#include <string.h>

#include "base/error.h"
#include "base/limits.h"

const char *cr_rpmmd_find_attribute(const char **names, const char **values, const char *name)
{
  for (guint i = 0; names[i]; i++)
    if (!strcmp(names[i], name))
      return values[i];
  return NULL;
}

/* A value becomes part of a line. */
void cr_rpmmd_put(GString *out, const char *name, const GString *value)
{
  if (!value->len)
    return;
  g_string_append_printf(out, "%s: ", name);
  for (const char *c = value->str; *c; c++)
    g_string_append_c(out, *c == '\n' || *c == '\r' ? ' ' : *c);
  g_string_append_c(out, '\n');
}

gboolean cr_rpmmd_is_word(const char *text)
{
  for (const char *c = text; c && *c; c++)
    if ((guchar)*c <= ' ' || *c == 0x7f)
      return FALSE;
  return text && *text;
}

void cr_rpmmd_format_version(GString *out, const char **names, const char **values)
{
  const char *epoch = cr_rpmmd_find_attribute(names, values, "epoch");
  const char *version = cr_rpmmd_find_attribute(names, values, "ver")
                            ? cr_rpmmd_find_attribute(names, values, "ver")
                            : cr_rpmmd_find_attribute(names, values, "version");
  const char *release = cr_rpmmd_find_attribute(names, values, "rel")
                            ? cr_rpmmd_find_attribute(names, values, "rel")
                            : cr_rpmmd_find_attribute(names, values, "release");
  g_string_truncate(out, 0);
  if (!cr_rpmmd_is_word(version))
    return;
  if (epoch && *epoch && strcmp(epoch, "0") != 0)
    g_string_append_printf(out, "%s:", epoch);
  g_string_append(out, version);
  if (release && *release)
    g_string_append_printf(out, "-%s", release);
}

/* ---- updateinfo ---- */

static void start_update(CrRpmmdTranslation *t, const char **names, const char **values)
{
  const char *kind = cr_rpmmd_find_attribute(names, values, "type");
  g_string_assign(t->kind, cr_rpmmd_is_word(kind) ? kind : "unknown");
  g_string_truncate(t->fixes, 0);
  g_string_truncate(t->packages, 0);
  g_string_truncate(t->built, 0);
}

/* "2024-03-05 12:00:00", or seconds. */
static void start_issued(CrRpmmdTranslation *t, const char **names, const char **values)
{
  const char *date = cr_rpmmd_find_attribute(names, values, "date");
  g_autofree char *iso = date ? g_strdup_printf("%.10sT00:00:00Z", date) : NULL;
  g_autoptr(GDateTime) day = iso ? g_date_time_new_from_iso8601(iso, NULL) : NULL;
  gint64 seconds = day ? g_date_time_to_unix(day) : date ? g_ascii_strtoll(date, NULL, 10) : 0;
  if (seconds > 1000000)
    g_string_printf(t->built, "%" G_GINT64_FORMAT, seconds);
}

static void start_reference(CrRpmmdTranslation *t, const char **names, const char **values)
{
  const char *id = cr_rpmmd_find_attribute(names, values, "id");
  if (g_strcmp0(cr_rpmmd_find_attribute(names, values, "type"), "cve") || !cr_rpmmd_is_word(id) ||
      t->fixes->len > CR_LIMIT_STANZA_BYTES / 4)
    return;
  g_string_append_printf(t->fixes, "%s%s", t->fixes->len ? " " : "", id);
}

static void start_updated(CrRpmmdTranslation *t, const char **names, const char **values)
{
  const char *name = cr_rpmmd_find_attribute(names, values, "name");
  const char *arch = cr_rpmmd_find_attribute(names, values, "arch");
  cr_rpmmd_format_version(t->version, names, values);
  if (cr_rpmmd_is_word(name) && cr_rpmmd_is_word(arch) && t->version->len && cr_rpmmd_is_word(t->version->str))
    g_string_append_printf(t->packages, "%s\t%s\t%s\n", name, t->version->str, arch);
}

/* References may stand behind the list of packages, so that all is written at the end. */
static void end_update(CrRpmmdTranslation *t, const char *text)
{
  (void)text;
  g_auto(GStrv) lines = g_strsplit(t->packages->str, "\n", -1);
  for (guint i = 0; lines[i] && *lines[i]; i++) {
    g_auto(GStrv) words = g_strsplit(lines[i], "\t", 3);
    g_string_append_printf(t->out, "Package: %s\nVersion: %s\nArchitecture: %s\n", words[0], words[1], words[2]);
    cr_rpmmd_put(t->out, "Advisory", t->kind);
    cr_rpmmd_put(t->out, "Fixes", t->fixes);
    cr_rpmmd_put(t->out, "Built", t->built);
    g_string_append_c(t->out, '\n');
  }
}

static const CrRpmmdElement updateinfo[] = {
    {"updates/update", start_update, end_update},
    {"update/issued", start_issued, NULL},
    {"references/reference", start_reference, NULL},
    {"collection/package", start_updated, NULL},
};

/* ---- the stream ---- */

static const CrRpmmdElement *find_element(const CrRpmmdTranslation *t, const char *name)
{
  const char *parent = t->stack->len ? t->stack->pdata[t->stack->len - 1] : "";
  gsize length = strlen(parent);
  for (guint i = 0; i < t->element_count; i++) {
    const char *path = t->elements[i].path;
    if (!strncmp(path, parent, length) && path[length] == '/' && !strcmp(path + length + 1, name))
      return &t->elements[i];
  }
  return NULL;
}

#define DEPTH 32

static void start(GMarkupParseContext *context, const char *element, const char **names, const char **values,
                  gpointer data, GError **error)
{
  (void)context;
  CrRpmmdTranslation *t = data;
  const CrRpmmdElement *found = find_element(t, element);
  t->quiet = 0;
  g_string_truncate(t->text, 0);
  if (t->stack->len >= DEPTH || strlen(element) > 256) {
    g_set_error_literal(error, CR_ERROR, CR_ERROR_LIMIT, "its elements are nested too deep");
    return;
  }
  if (found && found->start)
    found->start(t, names, values);
  g_ptr_array_add(t->stack, g_strdup(element));
}

static void end(GMarkupParseContext *context, const char *element, gpointer data, GError **error)
{
  (void)context;
  (void)error;
  CrRpmmdTranslation *t = data;
  g_ptr_array_set_size(t->stack, (gint)t->stack->len - 1);
  const CrRpmmdElement *found = find_element(t, element);
  if (found && found->end)
    found->end(t, g_strstrip(t->text->str));
  g_string_truncate(t->text, 0);
}

static void take_text(GMarkupParseContext *context, const char *text, gsize size, gpointer data, GError **error)
{
  (void)context;
  (void)error;
  CrRpmmdTranslation *t = data;
  if (t->text->len + size <= CR_LIMIT_PATH_BYTES) /* descriptions are not wanted */
    g_string_append_len(t->text, text, (gssize)size);
}

static gssize translation_next(CrStream *stream, const guint8 **data, GError **error)
{
  CrRpmmdTranslation *t = (CrRpmmdTranslation *)stream;
  g_string_truncate(t->out, 0);
  while (!t->out->len) {
    const guint8 *piece = NULL;
    g_autoptr(GError) local = NULL;
    gssize n = cr_stream_next(t->source, &piece, error);
    if (n < 0)
      return -1;
    t->total += (guint64)n;
    t->quiet += (guint64)n;
    if (t->total > CR_LIMIT_REPODATA_BYTES || t->quiet > CR_LIMIT_STANZA_BYTES) {
      g_set_error_literal(error, CR_ERROR, CR_ERROR_LIMIT, "it is larger than any repository's");
      return -1;
    }
    gboolean good = n ? g_markup_parse_context_parse(t->context, (const char *)piece, n, &local)
                      : g_markup_parse_context_end_parse(t->context, &local);
    if (!good) {
      g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "its XML cannot be read: %s", local->message);
      return -1;
    }
    if (!n)
      break;
  }
  *data = (const guint8 *)t->out->str;
  return (gssize)t->out->len;
}

/* Calls VISIT for the place of every text. */
static void foreach_text(CrRpmmdTranslation *t, void (*visit)(GString **text))
{
  GString **const all[] = {&t->text,   &t->out,      &t->name,  &t->arch,      &t->version, &t->source_rpm,
                           &t->href,   &t->checksum, &t->size,  &t->installed, &t->built,   &t->scratch,
                           &t->vendor, &t->kind,     &t->fixes, &t->packages};
  for (guint i = 0; i < G_N_ELEMENTS(all); i++)
    visit(all[i]);
  for (guint i = 0; i < CR_RPMMD_RELATIONS; i++)
    visit(&t->relations[i]);
}

static void new_text(GString **text)
{
  *text = g_string_new(NULL);
}

static void free_text(GString **text)
{
  g_string_free(*text, TRUE);
}

static void translation_free(CrStream *stream)
{
  CrRpmmdTranslation *t = (CrRpmmdTranslation *)stream;
  foreach_text(t, free_text);
  g_markup_parse_context_free(t->context);
  g_ptr_array_unref(t->stack);
  cr_stream_free(t->source);
  g_free(t);
}

static const CrStreamClass translation_class = {.next = translation_next, .free = translation_free};

CrStream *cr_rpmmd_translate(CrStream *source, const CrRpmmdElement *elements, guint count)
{
  static const GMarkupParser functions = {.start_element = start, .end_element = end, .text = take_text};
  CrRpmmdTranslation *t = g_new0(CrRpmmdTranslation, 1);
  foreach_text(t, new_text);
  t->base.class = &translation_class;
  t->source = source;
  t->elements = elements;
  t->element_count = count;
  t->stack = g_ptr_array_new_with_free_func(g_free);
  t->context = g_markup_parse_context_new(&functions, G_MARKUP_TREAT_CDATA_AS_TEXT, t, NULL);
  return &t->base;
}

CrStream *cr_list_translate_updateinfo(CrStream *stream)
{
  return cr_rpmmd_translate(stream, updateinfo, G_N_ELEMENTS(updateinfo));
}
