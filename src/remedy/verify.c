/* SPDX-License-Identifier: Apache-2.0 */
#include "remedy/verify.h"

#include <string.h>

#include "model/version.h"
#include "remedy/kept-up.h"
#include "remedy/packages.h"
#include "remedy/reasons.h"

typedef struct {
  const CrScan *scan;
  const CrPlan *plan;
  CrPatchProof *proof;
  CrTree *tree;
  CrInventory *inventory;
  const char *type;          /* of the packages that the plan changes */
  const GPtrArray *packages; /* after */
  const CrProofOptions *options;
  CrReasons reasons;
} Proving;

void cr_patch_proof_add_check(CrPatchProof *proof, const char *name, gboolean passed, const char *detail)
{
  CrCheck *check = cr_arena_new0(proof->arena, CrCheck);
  *check = (CrCheck){cr_arena_strdup(proof->arena, name), passed, cr_arena_strdup(proof->arena, detail)};
  g_ptr_array_add(proof->checks, check);
  proof->passed &= passed;
}

#define object(proving, ...) cr_reasons_add(&(proving)->reasons, __VA_ARGS__)

static void conclude(Proving *proving, const char *name, const char *passed)
{
  cr_patch_proof_add_check(proving->proof, name, !proving->reasons.count,
                           cr_reasons_get_text(&proving->reasons, passed));
  cr_reasons_clear(&proving->reasons);
}

/* ---- packages: exactly the plan ---- */

static const CrPackage *find_package(const GPtrArray *packages, const CrPackage *like)
{
  for (guint i = 0; i < packages->len; i++) {
    const CrPackage *package = packages->pdata[i];
    if (!strcmp(package->type, like->type) && !strcmp(package->name, like->name) &&
        !g_strcmp0(package->arch, like->arch))
      return package;
  }
  return NULL;
}

static gboolean is_database(const Proving *proving, const CrPackage *package)
{
  return !strcmp(package->type, proving->type) && !package->embedded;
}

static void check_old(Proving *proving, const CrPackage *old)
{
  const CrPackage *now = find_package(proving->packages, old);
  const CrChange *change = NULL;
  for (guint i = 0; i < proving->plan->changes->len && !change; i++)
    if (((const CrChange *)proving->plan->changes->pdata[i])->package == old)
      change = proving->plan->changes->pdata[i];
  if (!now) {
    if (!change || (change->file.name && !strcmp(change->arch, old->arch)))
      object(proving, "%s is gone", old->name);
    return;
  }
  const char *wanted = change && change->file.name ? change->file.version : old->version;
  if (change && !change->file.name)
    object(proving, "%s is still there", old->name);
  else if (strcmp(now->version, wanted) != 0)
    object(proving, "%s is at %s, planned was %s", old->name, now->version, wanted);
  else if (g_strcmp0(now->status, old->status) != 0)
    object(proving, "%s is %s, it was %s", old->name, now->status, old->status);
}

static void check_new(Proving *proving, const CrPackage *now)
{
  if (find_package(proving->scan->packages, now))
    return;
  const CrChange *change = cr_plan_find(proving->plan, now->name, now->arch);
  if (!change || !change->file.name || strcmp(change->file.version, now->version) != 0)
    object(proving, "%s %s is new and was not planned", now->name, now->version);
}

static void check_packages(Proving *proving)
{
  guint brought = 0;
  for (guint i = 0; i < proving->scan->packages->len; i++)
    if (is_database(proving, proving->scan->packages->pdata[i]))
      check_old(proving, proving->scan->packages->pdata[i]);
  for (guint i = 0; i < proving->packages->len; i++)
    if (is_database(proving, proving->packages->pdata[i]))
      check_new(proving, proving->packages->pdata[i]);
  for (guint i = 0; i < proving->plan->changes->len; i++) {
    const CrChange *change = proving->plan->changes->pdata[i];
    CrPackage like = {.type = proving->type, .name = change->name, .arch = change->arch};
    if (change->file.name && !find_package(proving->packages, &like))
      object(proving, "%s is not there", change->name);
    brought += change->file.name != NULL;
  }
  g_autofree char *passed =
      g_strdup_printf("%u package%s as planned, the others as they were", brought, brought == 1 ? "" : "s");
  conclude(proving, "packages", passed);
}

/* ---- updates: gone, and none new ---- */

static const CrUpdate *find_update(const GPtrArray *updates, const char *name, const char *arch)
{
  for (guint i = 0; i < updates->len; i++) {
    const CrUpdate *update = updates->pdata[i];
    if (!strcmp(update->package->name, name) && !g_strcmp0(update->package->arch, arch))
      return update;
  }
  return NULL;
}

static void check_updates(Proving *proving)
{
  g_autoptr(GPtrArray) updates = g_ptr_array_new();
  g_autoptr(CrProblems) problems = cr_problems_new();
  cr_archives_find_updates(proving->scan->archive_set, proving->inventory, &proving->scan->vendor,
                           proving->proof->arena, updates, problems);
  guint fixed = 0;
  for (guint i = 0; i < proving->plan->fixes->len; i++) {
    const CrFix *fix = proving->plan->fixes->pdata[i];
    if (fix->state != CR_FIX_FIXED)
      continue;
    fixed++;
    const CrUpdate *left = find_update(updates, fix->name, fix->arch);
    if (left && (!fix->update || !strcmp(left->candidate, fix->update->candidate)))
      object(proving, "%s still waits for %s", fix->name, left->candidate);
  }
  for (guint i = 0; i < updates->len; i++) {
    const CrUpdate *update = updates->pdata[i];
    if (!find_update(proving->scan->updates, update->package->name, update->package->arch))
      object(proving, "%s waits for %s and did not before", update->package->name, update->candidate);
  }
  g_autofree char *passed =
      g_strdup_printf("%u of %u updates are gone, none is new", fixed, proving->scan->updates->len);
  conclude(proving, "updates", passed);
}

/* ---- files: of changed packages ---- */

static gboolean is_changed(const Proving *proving, const CrPackage *owner)
{
  for (guint i = 0; i < proving->plan->changes->len; i++) {
    const CrChange *change = proving->plan->changes->pdata[i];
    if (!strcmp(change->name, owner->name))
      return TRUE;
  }
  return FALSE;
}

/* Of a program with many names, as busybox's trigger makes them. */
static gboolean is_name_of_changed(const Proving *proving, const char *path)
{
  static const char *const folders[] = {"bin/", "sbin/", "usr/bin/", "usr/sbin/"};
  CrNode node;
  gboolean is_program = FALSE;
  for (guint i = 0; i < G_N_ELEMENTS(folders); i++)
    is_program |= g_str_has_prefix(path, folders[i]) && !strchr(path + strlen(folders[i]), '/');
  if (!is_program || cr_tree_find_nofollow(proving->tree, path, &node) != CR_TREE_FOUND ||
      node.type != CR_ENTRY_SYMLINK || cr_tree_find(proving->tree, path, &node) != CR_TREE_FOUND)
    return FALSE;
  const CrPackage *owner = cr_inventory_find_owner(proving->inventory, node.path);
  return owner && is_changed(proving, owner);
}

/* md5sums, all that distroless knows of a package's files, name neither links nor folders. */
static gboolean is_link_beside_changed(const Proving *proving, const char *path)
{
  CrNode link, target;
  const char *slash = strrchr(path, '/');
  gboolean is_library = g_str_has_prefix(path, "lib") || g_str_has_prefix(path, "usr/lib");
  if (!slash || !is_library || cr_tree_find_nofollow(proving->tree, path, &link) != CR_TREE_FOUND ||
      link.type != CR_ENTRY_SYMLINK || strchr(link.target, '/') ||
      cr_tree_find(proving->tree, path, &target) != CR_TREE_FOUND)
    return FALSE;
  const CrPackage *owner = cr_inventory_find_owner(proving->inventory, target.path);
  return owner && is_changed(proving, owner);
}

typedef struct {
  const Proving *proving;
  gboolean found;
} Below;

static gboolean visit_below(const CrNode *node, gpointer data)
{
  Below *below = data;
  const CrPackage *owner = cr_inventory_find_owner(below->proving->inventory, node->path);
  below->found = owner && node->type != CR_ENTRY_DIR && is_changed(below->proving, owner);
  return !below->found;
}

static gboolean is_folder_of_changed(const Proving *proving, const char *path)
{
  CrNode node;
  Below below = {.proving = proving};
  if (cr_tree_find_nofollow(proving->tree, path, &node) == CR_TREE_FOUND && node.type == CR_ENTRY_DIR)
    cr_tree_foreach(proving->tree, path, visit_below, &below);
  return below.found;
}

static const char *explain(const Proving *proving, const char *path)
{
  const char *why = cr_kept_up_explain(path);
  if (why)
    return why;
  if (is_name_of_changed(proving, path))
    return "another name of a changed program";
  if (is_link_beside_changed(proving, path))
    return "a link to a library that changed";
  return is_folder_of_changed(proving, path) ? "a folder of a changed package" : NULL;
}

/* The package that owns PATH, or the conffile that PATH is another version of. */
static const CrPackage *find_owner(const Proving *proving, const char *path)
{
  const CrPackage *owner = cr_inventory_find_owner(proving->inventory, path);
  if (!owner)
    owner = cr_inventory_find_owner(proving->scan->inventory, path); /* a file that the new version does without */
  gsize length = owner ? 0 : cr_kept_up_measure_plain(path);
  g_autofree char *plain = length ? g_strndup(path, length) : NULL;
  if (plain)
    owner = cr_inventory_find_owner(proving->inventory, plain);
  return owner || !plain ? owner : cr_inventory_find_owner(proving->scan->inventory, plain);
}

static gboolean is_made_for_secret(const Proving *proving, const char *folder)
{
  GHashTableIter iter;
  gpointer path = NULL;
  gsize length = strlen(folder);
  if (!proving->options->secrets)
    return FALSE;
  g_hash_table_iter_init(&iter, proving->options->secrets);
  while (g_hash_table_iter_next(&iter, &path, NULL))
    if (!strncmp(path, folder, length) && ((const char *)path)[length] == '/' &&
        !cr_inventory_find_owner(proving->inventory, path))
      return TRUE;
  return FALSE;
}

static void check_file(Proving *proving, const char *entry)
{
  CrPatchProof *proof = proving->proof;
  CrChangedFile *file = cr_arena_new0(proof->arena, CrChangedFile);
  file->mark = entry[0];
  file->path = cr_arena_strdup(proof->arena, entry + 1);
  const CrPackage *owner = find_owner(proving, file->path);
  file->owner = owner ? cr_arena_strdup(proof->arena, owner->name) : NULL;
  if (!owner && proving->options->secrets)
    file->secret = g_hash_table_lookup(proving->options->secrets, file->path);
  if (!owner || !is_changed(proving, owner))
    file->why = file->secret                              ? file->secret
                : is_made_for_secret(proving, file->path) ? "a folder for a new secret"
                                                          : explain(proving, file->path);
  if (!file->why && !(owner && is_changed(proving, owner)))
    object(proving, "%s changed, and %s", file->path, owner ? "its package did not" : "no package owns it");
  gsize kept = cr_kept_up_measure_kept(file->path);
  if (kept)
    g_ptr_array_add(proof->conffiles, (gpointer)cr_arena_strndup(proof->arena, file->path, kept));
  g_ptr_array_add(proof->files, file);
}

static void check_files(Proving *proving, GBytes *list)
{
  gsize size = 0;
  const char *text = g_bytes_get_data(list, &size);
  for (gsize at = 0; at < size;) {
    gsize length = strnlen(text + at, size - at);
    if (length > 1 && at + length < size)
      check_file(proving, text + at);
    at += length + 1;
  }
  guint count = proving->proof->files->len;
  g_autofree char *passed =
      g_strdup_printf("%u changed file%s, each of a changed package, or named", count, count == 1 ? "" : "s");
  conclude(proving, "files", passed);
}

/* ---- secrets: none is new ---- */

static void check_secrets(Proving *proving)
{
  if (!proving->options->secrets)
    return; /* nobody looked */
  g_autoptr(GString) allowed = g_string_new(NULL);
  for (guint i = 0; i < proving->proof->files->len; i++) {
    const CrChangedFile *file = proving->proof->files->pdata[i];
    if (!file->secret)
      continue;
    g_string_append_printf(allowed, "%s/%s is %s", allowed->len ? "; " : "", file->path, file->secret);
    if (!proving->options->allow_new_secrets)
      object(proving, "/%s is %s, made by the updates: everybody with the image would share it", file->path,
             file->secret);
  }
  g_autofree char *passed = allowed->len ? g_strdup_printf("new and allowed: %s", allowed->str) : NULL;
  conclude(proving, "secrets", passed ? passed : "no new key, id or password was made");
}

/* ---- libraries: what starts still finds all of its ---- */

static int find_owner_index(const char *path, gpointer data)
{
  const CrPackage *package = cr_inventory_find_owner(data, path);
  return package ? (int)package->index : -1;
}

static gboolean has_problem(const CrProblems *problems, const CrProblem *like)
{
  for (guint i = 0; i < cr_problems_get_count(problems); i++) {
    const CrProblem *problem = cr_problems_get(problems, i);
    if (!g_strcmp0(problem->where, like->where) && !g_strcmp0(problem->what, like->what))
      return TRUE;
  }
  return FALSE;
}

static void check_libraries(Proving *proving)
{
  g_autoptr(CrProblems) problems = cr_problems_new();
  CrReachOptions options = {NULL, NULL};
  CrReach *reach =
      cr_reach_compute(proving->tree, proving->scan->image, &options, find_owner_index, proving->inventory, problems);
  proving->proof->reach = reach;
  for (guint i = 0; i < cr_problems_get_count(problems); i++) {
    const CrProblem *problem = cr_problems_get(problems, i);
    if (!has_problem(proving->scan->problems, problem))
      object(proving, "%s: %s", problem->where, problem->what);
  }
  if (cr_reach_is_known(proving->scan->reach) && !cr_reach_is_known(reach))
    object(proving, "what the image starts is not found any more");
  guint count = 0, loaded = 0;
  const CrReachFile *files = cr_reach_get_files(proving->scan->reach, &count);
  for (guint i = 0; i < count; i++) {
    if (files[i].level != CR_REACH_LOADED)
      continue;
    loaded++;
    if (cr_tree_find(proving->tree, files[i].path, NULL) != CR_TREE_FOUND &&
        cr_inventory_find_owner(proving->inventory, files[i].path))
      object(proving, "%s is loaded at start and gone", files[i].path);
  }
  g_autofree char *passed =
      g_strdup_printf("%u file%s loaded at start, each with its libraries", loaded, loaded == 1 ? "" : "s");
  conclude(proving, "libraries", passed);
}

/* ---- all of it ---- */

static CrTree *make_tree(const CrScan *scan, CrLayer *layer)
{
  guint count = cr_tree_get_layer_count(scan->tree);
  g_autofree CrLayer **layers = g_new0(CrLayer *, count + 1);
  for (guint i = 0; i < count; i++)
    layers[i] = (CrLayer *)cr_tree_get_layer(scan->tree, i);
  layers[count] = layer;
  return cr_tree_new(layers, count + 1);
}

CrPatchProof *cr_patch_proof_new(void)
{
  CrPatchProof *proof = g_new0(CrPatchProof, 1);
  proof->arena = cr_arena_new();
  proof->checks = g_ptr_array_new();
  proof->files = g_ptr_array_new();
  proof->conffiles = g_ptr_array_new();
  proof->passed = TRUE;
  return proof;
}

CrPatchProof *cr_patch_proof_make(const CrScan *scan, const CrPlan *plan, CrLayer *layer, GBytes *list,
                                  const CrProofOptions *options)
{
  CrPatchProof *proof = cr_patch_proof_new();
  g_autoptr(CrProblems) problems = cr_problems_new();
  proof->tree = make_tree(scan, layer);
  proof->inventory = cr_inventory_read(proof->tree, scan->image, problems);
  Proving proving = {.scan = scan,
                     .plan = plan,
                     .proof = proof,
                     .tree = proof->tree,
                     .inventory = proof->inventory,
                     .options = options};
  const CrPackageManager *manager = cr_package_manager_find(scan, NULL);
  proving.type = manager ? manager->type : "";
  proving.packages = cr_inventory_get_packages(proof->inventory);
  check_packages(&proving);
  check_updates(&proving);
  check_files(&proving, list);
  check_secrets(&proving);
  check_libraries(&proving);
  return proof;
}

void cr_patch_proof_free(CrPatchProof *proof)
{
  if (!proof)
    return;
  cr_reach_free(proof->reach);
  cr_inventory_free(proof->inventory);
  cr_tree_free(proof->tree);
  g_ptr_array_unref(proof->checks);
  g_ptr_array_unref(proof->files);
  g_ptr_array_unref(proof->conffiles);
  cr_arena_free(proof->arena);
  g_free(proof);
}
