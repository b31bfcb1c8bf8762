/* SPDX-License-Identifier: Apache-2.0 */
/* The proof that was made before the image got its name (verify.h), made again: of the recorded plan, with the image as
 * it is now, the original below it, and the archives as they are today. */
#include <string.h>

#include "model/version.h"
#include "remedy/recheck-private.h"
#include "remedy/verify.h"

static const CrPackage *find_package(const CrScan *scan, const char *name, const char *arch)
{
  for (guint i = 0; i < scan->packages->len; i++) {
    const CrPackage *package = scan->packages->pdata[i];
    g_autofree char *is = cr_recheck_format_text(package->name);
    if (!package->embedded && !strcmp(is, name) && (!arch || !g_strcmp0(package->arch, arch)))
      return package;
  }
  return NULL;
}

/* ---- the recorded plan ---- */

static void add_change(const Rechecking *rechecking, CrPlan *plan, const CrJson *item)
{
  const char *name = cr_json_find_string(item, "package", ""), *arch = cr_json_find_string(item, "arch", NULL);
  const char *to = cr_json_find_string(item, "to", NULL);
  CrChange *change = cr_arena_new0(plan->arena, CrChange);
  change->name = name;
  change->arch = arch;
  if (cr_json_find_string(item, "from", NULL))
    change->package = find_package(rechecking->recheck->original, name, arch);
  if (cr_json_find_string(item, "from", NULL) && !change->package) /* its architecture changed with it */
    change->package = find_package(rechecking->recheck->original, name, NULL);
  if (to)
    change->file = (CrArchiveFile){.name = name, .version = to, .arch = arch};
  g_ptr_array_add(plan->changes, change);
}

/* Without fixes: whether they are pending is another check here, for archives go on. */
static CrPlan *read_plan(const Rechecking *rechecking)
{
  CrPlan *plan = g_new0(CrPlan, 1);
  plan->arena = cr_arena_new();
  plan->fixes = g_ptr_array_new();
  plan->changes = g_ptr_array_new();
  const CrJson *changes = cr_json_find(rechecking->root, "changes");
  for (guint i = 0; i < cr_json_get_length(changes); i++)
    add_change(rechecking, plan, cr_json_get_element(changes, i));
  return plan;
}

static void check_versions(Rechecking *rechecking, const CrPlan *plan)
{
  const CrJson *changes = cr_json_find(rechecking->root, "changes");
  for (guint i = 0; i < plan->changes->len; i++) {
    const CrChange *change = plan->changes->pdata[i];
    const char *from = cr_json_find_string(cr_json_get_element(changes, i), "from", NULL);
    if (from && (!change->package || strcmp(change->package->version, from) != 0))
      cr_recheck_object(rechecking, "%s was at %s in the original, by the record at %s", change->name,
                        change->package ? change->package->version : "no version", from);
  }
}

/* What the layer holds is the recorded list, or the check of the layer has failed. */
static GBytes *format_list(const Rechecking *rechecking)
{
  static const struct {
    const char *name;
    char mark;
  } kinds[] = {{"added", '+'}, {"changed", '~'}, {"removed", '-'}};
  GByteArray *list = g_byte_array_new();
  for (guint k = 0; k < G_N_ELEMENTS(kinds); k++) {
    const CrJson *files = cr_json_find(cr_json_find(rechecking->root, "files"), kinds[k].name);
    for (guint i = 0; i < cr_json_get_length(files); i++) {
      const char *path = cr_json_find_string(cr_json_get_element(files, i), "path", "");
      g_byte_array_append(list, (const guint8 *)&kinds[k].mark, 1);
      g_byte_array_append(list, (const guint8 *)path, (guint)strlen(path) + 1);
    }
  }
  return g_byte_array_free_to_bytes(list);
}

static void take_check(Rechecking *rechecking, const CrPatchProof *proof, const char *name)
{
  for (guint i = 0; i < proof->checks->len; i++) {
    const CrCheck *check = proof->checks->pdata[i];
    if (strcmp(check->name, name) != 0)
      continue;
    if (!check->passed)
      cr_recheck_object(rechecking, "%s", check->detail);
    cr_recheck_conclude(rechecking, name, "%s", check->detail);
  }
}

void cr_recheck_check_proof(Rechecking *rechecking)
{
  static const char *const names[] = {"packages", "files", "libraries"};
  const CrRecheck *recheck = rechecking->recheck;
  const CrLayer *layer = cr_tree_get_layer(recheck->scan->tree, cr_tree_get_layer_count(recheck->scan->tree) - 1);
  if (!recheck->original || !rechecking->root || !layer) {
    for (guint i = 0; i < G_N_ELEMENTS(names); i++)
      cr_recheck_leave(rechecking, names[i], CR_RECHECK_UNKNOWN, "not without the original and the record");
    return;
  }
  g_autoptr(CrPlan) plan = read_plan(rechecking);
  g_autoptr(GBytes) list = format_list(rechecking);
  CrProofOptions options = {.allow_new_secrets = TRUE}; /* that was the patch's to judge */
  g_autoptr(CrPatchProof) proof = cr_patch_proof_make(recheck->original, plan, (CrLayer *)layer, list, &options);
  check_versions(rechecking, plan);
  for (guint i = 0; i < G_N_ELEMENTS(names); i++)
    take_check(rechecking, proof, names[i]);
}

/* ---- updates ---- */

static const CrUpdate *find_update(const GPtrArray *updates, const CrPackage *package)
{
  for (guint i = 0; i < updates->len; i++)
    if (((const CrUpdate *)updates->pdata[i])->package == package)
      return updates->pdata[i];
  return NULL;
}

static void check_fix(Rechecking *rechecking, const GPtrArray *updates, const CrJson *state, guint *newer)
{
  const char *name = cr_json_find_string(state, "package", ""), *to = cr_json_find_string(state, "to", "");
  const CrPackage *package = find_package(rechecking->recheck->scan, name, cr_json_find_string(state, "arch", NULL));
  if (!package)
    package = find_package(rechecking->recheck->scan, name, NULL);
  if (!package) {
    cr_recheck_object(rechecking, "%s is not there", name);
    return;
  }
  CrVersionScheme scheme = cr_version_scheme_for(package->type);
  if (cr_version_compare(scheme, package->version, to) < 0)
    cr_recheck_object(rechecking, "%s is at %s, fixed was %s", name, package->version, to);
  const CrUpdate *update = find_update(updates, package);
  if (update && cr_version_compare(scheme, update->candidate, to) <= 0)
    cr_recheck_object(rechecking, "%s still waits for %s", name, update->candidate);
  *newer += update && cr_version_compare(scheme, update->candidate, to) > 0;
}

static gboolean is_fixed(const CrJson *state)
{
  const char *word = cr_json_find_string(state, "state", "");
  return !strcmp(word, "fixed") || !strcmp(word, "conffile");
}

void cr_recheck_check_updates(Rechecking *rechecking)
{
  CrRecheck *recheck = rechecking->recheck;
  CrScan *original = recheck->original;
  if (!original || !rechecking->root || !original->archive_set || !cr_archives_is_answering(original->archive_set)) {
    cr_recheck_leave(rechecking, "updates", CR_RECHECK_UNKNOWN, "no verified archive of the distribution answers");
    return;
  }
  g_autoptr(GPtrArray) updates = g_ptr_array_new();
  g_autoptr(CrProblems) problems = cr_problems_new();
  cr_archives_find_updates(original->archive_set, recheck->scan->inventory, &original->vendor, recheck->arena, updates,
                           problems);
  const CrJson *states = cr_json_find(rechecking->root, "states");
  guint fixed = 0, newer = 0;
  for (guint i = 0; i < cr_json_get_length(states); i++) {
    const CrJson *state = cr_json_get_element(states, i);
    if (!is_fixed(state))
      continue;
    fixed++;
    check_fix(rechecking, updates, state, &newer);
  }
  if (!fixed && rechecking->recheck->changes)
    cr_recheck_object(rechecking, "the record says of no update that it is fixed");
  g_autofree char *more = newer ? g_strdup_printf("; newer ones of %u came since", newer) : g_strdup("");
  cr_recheck_conclude(rechecking, "updates", "%u of %u updates are fixed, and none of them is pending%s", fixed,
                      cr_json_get_length(states), more);
}

/* ---- archives ---- */

static const CrJson *find_dependency(const Rechecking *rechecking, const CrJson *change)
{
  const CrJson *all = cr_recheck_get_dependencies(rechecking);
  for (guint i = 0; i < cr_json_get_length(all); i++) {
    const CrJson *annotations = cr_json_find(cr_json_get_element(all, i), "annotations");
    const char *name = cr_json_find_string(annotations, "package", NULL);
    if (name && !strcmp(name, cr_json_find_string(change, "package", "")) &&
        !g_strcmp0(cr_json_find_string(annotations, "version", NULL), cr_json_find_string(change, "to", NULL)) &&
        !g_strcmp0(cr_json_find_string(annotations, "arch", NULL), cr_json_find_string(change, "arch", NULL)))
      return cr_json_get_element(all, i);
  }
  return NULL;
}

/* By the hash of the file; apk's index has another identity for it. */
static gboolean is_same_file(const CrJson *dependency, const CrArchiveFile *file)
{
  const char *hex = cr_json_find_string(cr_json_find(dependency, "digest"), "sha256", "");
  const char *checksum = cr_json_find_string(cr_json_find(dependency, "annotations"), "checksum", "");
  return file->sha256 ? !strcmp(file->sha256, hex) : !g_strcmp0(file->checksum, checksum);
}

void cr_recheck_check_archives(Rechecking *rechecking)
{
  const CrScan *original = rechecking->recheck->original;
  const CrJson *changes = cr_json_find(rechecking->root, "changes");
  guint found = 0, superseded = 0;
  for (guint i = 0; i < cr_json_get_length(changes); i++) {
    const CrJson *change = cr_json_get_element(changes, i), *dependency = find_dependency(rechecking, change);
    const char *name = cr_json_find_string(change, "package", ""), *to = cr_json_find_string(change, "to", NULL);
    CrArchiveFile file = {0};
    if (!to)
      continue;
    if (!dependency)
      cr_recheck_object(rechecking, "the provenance does not name %s %s", name, to);
    else if (!original || !original->archive_set ||
             !cr_archives_find_version(original->archive_set, name, to, cr_json_find_string(change, "arch", ""), &file))
      superseded++;
    else if (!is_same_file(dependency, &file))
      cr_recheck_object(rechecking, "%s %s has another hash in %s", name, to, file.archive->name);
    else
      found++;
  }
  if (!found && !rechecking->reasons.count) {
    cr_recheck_leave(rechecking, "archives", CR_RECHECK_SKIPPED,
                     "no list at hand has these versions any more: newer ones took their place");
    return;
  }
  g_autofree char *more = superseded ? g_strdup_printf("; %u are in no list any more", superseded) : g_strdup("");
  cr_recheck_conclude(rechecking, "archives", "the hashes of %u package%s stand in signed lists%s", found,
                      found == 1 ? "" : "s", more);
}
