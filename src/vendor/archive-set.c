/* SPDX-License-Identifier: Apache-2.0 */
#include "vendor/archive-set.h"

#include <string.h>

#include "base/progress.h"
#include "vendor/archive-plan.h"

/* ---- architectures ---- */

static gboolean is_real(const char *architecture)
{
  return architecture && *architecture && strcmp(architecture, "all") != 0;
}

/* dpkg's own package tells; without it (distroless) what most packages are of. */
static const char *find_native(CrInventory *inventory)
{
  const GPtrArray *packages = cr_inventory_get_packages(inventory);
  g_autoptr(GHashTable) counts = g_hash_table_new(g_str_hash, g_str_equal);
  const char *best = NULL;
  guint most = 0;
  for (guint i = 0; i < packages->len; i++) {
    const CrPackage *package = packages->pdata[i];
    if (strcmp(package->type, "deb") != 0 || !is_real(package->arch))
      continue;
    if (strcmp(package->name, "dpkg") == 0)
      return package->arch;
    guint count = GPOINTER_TO_UINT(g_hash_table_lookup(counts, package->arch)) + 1;
    g_hash_table_insert(counts, (gpointer)package->arch, GUINT_TO_POINTER(count));
    if (count > most) {
      most = count;
      best = package->arch;
    }
  }
  return best;
}

/* The native one, then those of `dpkg --add-architecture`. */
static void find_architectures(CrArchives *set, CrTree *tree, CrInventory *inventory)
{
  g_autoptr(GPtrArray) list = g_ptr_array_new();
  g_autoptr(GBytes) bytes = cr_vendor_read_file(tree, "var/lib/dpkg/arch");
  gsize size = 0;
  const char *text = bytes ? g_bytes_get_data(bytes, &size) : NULL;
  g_autofree char *copy = text ? g_strndup(text, MIN(size, 4096)) : g_strdup("");
  g_auto(GStrv) words = g_strsplit_set(copy, " \t\r\n", 64);
  const char *native = find_native(inventory);
  for (guint i = 0; words[i] && !native; i++)
    native = *words[i] ? words[i] : NULL;
  set->native = cr_arena_strdup(set->arena, native);
  if (set->native)
    g_ptr_array_add(list, (gpointer)set->native);
  for (guint i = 0; words[i]; i++)
    if (is_real(words[i]) && strlen(words[i]) < 64 && !strpbrk(words[i], "/.%") &&
        !g_ptr_array_find_with_equal_func(list, words[i], g_str_equal, NULL))
      g_ptr_array_add(list, (gpointer)cr_arena_strdup(set->arena, words[i]));
  const char **vector = cr_arena_alloc(set->arena, (list->len + 1) * sizeof *vector);
  for (guint i = 0; i < list->len; i++)
    vector[i] = list->pdata[i];
  set->architectures = vector;
}

/* ---- obtaining ---- */

static void obtain_one(gpointer data, gpointer user_data)
{
  cr_archive_obtain(user_data, data);
}

/* Nothing is asked of the network where all is fresh: then threads cost more than they save. */
static gboolean needs_network(const CrArchivePlan *plan)
{
  for (guint i = 0; i < plan->suites->len; i++)
    if (cr_archive_needs_network(plan, plan->suites->pdata[i]))
      return TRUE;
  return FALSE;
}

static void obtain_all(CrArchivePlan *plan)
{
  if (plan->distribution && plan->suites->len)
    plan->keyring =
        cr_keyring_load_distribution(plan->distribution, plan->options->keyrings, FALSE, plan->options->cache, NULL);
  gboolean alone = plan->suites->len < 2 || !needs_network(plan);
  guint threads = CLAMP(plan->options->jobs, 1, 8);
  GThreadPool *pool = alone ? NULL : g_thread_pool_new(obtain_one, plan, (gint)threads, FALSE, NULL);
  CrProgress *progress = alone ? NULL : cr_progress_new("asking archives", 0);
  for (guint i = 0; i < plan->suites->len; i++) {
    CrSuite *suite = plan->suites->pdata[i];
    if (pool)
      g_thread_pool_push(pool, suite, NULL);
    else
      cr_archive_obtain(plan, suite);
  }
  if (pool)
    g_thread_pool_free(pool, FALSE, TRUE);
  if (progress)
    cr_progress_free(progress);
  g_clear_pointer(&plan->keyring, cr_keyring_free);
}

/* ---- saying ---- */

static void say_suite(const CrArchivePlan *plan, CrSuite *suite)
{
  CrArchive *archive = &suite->data.archive;
  g_autofree char *where = g_strdup_printf("archive %s", archive->name);
  if (suite->error) {
    archive->error = cr_arena_strdup(suite->arena, suite->error);
    cr_problems_add(plan->problems, CR_PROBLEM_PARTIAL, where, "%s: %s%s%s",
                    suite->data.list_count ? "the archive is used in part" : "the archive is not used", suite->error,
                    suite->hint ? "; " : "", suite->hint ? suite->hint : "");
  }
  for (guint i = 0; i < suite->doubts->len; i++) {
    const char *doubt = suite->doubts->pdata[i];
    archive->error = archive->error ? archive->error : cr_arena_strdup(suite->arena, doubt);
    cr_problems_add(plan->problems, CR_PROBLEM_PARTIAL, where, "%s", doubt);
  }
  for (guint i = 0; i < suite->notes->len; i++)
    cr_problems_add(plan->problems, CR_PROBLEM_NOTE, where, "%s", (const char *)suite->notes->pdata[i]);
  if (suite->data.trusted_yes)
    cr_problems_add(plan->problems, CR_PROBLEM_NOTE, where,
                    "the image's apt is told to install from it without a valid signature; careen does not do that");
}

static void say_blind(const CrArchivePlan *plan)
{
  const CrOs *os = plan->os;
  const char *name = os->name ? os->name : os->id;
  if (plan->set->answering)
    return;
  if (!plan->distribution && name)
    cr_problems_add(plan->problems, CR_PROBLEM_BLIND, "archives",
                    "no archive of %s is read yet: which fixes could be installed is not known", name);
  else if (!plan->distribution)
    cr_problems_add(plan->problems, CR_PROBLEM_BLIND, "archives",
                    "the image does not say which distribution it is: no archive of it was asked");
  else if (!os->codename)
    cr_problems_add(plan->problems, CR_PROBLEM_BLIND, "archives",
                    "the image does not say which release of %s it is: no archive of it was asked",
                    plan->distribution->name);
  else if (!plan->set->native)
    cr_problems_add(plan->problems, CR_PROBLEM_BLIND, "archives",
                    "no package tells the image's architecture: no archive of %s was asked", plan->distribution->name);
  else
    cr_problems_add(plan->problems, CR_PROBLEM_BLIND, "archives",
                    "no verified archive of %s %s answered: which fixes could be installed is not known",
                    plan->distribution->name, os->codename);
}

/* ---- the set ---- */

static void free_suite(gpointer suite)
{
  cr_suite_free(suite);
}

/* A codename becomes part of an address. */
static gboolean is_word(const char *text)
{
  for (const char *c = text; text && *c; c++)
    if (!g_ascii_isalnum(*c) && *c != '-')
      return FALSE;
  return text && *text;
}

/* Nothing is installed and nothing says that there is an operating system: a static program alone has no fixes in any
 * archive. */
static gboolean has_system(CrInventory *inventory)
{
  const CrOs *os = cr_inventory_get_os(inventory);
  const GPtrArray *packages = cr_inventory_get_packages(inventory);
  for (guint i = 0; i < packages->len; i++)
    if (strcmp(((const CrPackage *)packages->pdata[i])->type, "deb") == 0)
      return TRUE;
  return os->id || os->family || cr_inventory_has_database(inventory);
}

static void judge_answering(CrArchivePlan *plan)
{
  for (guint i = 0; i < plan->suites->len; i++) {
    const CrSuite *suite = plan->suites->pdata[i];
    if (suite->known && suite->own && suite->data.list_count)
      plan->set->answering = TRUE;
  }
}

static void fill(CrArchivePlan *plan)
{
  cr_sources_read(plan->tree, plan->set->native, plan->set->arena, plan->sources, plan->problems);
  cr_archive_plan_make(plan);
  obtain_all(plan);
  cr_archive_plan_join(plan);
  cr_archive_open_lists(plan);
  judge_answering(plan);
  for (guint i = 0; i < plan->suites->len; i++)
    say_suite(plan, plan->suites->pdata[i]);
}

CrArchives *cr_archives_open(CrTree *tree, CrInventory *inventory, const CrVendorOptions *options, CrProblems *problems)
{
  CrArchives *set = g_new0(CrArchives, 1);
  set->arena = cr_arena_new();
  set->archives = g_ptr_array_new_with_free_func(free_suite);
  set->cache = options->cache;
  find_architectures(set, tree, inventory);
  set->settings = cr_apt_config_read(tree, problems);
  set->machine_id = cr_apt_machine_id_read(tree, set->settings, set->arena);
  set->pins = cr_apt_pins_read(tree, set->settings, set->arena, problems);
  g_autoptr(GPtrArray) sources = g_ptr_array_new();
  const CrOs *os = cr_inventory_get_os(inventory);
  CrArchivePlan plan = {
      .set = set,
      .tree = tree,
      .os = os,
      .options = options,
      .distribution = is_word(os->codename) ? cr_distribution_find(os) : NULL,
      .problems = problems,
      .suites = set->archives,
      .sources = sources,
  };
  if (set->native)
    fill(&plan);
  plan.distribution = cr_distribution_find(os);
  if (has_system(inventory))
    say_blind(&plan);
  return set;
}

void cr_archives_free(CrArchives *archives)
{
  if (!archives)
    return;
  g_ptr_array_unref(archives->archives);
  g_clear_pointer(&archives->settings, g_hash_table_unref);
  g_clear_pointer(&archives->pins, cr_apt_pins_free);
  cr_arena_free(archives->arena);
  g_free(archives);
}

guint cr_archives_get_count(const CrArchives *archives)
{
  return archives->archives->len;
}

const CrArchive *cr_archives_get(const CrArchives *archives, guint i)
{
  return &((const CrArchiveData *)archives->archives->pdata[i])->archive;
}

gboolean cr_archives_is_answering(const CrArchives *archives)
{
  return archives && archives->answering;
}

void cr_archives_tell_damage(const CrArchives *archives, CrProblems *problems)
{
  for (guint i = 0; archives && i < archives->archives->len; i++) {
    const CrArchiveData *data = archives->archives->pdata[i];
    for (guint k = 0; k < data->list_count; k++)
      if (cr_list_is_damaged(data->lists[k].list))
        cr_problems_add(problems, CR_PROBLEM_BLIND, data->archive.name,
                        "its package list in the cache is damaged, and what was decided by it is left out; another "
                        "scan fetches it again");
  }
}
