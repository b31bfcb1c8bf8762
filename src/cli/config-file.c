/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/config-file.h"

#include "base/error.h"
#include "base/limits.h"
#include "cli/options.h"
#include "report/near.h"

#include <errno.h>
#include <libfyaml.h>
#include <stdlib.h>
#include <string.h>

typedef enum { SHAPE_MAP, SHAPE_LIST } Shape;

static const struct {
  const char *name;
  Shape shape;
  const char *what;
} fleet_keys[] = {
    {"images", SHAPE_MAP, "what careen may act on, and how each image is made"},
    {"containers", SHAPE_LIST, "names or globs of containers that may be recreated"},
    {"compose", SHAPE_LIST, "Compose files to find images in"},
    {"dockerfiles", SHAPE_LIST, "Dockerfiles to find images in"},
    {"policy", SHAPE_MAP, "which updates, when, and what is held"},
    {"notify", SHAPE_MAP, "who is told"},
};

const char *const *cr_config_get_fleet_keys(void)
{
  static const char *pairs[2 * G_N_ELEMENTS(fleet_keys) + 1];
  for (guint i = 0; i < G_N_ELEMENTS(fleet_keys); i++) {
    pairs[2 * i] = fleet_keys[i].name;
    pairs[2 * i + 1] = fleet_keys[i].what;
  }
  return pairs;
}

/* ---- errors with a place ---- */

static char *format_place(const char *name, struct fy_node *node)
{
  struct fy_token *token = node ? fy_node_get_scalar_token(node) : NULL;
  const struct fy_mark *mark = token ? fy_token_start_mark(token) : NULL;
  return mark ? g_strdup_printf("'%s' line %d, column %d", name, mark->line + 1, mark->column + 1)
              : g_strdup_printf("'%s'", name);
}

static gboolean G_GNUC_PRINTF(4, 5)
    refuse(const char *name, struct fy_node *node, GError **error, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  g_autofree char *why = g_strdup_vprintf(format, args);
  va_end(args);
  g_autofree char *place = format_place(name, node);
  g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot read %s: %s", place, why);
  return FALSE;
}

static gboolean refuse_key(const char *name, struct fy_node *node, const char *key, GError **error)
{
  refuse(name, node, error, "unknown key '%s'", key);
  g_autoptr(GPtrArray) known = g_ptr_array_new();
  guint count = 0;
  const CrOption *options = cr_options_get(&count);
  for (guint i = 0; i < count; i++)
    if (!options[i].flag_only)
      g_ptr_array_add(known, (gpointer)(options[i].key ? options[i].key : options[i].name));
  for (guint i = 0; i < G_N_ELEMENTS(fleet_keys); i++)
    g_ptr_array_add(known, (gpointer)fleet_keys[i].name);
  g_autofree char *near = cr_near_format(key, (const char *const *)known->pdata, known->len);
  if (error && near)
    cr_error_set_hint(*error, "did you mean %s?", near);
  else if (error)
    cr_error_set_hint(*error, "'man careen.yaml' lists the keys");
  return FALSE;
}

/* ---- one key ---- */

static gboolean set_scalar(const CrOption *option, const char *name, struct fy_node *value, CrSettings *settings,
                           GError **error)
{
  const char *text = fy_node_is_scalar(value) ? fy_node_get_scalar0(value) : NULL;
  if (!text || (option->kind == CR_OPTION_SWITCH && !*text))
    return refuse(name, value, error, "'%s' needs a value", option->name);
  g_autofree char *place = format_place(name, value);
  return cr_option_set(option, settings, text, place, error);
}

static gboolean set_list(const CrOption *option, const char *name, struct fy_node *key, struct fy_node *value,
                         CrSettings *settings, GError **error)
{
  if (fy_node_is_scalar(value))
    return set_scalar(option, name, value, settings, error);
  if (!fy_node_is_sequence(value))
    return refuse(name, key, error, "'%s' is a list", option->name);
  void *position = NULL;
  struct fy_node *item;
  while ((item = fy_node_sequence_iterate(value, &position)))
    if (!set_scalar(option, name, item, settings, error))
      return FALSE;
  return TRUE;
}

static gboolean set_map(const CrOption *option, const char *name, struct fy_node *key, struct fy_node *value,
                        CrSettings *settings, GError **error)
{
  if (!fy_node_is_mapping(value))
    return refuse(name, key, error, "'%s' is a map of NAME: URI", option->key);
  void *position = NULL;
  struct fy_node_pair *pair;
  while ((pair = fy_node_mapping_iterate(value, &position))) {
    struct fy_node *left = fy_node_pair_key(pair), *right = fy_node_pair_value(pair);
    const char *from = left && fy_node_is_scalar(left) ? fy_node_get_scalar0(left) : NULL;
    const char *to = right && fy_node_is_scalar(right) ? fy_node_get_scalar0(right) : NULL;
    if (!from || !*from || !to || !*to)
      return refuse(name, left, error, "'%s' is a map of NAME: URI", option->key);
    g_autofree char *text = g_strconcat(from, "=", to, NULL);
    g_autofree char *place = format_place(name, left);
    if (!cr_option_set(option, settings, text, place, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean set_key(const char *name, struct fy_node *key, struct fy_node *value, CrSettings *settings,
                        GError **error)
{
  const char *text = key && fy_node_is_scalar(key) ? fy_node_get_scalar0(key) : NULL;
  if (!text)
    return refuse(name, key, error, "a key must be a plain word");
  if (!value)
    return refuse(name, key, error, "'%s' needs a value", text);
  const CrOption *option = cr_options_find_key(text);
  if (option && option->key)
    return set_map(option, name, key, value, settings, error);
  if (option && option->kind == CR_OPTION_LIST)
    return set_list(option, name, key, value, settings, error);
  if (option)
    return fy_node_is_scalar(value) ? set_scalar(option, name, value, settings, error)
                                    : refuse(name, key, error, "'%s' takes one value", text);
  for (guint i = 0; i < G_N_ELEMENTS(fleet_keys); i++) {
    if (strcmp(fleet_keys[i].name, text) != 0)
      continue;
    gboolean map = fleet_keys[i].shape == SHAPE_MAP;
    if (map ? fy_node_is_mapping(value) : fy_node_is_sequence(value))
      return TRUE;
    return refuse(name, key, error, "'%s' is a %s", text, map ? "map" : "list");
  }
  return refuse_key(name, key, text, error);
}

/* ---- the document ---- */

static void be_silent(struct fy_diag *diag, void *user, const char *text, size_t size)
{
}

static void take_syntax_error(struct fy_diag *diag, const char *name, GError **error)
{
  void *position = NULL;
  const struct fy_diag_error *first = fy_diag_errors_iterate(diag, &position);
  if (!first)
    g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot read '%s': it is not YAML", name);
  else
    g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot read '%s' line %d, column %d: %s", name, first->line,
                first->column, first->msg ? first->msg : "it is not YAML");
}

static gboolean read_root(struct fy_document *document, const char *name, CrSettings *settings, GError **error)
{
  struct fy_node *root = fy_document_root(document);
  if (!root || (fy_node_is_scalar(root) && !*fy_node_get_scalar0(root)))
    return TRUE; /* empty, or comments only */
  if (!fy_node_is_mapping(root))
    return refuse(name, root, error, "it is not a map of keys and values");
  void *position = NULL;
  struct fy_node_pair *pair;
  while ((pair = fy_node_mapping_iterate(root, &position)))
    if (!set_key(name, fy_node_pair_key(pair), fy_node_pair_value(pair), settings, error))
      return FALSE;
  return TRUE;
}

gboolean cr_config_parse(const char *text, gsize size, const char *name, CrSettings *settings, GError **error)
{
  /* A NUL or other bytes than UTF-8 have no place in YAML, and would end libfyaml's strings early. */
  if (!g_utf8_validate_len(text, size, NULL)) {
    g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot read '%s': it is not UTF-8 text", name);
    return FALSE;
  }
  if (!size)
    return TRUE;
  struct fy_diag_cfg diag_cfg;
  fy_diag_cfg_default(&diag_cfg);
  diag_cfg.fp = NULL;
  diag_cfg.output_fn = be_silent;
  struct fy_diag *diag = fy_diag_create(&diag_cfg);
  fy_diag_set_collect_errors(diag, true);
  struct fy_parse_cfg cfg = {.flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG | FYPCF_RESOLVE_DOCUMENT, .diag = diag};
  struct fy_document *document = fy_document_build_from_string(&cfg, text, size);
  gboolean ok = FALSE;
  if (document)
    ok = read_root(document, name, settings, error);
  else
    take_syntax_error(diag, name, error);
  fy_document_destroy(document);
  fy_diag_destroy(diag);
  return ok;
}

/* The first of the usual places that is there. */
static char *find_file(void)
{
  g_autofree char *own = g_build_filename(g_get_user_config_dir(), "careen", "careen.yaml", NULL);
  const char *const places[] = {"careen.yaml", own, "/etc/careen/careen.yaml"};
  for (guint i = 0; i < G_N_ELEMENTS(places); i++)
    if (g_file_test(places[i], G_FILE_TEST_EXISTS))
      return g_strdup(places[i]);
  return NULL;
}

gboolean cr_config_load(const char *file, CrSettings *settings, GError **error)
{
  g_autofree char *found = file ? g_strdup(file) : find_file();
  if (!found)
    return TRUE;
  g_autofree char *text = NULL;
  gsize size = 0;
  g_autoptr(GError) why = NULL;
  if (!g_file_get_contents(found, &text, &size, &why)) {
    /* GLib's message names the file once more; errno's words are enough. */
    const char *colon = strrchr(why->message, ':');
    g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot read '%s':%s", found, colon ? colon + 1 : why->message);
    return FALSE;
  }
  if (size > CR_LIMIT_DOCUMENT_BYTES) {
    g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot read '%s': it is larger than 8 MiB", found);
    return FALSE;
  }
  return cr_config_parse(text, size, found, settings, error);
}
