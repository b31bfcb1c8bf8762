/* SPDX-License-Identifier: Apache-2.0 */
/* modules.yaml (libmodulemd, "modulemd" versions 1 and 2) as stanzas: for each package that is part of a module its
 * stream, "nodejs:18". Documents are read one after the other, each small; default streams become records of
 * their own; other kinds (translations) say nothing of packages. */
#include "vendor/rpmmd.h"

#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/yaml.h"

typedef struct {
  CrStream base;
  CrStream *source;
  GByteArray *pending;
  gsize searched;
  guint64 total;
  gboolean ended;
  GString *out;
} Translation;

static gboolean is_word(const char *text)
{
  for (const char *c = text; c && *c; c++)
    if ((guchar)*c <= ' ' || *c == 0x7f)
      return FALSE;
  return text && *text;
}

/* "nodejs-1:18.9.1-1.module_el8.7.0+3343+ea2b7901.x86_64", taken apart from behind. */
static void put_artifact(GString *out, const char *artifact, const char *module, const char *stream)
{
  g_autofree char *text = is_word(artifact) ? g_strdup(artifact) : NULL;
  char *arch = text ? strrchr(text, '.') : NULL;
  if (arch)
    *arch++ = '\0';
  char *release = arch ? strrchr(text, '-') : NULL;
  if (release)
    *release++ = '\0';
  char *version = release ? strrchr(text, '-') : NULL;
  if (!version || version == text || !*arch || !strcmp(arch, "src"))
    return;
  *version++ = '\0';
  if (g_str_has_prefix(version, "0:"))
    version += 2;
  if (*version && *release)
    g_string_append_printf(out, "Package: %s\nVersion: %s-%s\nArchitecture: %s\nAdvisory: %s:%s\n\n", text, version,
                           release, arch, module, stream);
}

/* "modulemd-defaults": which stream is seen where none was chosen. */
static void put_default(GString *out, const CrYaml *data)
{
  const char *module = cr_yaml_get_text(cr_yaml_find(data, "module"));
  const char *stream = cr_yaml_get_text(cr_yaml_find(data, "stream"));
  if (is_word(module) && is_word(stream))
    g_string_append_printf(out, "Package: " CR_LIST_DEFAULTS "\nVersion: %s\nArchitecture: %s\n\n", module, stream);
}

static void translate_document(GString *out, const CrYaml *root)
{
  const CrYaml *data = cr_yaml_find(root, "data");
  const char *document = cr_yaml_get_text(cr_yaml_find(root, "document"));
  const char *module = cr_yaml_get_text(cr_yaml_find(data, "name"));
  const char *stream = cr_yaml_get_text(cr_yaml_find(data, "stream"));
  const CrYaml *rpms = cr_yaml_find(cr_yaml_find(data, "artifacts"), "rpms");
  if (!g_strcmp0(document, "modulemd-defaults"))
    put_default(out, data);
  if (g_strcmp0(document, "modulemd") || !is_word(module) || !is_word(stream))
    return;
  for (guint i = 0; i < cr_yaml_get_length(rpms); i++)
    put_artifact(out, cr_yaml_get_text(cr_yaml_get_element(rpms, i)), module, stream);
}

static gboolean translate(Translation *t, const char *text, gsize size, GError **error)
{
  g_autoptr(GError) local = NULL;
  g_autoptr(CrYamlDoc) doc = cr_yaml_parse(text, size, "modules.yaml", &local);
  if (!doc) {
    g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "%s", local->message);
    return FALSE;
  }
  for (guint i = 0; i < cr_yaml_doc_get_count(doc); i++)
    translate_document(t->out, cr_yaml_doc_get_root(doc, i));
  return TRUE;
}

/* Where the next document begins, or NULL. Bytes are searched once. */
static const char *find_mark(Translation *t)
{
  const char *text = (const char *)t->pending->data;
  const char *found = t->pending->len > t->searched
                          ? g_strstr_len(text + t->searched, (gssize)(t->pending->len - t->searched), "\n---")
                          : NULL;
  if (!found)
    t->searched = t->pending->len > 4 ? t->pending->len - 4 : 0;
  return found;
}

static gboolean take_documents(Translation *t, GError **error)
{
  for (const char *mark = NULL; t->pending->len && (mark = find_mark(t));) {
    gsize size = (gsize)(mark + 1 - (const char *)t->pending->data);
    if (!translate(t, (const char *)t->pending->data, size, error))
      return FALSE;
    g_byte_array_remove_range(t->pending, 0, (guint)size);
    t->searched = 0;
  }
  if (t->pending->len > CR_LIMIT_STANZA_BYTES) {
    g_set_error_literal(error, CR_ERROR, CR_ERROR_LIMIT, "a module of it is longer than any");
    return FALSE;
  }
  return TRUE;
}

static gssize translation_next(CrStream *stream, const guint8 **data, GError **error)
{
  Translation *t = (Translation *)stream;
  g_string_truncate(t->out, 0);
  while (!t->out->len && !t->ended) {
    const guint8 *piece = NULL;
    gssize n = cr_stream_next(t->source, &piece, error);
    if (n < 0)
      return -1;
    t->total += (guint64)n;
    if (t->total > CR_LIMIT_LIST_BYTES) {
      g_set_error_literal(error, CR_ERROR, CR_ERROR_LIMIT, "it is larger than any repository's");
      return -1;
    }
    g_byte_array_append(t->pending, piece, (guint)n);
    t->ended = n == 0;
    gboolean good = t->ended ? !t->pending->len || translate(t, (const char *)t->pending->data, t->pending->len, error)
                             : take_documents(t, error);
    if (!good)
      return -1;
  }
  *data = (const guint8 *)t->out->str;
  return (gssize)t->out->len;
}

static void translation_free(CrStream *stream)
{
  Translation *t = (Translation *)stream;
  g_byte_array_unref(t->pending);
  g_string_free(t->out, TRUE);
  cr_stream_free(t->source);
  g_free(t);
}

static const CrStreamClass translation_class = {.next = translation_next, .free = translation_free};

CrStream *cr_list_translate_modules(CrStream *source)
{
  Translation *t = g_new0(Translation, 1);
  t->base.class = &translation_class;
  t->source = source;
  t->pending = g_byte_array_new();
  t->out = g_string_new(NULL);
  return &t->base;
}
