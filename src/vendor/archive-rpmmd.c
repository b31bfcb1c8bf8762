/* SPDX-License-Identifier: Apache-2.0 */
/* The kind rpm-md: the release's own repositories and those of .repo files, each with a signed repomd.xml. */
#include "vendor/rpmmd.h"

#include <string.h>

#include "base/error.h"
#include "base/limits.h"

/* ---- what the image says ---- */

static void find_architectures(CrArchivePlan *plan, CrInventory *inventory)
{
  CrArchives *set = plan->set;
  const char *native = cr_archive_find_native(inventory, "rpm", "glibc");
  gboolean word = native && strlen(native) < 64;
  for (const char *c = native; c && *c; c++)
    word &= g_ascii_isalnum(*c) || *c == '_';
  set->native = word ? cr_arena_strdup(set->arena, native) : NULL;
  const char **list = cr_arena_alloc(set->arena, 2 * sizeof *list);
  list[0] = set->native;
  list[1] = NULL;
  set->architectures = list;
}

/* $basearch: what repositories call an architecture (dnf, rpm/__init__.py). */
static const char *get_basearch(const char *arch)
{
  static const char *const rows[][2] = {{"i386", "i386"}, {"i486", "i386"},      {"i586", "i386"},
                                        {"i686", "i386"}, {"armv7hl", "armhfp"}, {"armv7hnl", "armhfp"}};
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
    if (!strcmp(rows[i][0], arch))
      return rows[i][1];
  return arch;
}

/* Red Hat's family names its trees by the major version, the others by all of VERSION_ID. */
static char *format_releasever(const CrOs *os)
{
  static const char *const majors[] = {"almalinux", "rocky", "rhel", "centos", "ol", NULL};
  gboolean major = os->id && g_strv_contains(majors, os->id);
  gsize length = os->version ? strspn(os->version, major ? "0123456789" : "0123456789.") : 0;
  return length ? g_strndup(os->version, length) : NULL;
}

static GHashTable *make_variables(const CrArchivePlan *plan)
{
  GHashTable *variables = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
  char *releasever = format_releasever(plan->os);
  if (releasever)
    g_hash_table_insert(variables, g_strdup("releasever"), releasever);
  g_hash_table_insert(variables, g_strdup("basearch"), g_strdup(get_basearch(plan->set->native)));
  g_hash_table_insert(variables, g_strdup("arch"), g_strdup(plan->set->native));
  return variables;
}

/* ---- which ---- */

/* dnf's name for the suite, its own settings. */
typedef struct {
  const CrArchivePlan *plan;
  GHashTable *variables;
  GPtrArray *repositories; /* CrRpmRepository* */
  CrStrv excludes;
} Planning;

static const char *find_own(const CrArchivePlan *plan, const char *uri)
{
  const char *host = NULL;
  const char *path = NULL;
  if (!uri || !plan->distribution)
    return NULL;
  cr_uri_split(uri, plan->set->arena, &host, &path);
  return plan->distribution->find_public_uri(host, path, plan->set->native);
}

/* A repository of the image that is the release's own KNOWN: by its id, at an address of the distribution. */
static const CrRpmRepository *find_repository(const Planning *planning, const CrKnownArchive *known)
{
  for (guint i = 0; i < planning->repositories->len; i++) {
    const CrRpmRepository *repository = planning->repositories->pdata[i];
    const char *address = repository->baseurl ? repository->baseurl : repository->list;
    if (!g_ascii_strcasecmp(repository->id, known->suffix) && find_own(planning->plan, address))
      return repository;
  }
  return NULL;
}

static CrSuite *new_suite(const Planning *planning, const char *uri, const char *name)
{
  CrSuite *suite = cr_suite_new(uri, "./");
  suite->data.archive.name = cr_arena_strdup(suite->arena, name);
  suite->data.excludes = planning->excludes;
  suite->data.priority = 99;
  return suite;
}

static void configure(CrSuite *suite, const CrRpmRepository *repository, guint order)
{
  CrArchiveData *data = &suite->data;
  data->order = order;
  data->archive.configured = repository->enabled;
  data->archive.uri = repository->baseurl ? repository->baseurl : repository->list;
  data->priority = repository->priority ? (guint)g_ascii_strtoull(repository->priority, NULL, 10) : 99;
  data->repository_excludes = repository->excludes;
  data->hotfixes = repository->hotfixes;
  CrAptSource *source = cr_arena_new0(suite->arena, CrAptSource);
  source->file = repository->file;
  source->signed_by = repository->keys;
  source->components = cr_strv_empty;
  g_ptr_array_add(suite->sources, source);
}

static void add_known(Planning *planning, CrArchivePlan *plan)
{
  const CrDistribution *distribution = plan->distribution;
  for (guint i = 0; distribution && i < distribution->archive_count; i++) {
    const CrKnownArchive *known = &distribution->archives[i];
    const CrRpmRepository *repository = find_repository(planning, known);
    gboolean enabled = repository && repository->enabled;
    if (known->stable_only && !enabled)
      continue;
    g_autofree char *uri = cr_rpmmd_expand(known->uri, planning->variables);
    if (strchr(uri, '$')) /* a variable without value: which release it is, is not known */
      continue;
    CrSuite *suite = new_suite(planning, uri, known->suffix);
    suite->known = known;
    suite->own_address = TRUE;
    suite->data.archive.distribution = TRUE;
    if (repository)
      configure(suite, repository, i);
    else
      suite->data.order = G_MAXUINT - distribution->archive_count + i;
    suite->data.archive.configured |= plan->options->configured_unknown;
    g_ptr_array_add(plan->suites, suite);
  }
}

static gboolean is_known(const CrArchivePlan *plan, const CrRpmRepository *repository)
{
  for (guint i = 0; i < plan->suites->len; i++) {
    const CrSuite *suite = plan->suites->pdata[i];
    if (suite->known && !g_ascii_strcasecmp(suite->data.archive.name, repository->id))
      return TRUE;
  }
  return FALSE;
}

static void add_configured(Planning *planning, CrArchivePlan *plan, const CrRpmRepository *repository, guint order)
{
  if (!repository->enabled || is_known(plan, repository))
    return;
  const char *address = repository->baseurl ? repository->baseurl : repository->list ? repository->list : "";
  CrSuite *suite = new_suite(planning, address, repository->id);
  gboolean mirrored = plan->options->mirrors && g_hash_table_contains(plan->options->mirrors, repository->id);
  suite->own_address = repository->baseurl && find_own(plan, repository->baseurl);
  configure(suite, repository, order);
  g_autofree char *base = cr_mirror_apply(plan->options->mirrors, repository->id, suite->uri);
  gboolean http = g_str_has_prefix(suite->uri, "http://") || g_str_has_prefix(suite->uri, "https://");
  suite->data.listed = !repository->baseurl && repository->list && !mirrored;
  if (suite->data.listed ? !g_str_has_prefix(suite->uri, "https://") : !http && !strcmp(base, suite->uri)) {
    cr_suite_refuse(suite, suite->data.listed ? "its list of mirrors has no https address, and is not asked"
                                              : "it names no address that can be asked");
    suite->hint = g_strdup_printf("--mirror %s=URL names one", repository->id);
  }
  g_ptr_array_add(plan->suites, suite);
}

static void make(CrArchivePlan *plan)
{
  g_autoptr(GHashTable) variables = make_variables(plan);
  g_autoptr(GPtrArray) repositories = g_ptr_array_new();
  Planning planning = {.plan = plan, .variables = variables, .repositories = repositories};
  plan->set->rpm = cr_rpmmd_settings_read(plan->tree, plan->os, plan->set->arena);
  cr_rpmmd_repositories_read(plan->tree, variables, plan->set->arena, repositories, &planning.excludes, plan->problems);
  add_known(&planning, plan);
  for (guint i = 0; i < repositories->len; i++)
    add_configured(&planning, plan, repositories->pdata[i], i);
}

/* ---- trust ---- */

static gboolean fetch_from(const CrArchivePlan *plan, const char *folder, const CrSite *old, CrFetched *fetched,
                           GError **error)
{
  return cr_fetch_named(plan->options, folder, "repodata/repomd.xml", "repodata/repomd.xml.asc", old, fetched, error);
}

/* The mirror that answered last, else each of the list LIST until one answers. */
static gboolean fetch_listed(const CrArchivePlan *plan, const CrSuite *suite, const char *list, const CrSite *old,
                             CrFetched *fetched, GError **error)
{
  if (old->url && fetch_from(plan, old->url, old, fetched, NULL))
    return TRUE;
  g_autoptr(GBytes) bytes = cr_fetch_small(plan->options, list, CR_LIMIT_MIRRORS_BYTES, error);
  if (!bytes) {
    g_prefix_error(error, "its list of mirrors: ");
    return FALSE;
  }
  gsize size = 0;
  const char *text = g_bytes_get_data(bytes, &size);
  g_autoptr(GPtrArray) mirrors = cr_rpmmd_mirrors_parse(text ? text : "", size, suite->arena, error);
  for (guint i = 0; mirrors && i < mirrors->len; i++) {
    g_autofree char *folder = cr_mirror_apply(plan->options->mirrors, "", mirrors->pdata[i]);
    gboolean last = i + 1 == mirrors->len;
    cr_fetched_clear(fetched);
    if (fetch_from(plan, folder, old, fetched, last ? error : NULL))
      return TRUE;
  }
  return FALSE;
}

static gboolean fetch(const CrArchivePlan *plan, const CrSuite *suite, const char *folder, const CrSite *old,
                      CrFetched *fetched, GError **error)
{
  if (suite->data.listed ? !fetch_listed(plan, suite, folder, old, fetched, error)
                         : !fetch_from(plan, folder, old, fetched, error))
    return FALSE;
  if (fetched->unchanged)
    return TRUE;
  if (fetched->signature) {
    cr_fetched_seal(fetched);
    return TRUE;
  }
  g_set_error_literal(error, CR_ERROR, CR_ERROR_TRUST,
                      "its repomd.xml has no signature: only its packages are signed, and nothing proves that a list "
                      "of them is whole");
  return FALSE;
}

static GBytes *verify_own(const CrArchivePlan *plan, const CrReleaseCandidate *candidate, GError **error)
{
  const CrKeyring *keyring = plan->keyring;
  g_autoptr(CrKeyring) loaded = keyring ? NULL
                                        : cr_keyring_load_distribution(plan->distribution, plan->options->keyrings,
                                                                       FALSE, plan->options->cache, error);
  keyring = keyring ? keyring : loaded;
  return keyring ? cr_keyring_verify(keyring, candidate->hash, candidate->release, candidate->signature,
                                     plan->options->cache, error)
                 : NULL;
}

static GBytes *verify_image(const CrArchivePlan *plan, const CrSuite *suite, const CrReleaseCandidate *candidate,
                            GError **error)
{
  for (guint i = 0; i < suite->sources->len; i++) {
    const CrAptSource *source = suite->sources->pdata[i];
    g_autoptr(CrKeyring) keyring =
        source->signed_by[0] ? cr_keyring_load_image(plan->tree, source, plan->options->cache, NULL) : NULL;
    if (keyring)
      return cr_keyring_verify(keyring, candidate->hash, candidate->release, candidate->signature, plan->options->cache,
                               error);
  }
  g_set_error_literal(error, CR_ERROR, CR_ERROR_TRUST, "the image holds no key that could vouch for it");
  return NULL;
}

/* As for Debian's archives (archive-deb.c): for an address of the distribution nobody else's keys count. */
static GBytes *verify(const CrArchivePlan *plan, const CrSuite *suite, const CrReleaseCandidate *candidate,
                      gboolean *own, GError **error)
{
  const CrDistribution *ours = plan->distribution && !plan->distribution->unread ? plan->distribution : NULL;
  g_autoptr(GError) own_error = NULL;
  GBytes *text = ours ? verify_own(plan, candidate, &own_error) : NULL;
  *own = text != NULL;
  if (text || (ours && !own_error))
    return text;
  if (!suite->own_address)
    return verify_image(plan, suite, candidate, error);
  if (!ours) {
    g_set_error_literal(error, CR_ERROR, CR_ERROR_TRUST, "no key of its distribution is known here");
    return NULL;
  }
  g_autoptr(GBytes) other = verify_image(plan, suite, candidate, NULL);
  if (other && !cr_error_get_hint(own_error))
    g_set_error(error, CR_ERROR, CR_ERROR_TRUST,
                "it is signed by a key that only the image trusts, which cannot vouch for %s", ours->name);
  else
    g_propagate_error(error, g_steal_pointer(&own_error));
  return NULL;
}

static CrRelease *judge(const CrArchivePlan *plan, CrSuite *suite, gboolean archived,
                        const CrReleaseCandidate *candidate, gboolean *own, GError **error)
{
  (void)archived;
  g_autoptr(GBytes) text = verify(plan, suite, candidate, own, error);
  if (!text)
    return NULL;
  gsize size = 0;
  const char *data = g_bytes_get_data(text, &size);
  CrRelease *release = cr_rpmmd_parse(data, size, suite->arena, error);
  if (!release)
    return NULL;
  release->origin = *own ? plan->distribution->origin : NULL;
  release->label = suite->known ? suite->known->label : NULL;
  release->suite = suite->data.archive.name;
  release->architectures = plan->set->architectures;
  return release;
}

static void join(CrArchivePlan *plan)
{
  for (guint i = 0; i < plan->suites->len; i++)
    cr_suite_describe(plan->suites->pdata[i]);
}

/* ---- lists ---- */

static CrList *open_list(const CrArchivePlan *plan, CrSuite *suite, const char *type,
                         CrStream *(*translate)(CrStream *stream), GError **error)
{
  const CrReleaseFile *file = cr_release_find_file(suite->release, type);
  if (!file)
    return NULL;
  g_autofree char *name = g_strdup_printf("lists/%s", file->sha256);
  CrList *list = cr_list_open(plan->options->cache, name);
  if (list)
    return list;
  if (plan->options->offline && !g_str_has_prefix(suite->folder, "file:")) {
    g_set_error_literal(error, CR_ERROR, CR_ERROR_OFFLINE, "it was never fetched, and --offline forbids it now");
    return NULL;
  }
  if (!cr_fetch_translated(plan->options, suite->folder, file, translate, name, error))
    return NULL;
  return cr_list_open(plan->options->cache, name);
}

static void open_suite(const CrArchivePlan *plan, CrSuite *suite)
{
  g_autoptr(GError) error = NULL;
  CrList *list = open_list(plan, suite, "primary", cr_list_translate_primary, &error);
  gboolean offline = plan->options->offline;
  if (!list) {
    suite->unsettled |= !offline;
    cr_suite_refuse(suite, "its list of packages cannot be used: %s", error ? error->message : "not there");
    return;
  }
  suite->data.lists = cr_arena_new0(suite->arena, CrArchiveList);
  suite->data.lists[0] = (CrArchiveList){.list = list,
                                         .component = suite->data.archive.name,
                                         .architecture = plan->set->native,
                                         .configured = suite->data.archive.configured};
  suite->data.list_count = 1;
  suite->data.notices = open_list(plan, suite, "updateinfo", cr_list_translate_updateinfo, &error);
  suite->unsettled |= error && !offline;
  if (error)
    cr_suite_doubt(suite, "its notices of updates cannot be used: %s", error->message);
  g_clear_error(&error);
  suite->data.modules = open_list(plan, suite, "modules", cr_list_translate_modules, &error);
  suite->unsettled |= error && !offline;
  if (error)
    cr_suite_doubt(suite, "its modules cannot be used: %s", error->message);
}

static void open_lists(CrArchivePlan *plan)
{
  for (guint i = 0; i < plan->suites->len; i++)
    if (((CrSuite *)plan->suites->pdata[i])->release)
      open_suite(plan, plan->suites->pdata[i]);
}

/* ---- the same package? ---- */

/* The database does not keep the checksum of the file that it was installed from; who built it and from which source is
 * what both say. */
static gboolean is_same(const CrPackage *package, const CrListPackage *record)
{
  return !g_strcmp0(package->source_name, record->source_name) &&
         (!package->origin || !record->origin || !strcmp(package->origin, record->origin));
}

const CrArchiveKind cr_archive_kind_rpmmd = {
    .type = "rpm",
    .find_architectures = find_architectures,
    .make = make,
    .fetch = fetch,
    .judge = judge,
    .join = join,
    .open_lists = open_lists,
    .find_updates = cr_rpmmd_find_updates,
    .resolve = cr_rpmmd_resolve,
    .is_same = is_same,
};
