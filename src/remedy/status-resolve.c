/* SPDX-License-Identifier: Apache-2.0 */
/* What changes in an image without dpkg: the wanted packages, and those that their new versions need in new versions.
 * The image's builder left out what he thought dispensable, so apt's rules would find it broken; here a need counts
 * only if it was met before, or is a new one. */
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "model/version.h"
#include "remedy/status.h"

typedef struct {
  CrScan *scan;
  CrArena *arena;
  GPtrArray *changes; /* CrChange* */
  GPtrArray *debs;    /* CrStatusDeb*, as many */
} Resolving;

/* ---- relations (Debian Policy §7.1) ---- */

typedef struct {
  const char *name, *op, *version; /* OP NULL: any version */
} Relation;

static Relation parse_relation(const char *text, CrArena *arena)
{
  Relation relation = {0};
  g_autofree char *copy = g_strdup(text);
  const char *word = g_strstrip(copy);
  gsize length = strcspn(word, " \t:([");
  relation.name = cr_arena_strndup(arena, word, length);
  const char *open = strchr(word, '(');
  if (!open)
    return relation;
  open += 1 + strspn(open + 1, " \t");
  gsize size = strspn(open, "<>=");
  const char *version = open + size + strspn(open + size, " \t");
  relation.op = cr_arena_strndup(arena, open, size);
  relation.version = cr_arena_strndup(arena, version, strcspn(version, " \t)"));
  return relation;
}

static gboolean accepts(const Relation *relation, const char *version)
{
  if (!relation->op || !*relation->op)
    return TRUE;
  if (!version)
    return FALSE;
  int order = cr_version_compare_deb(version, relation->version);
  if (!strcmp(relation->op, "="))
    return order == 0;
  gboolean less = relation->op[0] == '<';
  gboolean equal = relation->op[1] != relation->op[0]; /* "<<" and ">>" are strict; "<" is an old "<=" */
  return (less ? order < 0 : order > 0) || (equal && order == 0);
}

static const CrChange *find_change(const Resolving *resolving, const CrPackage *package)
{
  for (guint i = 0; i < resolving->changes->len; i++)
    if (((const CrChange *)resolving->changes->pdata[i])->package == package)
      return resolving->changes->pdata[i];
  return NULL;
}

static const char *get_version(const Resolving *resolving, const CrPackage *package, gboolean after)
{
  const CrChange *change = after ? find_change(resolving, package) : NULL;
  return change ? change->file.version : package->version;
}

/* Does PACKAGE offer RELATION, by its name or by Provides as it is now? */
static gboolean offers(const Resolving *resolving, const CrPackage *package, const Relation *relation, gboolean after)
{
  if (!strcmp(package->name, relation->name))
    return accepts(relation, get_version(resolving, package, after));
  g_autofree char *control = g_strndup(package->control ? package->control : "", package->control_bytes);
  const char *provides = cr_status_deb_find_field(control, "Provides", resolving->arena);
  g_auto(GStrv) items = g_strsplit(provides ? provides : "", ",", -1);
  for (guint i = 0; items[i]; i++) {
    Relation offer = parse_relation(items[i], resolving->arena);
    if (!strcmp(offer.name, relation->name) && accepts(relation, offer.version))
      return TRUE;
  }
  return FALSE;
}

static const CrPackage *find_holder(const Resolving *resolving, const Relation *relation, gboolean after)
{
  const GPtrArray *packages = resolving->scan->packages;
  for (guint i = 0; i < packages->len; i++) {
    const CrPackage *package = packages->pdata[i];
    if (!strcmp(package->type, "deb") && !package->embedded && offers(resolving, package, relation, after))
      return package;
  }
  return NULL;
}

/* One of the alternatives of GROUP ("a | b (>= 1)"). */
static gboolean holds(const Resolving *resolving, const char *group, gboolean after)
{
  g_auto(GStrv) items = g_strsplit(group, "|", -1);
  for (guint i = 0; items[i]; i++) {
    Relation relation = parse_relation(items[i], resolving->arena);
    if (find_holder(resolving, &relation, after))
      return TRUE;
  }
  return FALSE;
}

/* Nothing of GROUP is there in any version. */
static gboolean is_absent(const Resolving *resolving, const char *group)
{
  g_auto(GStrv) items = g_strsplit(group, "|", -1);
  for (guint i = 0; items[i]; i++) {
    Relation relation = parse_relation(items[i], resolving->arena);
    relation.op = NULL;
    if (find_holder(resolving, &relation, FALSE))
      return FALSE;
  }
  return TRUE;
}

/* Did the builder leave out what GROUP names: did the old version ask for the same, in vain? */
static gboolean was_left_out(const Resolving *resolving, const CrPackage *package, const char *group)
{
  static const char *const fields[] = {"Pre-Depends", "Depends"};
  Relation wanted = parse_relation(group, resolving->arena);
  g_autofree char *control = g_strndup(package->control ? package->control : "", package->control_bytes);
  for (guint i = 0; i < G_N_ELEMENTS(fields); i++) {
    const char *value = cr_status_deb_find_field(control, fields[i], resolving->arena);
    g_auto(GStrv) groups = g_strsplit(value ? value : "", ",", -1);
    for (guint k = 0; groups[k]; k++) {
      Relation old = parse_relation(groups[k], resolving->arena);
      if (!strcmp(old.name, wanted.name) && is_absent(resolving, groups[k]) && is_absent(resolving, group))
        return TRUE;
    }
  }
  return FALSE;
}

/* ---- changes ---- */

static const CrUpdate *find_update(const CrScan *scan, const char *name)
{
  for (guint i = 0; i < scan->updates->len; i++) {
    const CrUpdate *update = scan->updates->pdata[i];
    if (!strcmp(update->package->type, "deb") && !strcmp(update->package->name, name))
      return update;
  }
  return NULL;
}

static gboolean refuse(GError **error, CrErrorCode code, const char *format, ...) G_GNUC_PRINTF(3, 4);
static gboolean refuse(GError **error, CrErrorCode code, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  g_autofree char *text = g_strdup_vprintf(format, args);
  va_end(args);
  g_set_error_literal(error, CR_ERROR, (int)code, text);
  return FALSE;
}

static gboolean add_change(Resolving *resolving, const CrUpdate *update, GError **error)
{
  CrScan *scan = resolving->scan;
  const CrPackage *package = update->package;
  CrChange *change = cr_arena_new0(resolving->arena, CrChange);
  CrStatusDeb *deb = cr_arena_new0(resolving->arena, CrStatusDeb);
  change->package = package;
  if (!cr_archives_find_version(scan->archive_set, package->name, update->candidate, package->arch, &change->file))
    return refuse(error, CR_ERROR_GATE, "no verified archive has %s %s", package->name, update->candidate);
  change->name = change->file.name;
  change->arch = change->file.arch;
  int fd = cr_archives_open_file(scan->archive_set, &change->file, &scan->vendor, NULL, error);
  gboolean good = fd >= 0 && cr_status_deb_read(fd, resolving->arena, deb, error);
  if (fd >= 0)
    close(fd);
  if (!good)
    return FALSE;
  const char *objection = cr_status_deb_find_objection(deb, resolving->arena);
  CrStrv files = cr_inventory_get_files(scan->inventory, package);
  if (!objection && !files[0])
    objection = "the image does not say which files it has of it";
  if (objection)
    return refuse(error, CR_ERROR_USAGE, "rebuild required: no dpkg is in the image to install %s, and %s",
                  package->name, objection);
  g_ptr_array_add(resolving->changes, change);
  g_ptr_array_add(resolving->debs, deb);
  return TRUE;
}

/* GROUP of the new version of PACKAGE: met, left out by the builder, or met by raising another. */
static gboolean meet(Resolving *resolving, const CrPackage *package, const char *group, GError **error)
{
  if (holds(resolving, group, TRUE) || was_left_out(resolving, package, group))
    return TRUE;
  g_auto(GStrv) items = g_strsplit(group, "|", -1);
  for (guint i = 0; items[i]; i++) {
    Relation relation = parse_relation(items[i], resolving->arena);
    const CrUpdate *update = find_update(resolving->scan, relation.name);
    if (update && !find_change(resolving, update->package) && accepts(&relation, update->candidate))
      return add_change(resolving, update, error);
  }
  g_autofree char *text = g_strdup(group);
  return refuse(error, CR_ERROR_GATE, "%s needs %s", package->name, g_strstrip(text));
}

static gboolean check_against(const Resolving *resolving, const CrPackage *package, const char *field, GError **error)
{
  g_auto(GStrv) items = g_strsplit(field ? field : "", ",", -1);
  for (guint i = 0; items[i]; i++) {
    Relation relation = parse_relation(items[i], resolving->arena);
    const CrPackage *other = *relation.name ? find_holder(resolving, &relation, TRUE) : NULL;
    if (other && other != package && !strcmp(other->name, relation.name))
      return refuse(error, CR_ERROR_GATE, "%s does not go with %s %s", package->name, other->name,
                    get_version(resolving, other, TRUE));
  }
  return TRUE;
}

static gboolean settle(Resolving *resolving, guint i, GError **error)
{
  const CrPackage *package = ((const CrChange *)resolving->changes->pdata[i])->package;
  const char *control = ((const CrStatusDeb *)resolving->debs->pdata[i])->control;
  static const char *const needs[] = {"Pre-Depends", "Depends"}, *const against[] = {"Breaks", "Conflicts"};
  for (guint f = 0; f < G_N_ELEMENTS(needs); f++) {
    const char *value = cr_status_deb_find_field(control, needs[f], resolving->arena);
    g_auto(GStrv) groups = g_strsplit(value ? value : "", ",", -1);
    for (guint k = 0; groups[k]; k++)
      if (*g_strstrip(groups[k]) && !meet(resolving, package, groups[k], error))
        return FALSE;
  }
  for (guint f = 0; f < G_N_ELEMENTS(against); f++)
    if (!check_against(resolving, package, cr_status_deb_find_field(control, against[f], resolving->arena), error))
      return FALSE;
  return TRUE;
}

static gint compare_changes(gconstpointer a, gconstpointer b)
{
  return strcmp((*(CrChange *const *)a)->name, (*(CrChange *const *)b)->name);
}

gboolean cr_status_resolve(CrScan *scan, const GPtrArray *wanted, CrArena *arena, GPtrArray *changes, GError **error)
{
  g_autoptr(GPtrArray) debs = g_ptr_array_new();
  Resolving resolving = {scan, arena, changes, debs};
  for (guint i = 0; i < wanted->len; i++) {
    const CrPackage *package = wanted->pdata[i];
    const CrUpdate *update = find_update(scan, package->name);
    if (update && !find_change(&resolving, package) && !add_change(&resolving, update, error))
      return FALSE;
  }
  for (guint i = 0; i < changes->len; i++)
    if (!settle(&resolving, i, error))
      return FALSE;
  g_ptr_array_sort(changes, compare_changes);
  return TRUE;
}
