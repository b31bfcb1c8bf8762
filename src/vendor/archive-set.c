/* SPDX-License-Identifier: Apache-2.0 */
#include "vendor/archive-set.h"

#include <string.h>

#include "base/progress.h"
#include "vendor/archive-plan.h"

/* ---- architectures ---- */

const char *cr_archive_find_native(CrInventory *inventory, const char *type, const char *manager)
{
  const GPtrArray *packages = cr_inventory_get_packages(inventory);
  g_autoptr(GHashTable) counts = g_hash_table_new(g_str_hash, g_str_equal);
  const char *best = NULL;
  guint most = 0;
  for (guint i = 0; i < packages->len; i++) {
    const CrPackage *package = packages->pdata[i];
    if (strcmp(package->type, type) != 0 || !package->arch || !*package->arch || strcmp(package->arch, "all") == 0 ||
        strcmp(package->arch, "noarch") == 0)
      continue;
    if (strcmp(package->name, manager) == 0)
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
  if (plan->distribution && plan->suites->len && plan->set->kind != &cr_archive_kind_apk)
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

static const char *get_release(const CrArchivePlan *plan)
{
  return plan->set->kind == &cr_archive_kind_deb ? plan->os->codename : plan->os->version;
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
  else if (plan->distribution->unread)
    cr_problems_add(plan->problems, CR_PROBLEM_BLIND, "archives", "no archive of %s is read: %s",
                    plan->distribution->name, plan->distribution->unread);
  else if (!get_release(plan))
    cr_problems_add(plan->problems, CR_PROBLEM_BLIND, "archives",
                    "the image does not say which release of %s it is: no archive of it was asked",
                    plan->distribution->name);
  else if (!plan->set->native)
    cr_problems_add(plan->problems, CR_PROBLEM_BLIND, "archives",
                    "no package tells the image's architecture: no archive of %s was asked", plan->distribution->name);
  else
    cr_problems_add(plan->problems, CR_PROBLEM_BLIND, "archives",
                    "no verified archive of %s %s answered: which fixes could be installed is not known",
                    plan->distribution->name, get_release(plan));
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

static gboolean has_release(const CrArchivePlan *plan)
{
  return plan->set->kind != &cr_archive_kind_deb || is_word(plan->os->codename);
}

/* Nothing is installed and nothing says that there is an operating system: a static program alone has no fixes in any
 * archive. */
static gboolean has_system(const CrArchives *set, CrInventory *inventory)
{
  const CrOs *os = cr_inventory_get_os(inventory);
  const GPtrArray *packages = cr_inventory_get_packages(inventory);
  for (guint i = 0; i < packages->len; i++)
    if (cr_archives_has_type(set, ((const CrPackage *)packages->pdata[i])->type))
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
  const CrArchiveKind *kind = plan->set->kind;
  kind->make(plan);
  obtain_all(plan);
  kind->join(plan);
  kind->open_lists(plan);
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
  set->tree = tree;
  set->distribution = cr_distribution_find(cr_inventory_get_os(inventory));
  g_autoptr(GPtrArray) sources = g_ptr_array_new();
  const CrOs *os = cr_inventory_get_os(inventory);
  CrArchivePlan plan = {
      .set = set,
      .tree = tree,
      .os = os,
      .options = options,
      .distribution = cr_distribution_find(os),
      .problems = problems,
      .suites = set->archives,
      .sources = sources,
  };
  set->kind = cr_archive_kind_find(plan.distribution, os);
  set->kind->find_architectures(&plan, inventory);
  if (!has_release(&plan))
    plan.distribution = NULL;
  if (set->native)
    fill(&plan);
  plan.distribution = cr_distribution_find(os);
  if (has_system(set, inventory))
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

gboolean cr_archives_has_type(const CrArchives *archives, const char *type)
{
  return archives && strcmp(archives->kind->type, type) == 0;
}

const char *cr_archives_get_native(const CrArchives *archives)
{
  return archives->native;
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
