/* SPDX-License-Identifier: Apache-2.0 */
#include "report/report.h"

#include "model/version.h"

#include <string.h>

/* ---- packages ---- */

static int compare_packages(const CrPackage *a, const CrPackage *b)
{
  int order = strcmp(a->type, b->type);
  order = order ? order : strcmp(a->name, b->name);
  return order ? order : g_strcmp0(a->arch, b->arch);
}

/* Several versions of one name may be there (kernels, language packages): they are paired in order of version. */
static int sort_packages(gconstpointer a, gconstpointer b)
{
  const CrPackage *one = *(const CrPackage *const *)a, *other = *(const CrPackage *const *)b;
  int order = compare_packages(one, other);
  return order ? order : cr_version_compare(cr_version_scheme_for(one->type), one->version, other->version);
}

static GPtrArray *list_packages(const CrScan *scan)
{
  GPtrArray *list = g_ptr_array_sized_new(scan->packages->len);
  for (guint i = 0; i < scan->packages->len; i++)
    g_ptr_array_add(list, scan->packages->pdata[i]);
  g_ptr_array_sort(list, sort_packages);
  return list;
}

static void add_package(CrDiff *diff, const CrPackage *a, const CrPackage *b)
{
  const CrPackage *known = b ? b : a;
  if (!known)
    return;
  CrDiffPackage change = {
      .type = known->type,
      .name = known->name,
      .arch = known->arch,
      .from = a ? a->version : NULL,
      .to = b ? b->version : NULL,
      .reach = known->reach.level,
  };
  if (a && b)
    change.order = cr_version_compare(cr_version_scheme_for(known->type), b->version, a->version);
  g_array_append_val(diff->packages, change);
}

static void compare_inventories(CrDiff *diff)
{
  g_autoptr(GPtrArray) a = list_packages(diff->a), b = list_packages(diff->b);
  guint i = 0, k = 0;
  while (i < a->len || k < b->len) {
    int order = i == a->len ? 1 : k == b->len ? -1 : compare_packages(a->pdata[i], b->pdata[k]);
    const CrPackage *one = order <= 0 ? a->pdata[i++] : NULL, *other = order >= 0 ? b->pdata[k++] : NULL;
    if (!one || !other || strcmp(one->version, other->version) != 0)
      add_package(diff, one, other);
  }
}

/* ---- configuration ---- */

static void add_setting(CrDiff *diff, const char *name, const char *from, const char *to)
{
  if (!g_strcmp0(from, to))
    return;
  CrDiffSetting change = {name, cr_arena_strdup(diff->arena, from), cr_arena_strdup(diff->arena, to)};
  g_array_append_val(diff->settings, change);
}

static char *format_words(CrStrv words)
{
  GString *text = g_string_new(NULL);
  for (guint i = 0; words && words[i]; i++) {
    gboolean plain = *words[i] && !words[i][strcspn(words[i], " \t\n'\"\\$")];
    g_autofree char *quoted = plain ? g_strdup(words[i]) : g_shell_quote(words[i]);
    g_string_append_printf(text, "%s%s", i ? " " : "", quoted);
  }
  char *result = g_string_free(text, FALSE);
  if (*result)
    return result;
  g_free(result);
  return NULL;
}

static void compare_words(CrDiff *diff, const char *name, CrStrv a, CrStrv b)
{
  g_autofree char *from = format_words(a), *to = format_words(b);
  add_setting(diff, name, from, to);
}

static const char *find_variable(CrStrv env, const char *name, gsize length)
{
  for (guint i = 0; env && env[i]; i++)
    if (!strncmp(env[i], name, length) && env[i][length] == '=')
      return env[i] + length + 1;
  return NULL;
}

static void compare_environment(CrDiff *diff)
{
  CrStrv sides[] = {diff->a->image->env, diff->b->image->env};
  for (guint side = 0; side < 2; side++) {
    for (guint i = 0; sides[side] && sides[side][i]; i++) {
      const char *entry = sides[side][i];
      gsize length = strcspn(entry, "=");
      const char *from = find_variable(sides[0], entry, length), *to = find_variable(sides[1], entry, length);
      if (side == 1 && from) /* told already */
        continue;
      add_setting(diff, cr_arena_printf(diff->arena, "env %.*s", (int)length, entry), from, to);
    }
  }
}

static void compare_labels(CrDiff *diff)
{
  const CrImage *a = diff->a->image, *b = diff->b->image;
  for (guint i = 0; a->label_names && a->label_names[i]; i++)
    add_setting(diff, cr_arena_printf(diff->arena, "label %s", a->label_names[i]), a->label_values[i],
                cr_image_find_label(b, a->label_names[i]));
  for (guint i = 0; b->label_names && b->label_names[i]; i++)
    if (!cr_image_find_label(a, b->label_names[i]))
      add_setting(diff, cr_arena_printf(diff->arena, "label %s", b->label_names[i]), NULL, b->label_values[i]);
}

static const char *none_if_empty(const char *text)
{
  return text && *text ? text : NULL;
}

static void compare_configs(CrDiff *diff)
{
  const CrImage *a = diff->a->image, *b = diff->b->image;
  add_setting(diff, "platform", a->platform, b->platform);
  compare_words(diff, "entrypoint", a->entrypoint, b->entrypoint);
  compare_words(diff, "cmd", a->cmd, b->cmd);
  add_setting(diff, "user", none_if_empty(a->user), none_if_empty(b->user));
  add_setting(diff, "workdir", none_if_empty(a->workdir), none_if_empty(b->workdir));
  add_setting(diff, "stop signal", none_if_empty(a->stop_signal), none_if_empty(b->stop_signal));
  compare_words(diff, "ports", a->exposed_ports, b->exposed_ports);
  compare_words(diff, "volumes", a->volumes, b->volumes);
  add_setting(diff, "health check", a->health.test_kind, b->health.test_kind);
  compare_words(diff, "health check command", a->health.command, b->health.command);
  compare_words(diff, "onbuild", a->onbuild, b->onbuild);
  compare_environment(diff);
  compare_labels(diff);
  g_autofree char *from = g_strdup_printf("%s %s", diff->a->os->id ? diff->a->os->id : "unknown",
                                          diff->a->os->version ? diff->a->os->version : "");
  g_autofree char *to = g_strdup_printf("%s %s", diff->b->os->id ? diff->b->os->id : "unknown",
                                        diff->b->os->version ? diff->b->os->version : "");
  add_setting(diff, "operating system", g_strchomp(from), g_strchomp(to));
}

/* ---- updates, flaws and files ---- */

static const CrUpdate *find_update(const CrScan *scan, const CrUpdate *like)
{
  for (guint i = 0; i < scan->updates->len; i++) {
    const CrUpdate *update = scan->updates->pdata[i];
    if (!strcmp(update->package->name, like->package->name) && !g_strcmp0(update->package->arch, like->package->arch) &&
        !strcmp(update->candidate, like->candidate))
      return update;
  }
  return NULL;
}

static void subtract_updates(const CrScan *from, const CrScan *other, GPtrArray *out)
{
  for (guint i = 0; i < from->updates->len; i++)
    if (!find_update(other, from->updates->pdata[i]))
      g_ptr_array_add(out, from->updates->pdata[i]);
}

/* A flaw in a package, whatever the package's version. */
static char *format_flaw(const CrFinding *finding)
{
  const CrPackage *package = finding->package;
  return g_strjoin("\n", finding->id, package->type, package->name, package->arch, NULL);
}

static void subtract_findings(const CrScan *from, const CrScan *other, GPtrArray *out)
{
  g_autoptr(GHashTable) flaws = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < other->findings->len; i++) {
    const CrFinding *finding = other->findings->pdata[i];
    if (!finding->suppressed)
      g_hash_table_add(flaws, format_flaw(finding));
  }
  for (guint i = 0; i < from->findings->len; i++) {
    const CrFinding *finding = from->findings->pdata[i];
    g_autofree char *flaw = finding->suppressed ? NULL : format_flaw(finding);
    if (flaw && !g_hash_table_contains(flaws, flaw))
      g_ptr_array_add(out, (gpointer)finding);
  }
}

static void subtract_files(const CrScan *from, const CrScan *other, GPtrArray *out)
{
  g_autoptr(GHashTable) paths = g_hash_table_new(g_str_hash, g_str_equal);
  for (guint i = 0; i < other->unowned->len; i++)
    g_hash_table_add(paths, (gpointer)((const CrUnowned *)other->unowned->pdata[i])->path);
  for (guint i = 0; i < from->unowned->len; i++)
    if (!g_hash_table_contains(paths, ((const CrUnowned *)from->unowned->pdata[i])->path))
      g_ptr_array_add(out, from->unowned->pdata[i]);
}

CrDiff *cr_diff_new(const CrScan *a, const CrScan *b)
{
  CrDiff *diff = g_new0(CrDiff, 1);
  diff->a = a;
  diff->b = b;
  diff->arena = cr_arena_new();
  diff->packages = g_array_new(FALSE, FALSE, sizeof(CrDiffPackage));
  diff->settings = g_array_new(FALSE, FALSE, sizeof(CrDiffSetting));
  diff->solved = g_ptr_array_new();
  diff->pending = g_ptr_array_new();
  diff->closed = g_ptr_array_new();
  diff->opened = g_ptr_array_new();
  diff->gone = g_ptr_array_new();
  diff->came = g_ptr_array_new();
  compare_inventories(diff);
  compare_configs(diff);
  subtract_updates(a, b, diff->solved);
  subtract_updates(b, a, diff->pending);
  subtract_findings(a, b, diff->closed);
  subtract_findings(b, a, diff->opened);
  subtract_files(a, b, diff->gone);
  subtract_files(b, a, diff->came);
  const CrImage *one = a->image, *other = b->image;
  while (diff->shared_layers < one->layer_count && diff->shared_layers < other->layer_count &&
         one->layers[diff->shared_layers].diff_id &&
         !g_strcmp0(one->layers[diff->shared_layers].diff_id, other->layers[diff->shared_layers].diff_id))
    diff->shared_layers++;
  return diff;
}

void cr_diff_free(CrDiff *diff)
{
  if (!diff)
    return;
  g_array_unref(diff->packages);
  g_array_unref(diff->settings);
  g_ptr_array_unref(diff->solved);
  g_ptr_array_unref(diff->pending);
  g_ptr_array_unref(diff->closed);
  g_ptr_array_unref(diff->opened);
  g_ptr_array_unref(diff->gone);
  g_ptr_array_unref(diff->came);
  cr_arena_free(diff->arena);
  g_free(diff);
}
