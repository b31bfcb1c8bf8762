/* SPDX-License-Identifier: Apache-2.0 */
#include "import/import.h"

#include <fnmatch.h>
#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/read-file.h"
#include "fleet/fleet.h"
#include "image/manifest.h"

/* What a name or a first line tells comes before what only the shape of the content does. */
static const CrImportKind *const kinds[] = {
    &cr_import_trivyignore_yaml, &cr_import_trivyignore, &cr_import_grype, &cr_import_osv_scanner,
    &cr_import_debsecan,         &cr_import_unattended,  &cr_import_diun,  &cr_import_inspect,
    &cr_import_compose,          &cr_import_environment,
};

CrImport *cr_import_new(const GDate *today)
{
  CrImport *import = g_new0(CrImport, 1);
  import->arena = cr_arena_new();
  import->today = *today;
  GPtrArray **lists[] = {&import->files, &import->images, &import->containers, &import->rules, &import->origins,
                         &import->hold,  &import->mail,   &import->webhooks,   &import->ntfy,  &import->command};
  for (guint i = 0; i < G_N_ELEMENTS(lists); i++)
    *lists[i] = g_ptr_array_new();
  import->problems = cr_problems_new();
  return import;
}

void cr_import_free(CrImport *import)
{
  if (!import)
    return;
  GPtrArray *lists[] = {import->files, import->images, import->containers, import->rules, import->origins,
                        import->hold,  import->mail,   import->webhooks,   import->ntfy,  import->command};
  for (guint i = 0; i < G_N_ELEMENTS(lists); i++)
    g_ptr_array_unref(lists[i]);
  cr_problems_free(import->problems);
  cr_arena_free(import->arena);
  g_free(import);
}

/* ---- what a file is ---- */

char *cr_import_list_kinds(void)
{
  g_autoptr(GString) text = g_string_new(NULL);
  for (guint i = 0; i < G_N_ELEMENTS(kinds); i++)
    g_string_append_printf(text, "%s%s", i ? ", " : "", kinds[i]->kind);
  return g_string_free(g_steal_pointer(&text), FALSE);
}

static const CrImportKind *find_kind(const char *name, gsize length)
{
  for (guint i = 0; i < G_N_ELEMENTS(kinds); i++)
    if (strlen(kinds[i]->kind) == length && !strncmp(kinds[i]->kind, name, length))
      return kinds[i];
  return NULL;
}

static gboolean is_called(const CrImportKind *kind, const char *base)
{
  for (guint i = 0; kind->names[i]; i++)
    if (!fnmatch(kind->names[i], base, 0))
      return TRUE;
  return FALSE;
}

static const CrImportKind *choose_kind(const CrImportSource *source)
{
  g_autofree char *base = g_path_get_basename(source->name);
  for (guint i = 0; i < G_N_ELEMENTS(kinds); i++)
    if (is_called(kinds[i], base))
      return kinds[i];
  for (guint i = 0; i < G_N_ELEMENTS(kinds); i++)
    if (kinds[i]->is && kinds[i]->is(source))
      return kinds[i];
  return NULL;
}

/* ---- reading ---- */

/* How much is known so far: the lists, and the values that one file alone says. */
static guint count_found(const CrImport *import)
{
  const GPtrArray *const lists[] = {import->images, import->containers, import->rules, import->origins, import->hold,
                                    import->mail,   import->webhooks,   import->ntfy,  import->command};
  const char *const values[] = {import->updates, import->window,  import->minimal_steps, import->metered,
                                import->sender,  import->smtp,    import->smtp_user,     import->report,
                                import->journal, import->fail_on, import->interval,      import->ntfy_token};
  guint count = cr_problems_get_count(import->problems);
  for (guint i = 0; i < G_N_ELEMENTS(lists); i++)
    count += lists[i]->len;
  for (guint i = 0; i < G_N_ELEMENTS(values); i++)
    count += values[i] != NULL;
  return count;
}

/* An empty careen.yaml must not look like one that says nothing because nothing was understood. */
static gboolean read_kind(CrImport *import, const CrImportKind *kind, const CrImportSource *source, GError **error)
{
  guint before = count_found(import);
  if (!kind->read(import, source, error))
    return FALSE;
  if (count_found(import) == before)
    cr_import_note(import, cr_arena_printf(import->arena, "'%s'", source->name),
                   "it adds nothing for careen, read as %s", kind->kind);
  return TRUE;
}

static gboolean refuse_unknown(const char *name, GError **error)
{
  g_autofree char *all = cr_import_list_kinds();
  return cr_error_refuse(error, CR_ERROR_INPUT, "say what it is, as in trivyignore:FILE",
                         "cannot read '%s': it is none of %s", name, all);
}

gboolean cr_import_parse(CrImport *import, const char *kind_name, const char *text, gsize size, const char *name,
                         GError **error)
{
  if (memchr(text, 0, size) || !g_utf8_validate(text, (gssize)size, NULL))
    return cr_error_refuse(error, CR_ERROR_INPUT, NULL, "cannot read '%s': it is no text in UTF-8", name);
  g_autofree char *copy = g_strndup(text, size);
  g_autoptr(GError) why = NULL;
  g_autoptr(CrYamlDoc) doc = cr_yaml_parse(copy, size, name, &why);
  CrImportSource source = {name, copy, size, doc};
  const CrImportKind *kind = kind_name ? find_kind(kind_name, strlen(kind_name)) : choose_kind(&source);
  if (!kind)
    return refuse_unknown(name, error);
  if (kind->is_yaml && !doc) {
    g_propagate_error(error, g_steal_pointer(&why));
    return FALSE;
  }
  CrImportFile *file = cr_arena_new0(import->arena, CrImportFile);
  *file = (CrImportFile){kind->kind, cr_arena_strdup(import->arena, name)};
  g_ptr_array_add(import->files, file);
  source.name = file->file;
  return read_kind(import, kind, &source, error);
}

gboolean cr_import_add(CrImport *import, const char *file, GError **error)
{
  const char *colon = strchr(file, ':');
  const CrImportKind *kind = colon ? find_kind(file, (gsize)(colon - file)) : NULL;
  const char *path = kind ? colon + 1 : file;
  g_autoptr(GError) cause = NULL;
  g_autoptr(GBytes) bytes = cr_read_file(path, CR_LIMIT_RECIPE_BYTES, &cause);
  if (!bytes) {
    g_autofree char *all = cr_import_list_kinds();
    if (colon && !kind)
      cr_error_set_hint(cause, "the kinds that can stand before a colon are %s", all);
    g_propagate_error(error, g_steal_pointer(&cause));
    return FALSE;
  }
  gsize size = 0;
  const char *text = g_bytes_get_data(bytes, &size);
  return cr_import_parse(import, kind ? kind->kind : NULL, text, size, strcmp(path, "-") ? path : "standard input",
                         error);
}

/* ---- what readers use ---- */

void cr_import_lose(CrImport *import, const char *place, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  g_autofree char *what = g_strdup_vprintf(format, args);
  va_end(args);
  cr_problems_add(import->problems, CR_PROBLEM_PARTIAL, place, "%s", what);
}

void cr_import_note(CrImport *import, const char *place, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  g_autofree char *what = g_strdup_vprintf(format, args);
  va_end(args);
  cr_problems_add(import->problems, CR_PROBLEM_NOTE, place, "%s", what);
}

void cr_import_expect_list(CrImport *import, const CrYamlDoc *doc, const char *key, const CrYaml *node)
{
  if (cr_yaml_get_type(node) == CR_YAML_LIST || cr_yaml_get_type(node) == CR_YAML_NULL)
    return;
  g_autofree char *place = cr_yaml_format_place(doc, node);
  cr_import_lose(import, place, "what '%s' says is left out: it is no list of rules", key);
}

void cr_import_set(CrImport *import, const char **slot, const char *key, const char *value, const char *place)
{
  if (*slot && strcmp(*slot, value) != 0)
    cr_import_lose(import, place, "'%s: %s' is left out: another file says %s", key, value, *slot);
  else if (!*slot)
    *slot = cr_arena_strdup(import->arena, value);
}

void cr_import_add_text(CrImport *import, GPtrArray *list, const char *text)
{
  for (guint i = 0; i < list->len; i++)
    if (!strcmp(list->pdata[i], text))
      return;
  g_ptr_array_add(list, (gpointer)cr_arena_strdup(import->arena, text));
}

gboolean cr_import_add_image(CrImport *import, const char *name, const char *actions, gboolean never_restarts,
                             const char *place)
{
  CrReference parts;
  if (strchr(name, '@')) {
    cr_import_note(import, place, "the image '%s' is held by its digest: there is nothing newer to pull", name);
    return FALSE;
  }
  if (!cr_reference_parse(name, import->arena, &parts, NULL)) {
    cr_import_lose(import, place, "'%s' is not the name of an image%s", name,
                   strchr(name, '$') ? ": fill its variables in first, as docker compose config does" : "");
    return FALSE;
  }
  g_autofree char *plain = cr_fleet_normalise_name(name);
  for (guint i = 0; i < import->images->len; i++) {
    CrImportImage *image = import->images->pdata[i];
    if (strcmp(image->name, plain) != 0)
      continue;
    if (strcmp(image->actions, actions) != 0)
      cr_import_lose(import, place,
                     "the image '%s' is updated for some containers and not for others: it is left alone", plain);
    image->actions = strcmp(image->actions, actions) ? "[]" : image->actions;
    image->never_restarts = image->never_restarts || never_restarts;
    return TRUE;
  }
  CrImportImage *image = cr_arena_new0(import->arena, CrImportImage);
  *image = (CrImportImage){cr_arena_strdup(import->arena, plain), actions, never_restarts};
  g_ptr_array_add(import->images, image);
  return TRUE;
}

const char *cr_import_format_line(CrImport *import, const char *file, guint line)
{
  return cr_arena_printf(import->arena, "'%s' line %u", file, line);
}

gboolean cr_import_is_true(const char *text)
{
  return text && (!g_ascii_strcasecmp(text, "true") || !strcmp(text, "1") || !g_ascii_strcasecmp(text, "yes"));
}
