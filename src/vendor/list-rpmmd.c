/* SPDX-License-Identifier: Apache-2.0 */
/* primary.xml and updateinfo.xml (createrepo_c; https://github.com/openSUSE/libzypp-mediatypes, rpm-md) as stanzas, as
 * they come in: what is held is one package or one update. */
#include "vendor/rpmmd.h"

#include <string.h>

#include "base/error.h"
#include "base/limits.h"

typedef struct Translation Translation;
typedef struct {
  const char *path; /* the element and its parent: "package/name" */
  void (*start)(Translation *translation, const char **names, const char **values);
  void (*end)(Translation *translation, const char *text);
} Element;

struct Translation {
  CrStream base;
  CrStream *source;
  GMarkupParseContext *context;
  const Element *elements;
  guint element_count;
  GPtrArray *stack; /* interned names of open elements */
  GString *text, *out;
  /* what is open */
  GString *name, *arch, *version, *source_rpm, *href, *checksum, *size, *installed, *built, *vendor;
  GString *kind, *fixes, *packages;
  gboolean sha256;
  guint64 total, quiet; /* bytes so far, and since the last element: GMarkup holds those */
};

static const char *find(const char **names, const char **values, const char *name)
{
  for (guint i = 0; names[i]; i++)
    if (!strcmp(names[i], name))
      return values[i];
  return NULL;
}

/* A value becomes part of a line. */
static void put(GString *out, const char *name, const GString *value)
{
  if (!value->len)
    return;
  g_string_append_printf(out, "%s: ", name);
  for (const char *c = value->str; *c; c++)
    g_string_append_c(out, *c == '\n' || *c == '\r' ? ' ' : *c);
  g_string_append_c(out, '\n');
}

static gboolean is_word(const char *text)
{
  for (const char *c = text; c && *c; c++)
    if ((guchar)*c <= ' ' || *c == 0x7f)
      return FALSE;
  return text && *text;
}

static void format_version(GString *out, const char **names, const char **values)
{
  const char *epoch = find(names, values, "epoch");
  const char *version = find(names, values, "ver") ? find(names, values, "ver") : find(names, values, "version");
  const char *release = find(names, values, "rel") ? find(names, values, "rel") : find(names, values, "release");
  g_string_truncate(out, 0);
  if (!is_word(version))
    return;
  if (epoch && *epoch && strcmp(epoch, "0") != 0)
    g_string_append_printf(out, "%s:", epoch);
  g_string_append(out, version);
  if (release && *release)
    g_string_append_printf(out, "-%s", release);
}

/* ---- primary ---- */

static void clear_package(Translation *t)
{
  GString *const all[] = {t->name,     t->arch, t->version,   t->source_rpm, t->href,
                          t->checksum, t->size, t->installed, t->built,      t->vendor};
  for (guint i = 0; i < G_N_ELEMENTS(all); i++)
    g_string_truncate(all[i], 0);
}

static void start_package(Translation *t, const char **names, const char **values)
{
  (void)names;
  (void)values;
  clear_package(t);
}

static void end_name(Translation *t, const char *text)
{
  g_string_assign(t->name, text);
}

static void end_arch(Translation *t, const char *text)
{
  g_string_assign(t->arch, text);
}

static void start_version(Translation *t, const char **names, const char **values)
{
  format_version(t->version, names, values);
}

static void start_checksum(Translation *t, const char **names, const char **values)
{
  t->sha256 = !g_strcmp0(find(names, values, "type"), "sha256");
}

static void end_checksum(Translation *t, const char *text)
{
  if (t->sha256)
    g_string_assign(t->checksum, text);
}

static void start_time(Translation *t, const char **names, const char **values)
{
  const char *build = find(names, values, "build");
  g_string_assign(t->built, build ? build : "");
}

static void start_size(Translation *t, const char **names, const char **values)
{
  const char *size = find(names, values, "package");
  const char *installed = find(names, values, "installed");
  g_string_assign(t->size, size ? size : "");
  g_string_assign(t->installed, installed ? installed : "");
}

static void start_location(Translation *t, const char **names, const char **values)
{
  const char *href = find(names, values, "href");
  g_string_assign(t->href, href && is_word(href) ? href : "");
}

static void end_vendor(Translation *t, const char *text)
{
  g_string_assign(t->vendor, text);
}

static void end_sourcerpm(Translation *t, const char *text)
{
  g_string_assign(t->source_rpm, text);
}

/* "bash-5.1.8-6.el9.src.rpm": name, version and release from behind. */
static void put_source(Translation *t)
{
  g_autofree char *text = g_strdup(t->source_rpm->str);
  char *end = strstr(text, ".src.rpm");
  end = end ? end : strstr(text, ".nosrc.rpm");
  if (!end || !is_word(text))
    return;
  *end = '\0';
  char *release = strrchr(text, '-');
  if (!release)
    return;
  *release = '\0';
  char *version = strrchr(text, '-');
  if (!version || version == text)
    return;
  *version = '\0';
  g_string_append_printf(t->out, "Source: %s (%s-%s)\n", text, version + 1, release + 1);
}

static void end_package(Translation *t, const char *text)
{
  (void)text;
  if (!is_word(t->name->str) || !is_word(t->arch->str) || !is_word(t->version->str) || !strcmp(t->arch->str, "src") ||
      !strcmp(t->arch->str, "nosrc"))
    return;
  put(t->out, "Package", t->name);
  put(t->out, "Version", t->version);
  put(t->out, "Architecture", t->arch);
  put_source(t);
  put(t->out, "Filename", t->href);
  if (t->checksum->len == 64)
    put(t->out, "SHA256", t->checksum);
  put(t->out, "Size", t->size);
  put(t->out, "Installed-Size", t->installed);
  put(t->out, "Built", t->built);
  put(t->out, "Origin", t->vendor);
  g_string_append_c(t->out, '\n');
}

static const Element primary[] = {
    {"metadata/package", start_package, end_package},
    {"package/name", NULL, end_name},
    {"package/arch", NULL, end_arch},
    {"package/version", start_version, NULL},
    {"package/checksum", start_checksum, end_checksum},
    {"package/time", start_time, NULL},
    {"package/size", start_size, NULL},
    {"package/location", start_location, NULL},
    {"format/rpm:vendor", NULL, end_vendor},
    {"format/rpm:sourcerpm", NULL, end_sourcerpm},
};

/* ---- updateinfo ---- */

static void start_update(Translation *t, const char **names, const char **values)
{
  const char *kind = find(names, values, "type");
  g_string_assign(t->kind, is_word(kind) ? kind : "unknown");
  g_string_truncate(t->fixes, 0);
  g_string_truncate(t->packages, 0);
  g_string_truncate(t->built, 0);
}

/* "2024-03-05 12:00:00", or seconds. */
static void start_issued(Translation *t, const char **names, const char **values)
{
  const char *date = find(names, values, "date");
  g_autofree char *iso = date ? g_strdup_printf("%.10sT00:00:00Z", date) : NULL;
  g_autoptr(GDateTime) day = iso ? g_date_time_new_from_iso8601(iso, NULL) : NULL;
  gint64 seconds = day ? g_date_time_to_unix(day) : date ? g_ascii_strtoll(date, NULL, 10) : 0;
  if (seconds > 1000000)
    g_string_printf(t->built, "%" G_GINT64_FORMAT, seconds);
}

static void start_reference(Translation *t, const char **names, const char **values)
{
  const char *id = find(names, values, "id");
  if (g_strcmp0(find(names, values, "type"), "cve") || !is_word(id) || t->fixes->len > CR_LIMIT_STANZA_BYTES / 4)
    return;
  g_string_append_printf(t->fixes, "%s%s", t->fixes->len ? " " : "", id);
}

static void start_updated(Translation *t, const char **names, const char **values)
{
  const char *name = find(names, values, "name");
  const char *arch = find(names, values, "arch");
  format_version(t->version, names, values);
  if (is_word(name) && is_word(arch) && t->version->len && is_word(t->version->str))
    g_string_append_printf(t->packages, "%s\t%s\t%s\n", name, t->version->str, arch);
}

/* References may stand behind the list of packages, so that all is written at the end. */
static void end_update(Translation *t, const char *text)
{
  (void)text;
  g_auto(GStrv) lines = g_strsplit(t->packages->str, "\n", -1);
  for (guint i = 0; lines[i] && *lines[i]; i++) {
    g_auto(GStrv) words = g_strsplit(lines[i], "\t", 3);
    g_string_append_printf(t->out, "Package: %s\nVersion: %s\nArchitecture: %s\n", words[0], words[1], words[2]);
    put(t->out, "Advisory", t->kind);
    put(t->out, "Fixes", t->fixes);
    put(t->out, "Built", t->built);
    g_string_append_c(t->out, '\n');
  }
}

static const Element updateinfo[] = {
    {"updates/update", start_update, end_update},
    {"update/issued", start_issued, NULL},
    {"references/reference", start_reference, NULL},
    {"collection/package", start_updated, NULL},
};

/* ---- the stream ---- */

static const Element *find_element(const Translation *t, const char *name)
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
  Translation *t = data;
  const Element *found = find_element(t, element);
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
  Translation *t = data;
  g_ptr_array_set_size(t->stack, (gint)t->stack->len - 1);
  const Element *found = find_element(t, element);
  if (found && found->end)
    found->end(t, g_strstrip(t->text->str));
  g_string_truncate(t->text, 0);
}

static void take_text(GMarkupParseContext *context, const char *text, gsize size, gpointer data, GError **error)
{
  (void)context;
  (void)error;
  Translation *t = data;
  if (t->text->len + size <= CR_LIMIT_PATH_BYTES) /* descriptions are not wanted */
    g_string_append_len(t->text, text, (gssize)size);
}

static gssize translation_next(CrStream *stream, const guint8 **data, GError **error)
{
  Translation *t = (Translation *)stream;
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
static void foreach_text(Translation *t, void (*visit)(GString **text))
{
  GString **const all[] = {&t->text,       &t->out,    &t->name,     &t->arch,  &t->version,
                           &t->source_rpm, &t->href,   &t->checksum, &t->size,  &t->installed,
                           &t->built,      &t->vendor, &t->kind,     &t->fixes, &t->packages};
  for (guint i = 0; i < G_N_ELEMENTS(all); i++)
    visit(all[i]);
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
  Translation *t = (Translation *)stream;
  foreach_text(t, free_text);
  g_markup_parse_context_free(t->context);
  g_ptr_array_unref(t->stack);
  cr_stream_free(t->source);
  g_free(t);
}

static const CrStreamClass translation_class = {.next = translation_next, .free = translation_free};

static CrStream *translate(CrStream *source, const Element *elements, guint count)
{
  static const GMarkupParser functions = {.start_element = start, .end_element = end, .text = take_text};
  Translation *t = g_new0(Translation, 1);
  foreach_text(t, new_text);
  t->base.class = &translation_class;
  t->source = source;
  t->elements = elements;
  t->element_count = count;
  t->stack = g_ptr_array_new_with_free_func(g_free);
  t->context = g_markup_parse_context_new(&functions, G_MARKUP_TREAT_CDATA_AS_TEXT, t, NULL);
  return &t->base;
}

CrStream *cr_list_translate_primary(CrStream *stream)
{
  return translate(stream, primary, G_N_ELEMENTS(primary));
}

CrStream *cr_list_translate_updateinfo(CrStream *stream)
{
  return translate(stream, updateinfo, G_N_ELEMENTS(updateinfo));
}
