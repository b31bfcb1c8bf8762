/* SPDX-License-Identifier: Apache-2.0 */
/* The kind apk: repositories of etc/apk/repositories and the release's own, one signed index each. */
#include "vendor/apk-file.h"

#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/order.h"

/* ---- what the image says ---- */

static CrStrv split_words(CrTree *tree, const char *path, CrArena *arena)
{
  g_autoptr(GBytes) bytes = cr_vendor_read_file(tree, path);
  if (!bytes)
    return NULL;
  gsize size = 0;
  const char *data = g_bytes_get_data(bytes, &size);
  g_autofree char *text = g_strndup(data, size);
  g_auto(GStrv) words = g_strsplit_set(text, " \t\r\n", -1);
  const char **list = cr_arena_alloc(arena, (g_strv_length(words) + 1) * sizeof *list);
  guint count = 0;
  for (guint i = 0; words[i]; i++)
    if (*words[i])
      list[count++] = cr_arena_strdup(arena, words[i]);
  list[count] = NULL;
  return list;
}

/* It becomes part of an address. */
static gboolean is_word(const char *text)
{
  for (const char *c = text; *c; c++)
    if (!g_ascii_isalnum(*c) && *c != '_' && *c != '-')
      return FALSE;
  return *text && strlen(text) < 64;
}

static void find_architectures(CrArchivePlan *plan, CrInventory *inventory)
{
  CrArchives *set = plan->set;
  CrStrv words = split_words(plan->tree, "etc/apk/arch", set->arena);
  const char *native = words && words[0] ? words[0] : cr_archive_find_native(inventory, "apk", "musl");
  set->native = native && is_word(native) ? cr_arena_strdup(set->arena, native) : NULL;
  const char **list = cr_arena_alloc(set->arena, 2 * sizeof *list);
  list[0] = set->native;
  list[1] = NULL;
  set->architectures = list;
  set->world = split_words(plan->tree, "etc/apk/world", set->arena);
}

void cr_apk_repositories_parse(const char *text, gsize size, const char *file, CrArena *arena, GPtrArray *list,
                               CrProblems *problems)
{
  g_autofree char *copy = g_strndup(text, size);
  g_auto(GStrv) lines = g_strsplit(copy, "\n", -1);
  for (guint i = 0; lines[i]; i++) {
    char *line = g_strstrip(lines[i]);
    const char *tag = NULL;
    if (line[0] == '@') {
      tag = line + 1;
      line += strcspn(line, " \t");
      if (*line)
        *line++ = '\0';
      line = g_strchug(line);
    }
    if (!*line || *line == '#')
      continue;
    gsize length = strlen(line);
    if (list->len >= CR_LIMIT_REPOSITORIES || length > CR_LIMIT_PATH_BYTES || !g_utf8_validate(line, -1, NULL) ||
        strpbrk(line, " \t")) {
      cr_problems_add(problems, CR_PROBLEM_PARTIAL, file, "line %u is no repository that can be asked", i + 1);
      continue;
    }
    while (length > 1 && line[length - 1] == '/')
      length--;
    CrApkRepository *repository = cr_arena_new0(arena, CrApkRepository);
    repository->tag = cr_arena_strdup(arena, tag);
    repository->uri = cr_arena_strndup(arena, line, length);
    repository->file = file;
    g_ptr_array_add(list, repository);
  }
}

static gboolean visit_part(const CrNode *node, gpointer data)
{
  if (g_str_has_suffix(node->path, ".list"))
    g_ptr_array_add(data, g_strdup(node->path));
  return TRUE;
}

static GPtrArray *read_repositories(const CrArchivePlan *plan)
{
  g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);
  GPtrArray *list = g_ptr_array_new();
  cr_tree_foreach_child(plan->tree, "etc/apk/repositories.d", visit_part, files);
  g_ptr_array_sort(files, cr_compare_texts);
  g_ptr_array_insert(files, 0, g_strdup("etc/apk/repositories"));
  for (guint i = 0; i < files->len; i++) {
    g_autoptr(GBytes) bytes = cr_vendor_read_file(plan->tree, files->pdata[i]);
    gsize size = 0;
    const char *text = bytes ? g_bytes_get_data(bytes, &size) : NULL;
    if (text)
      cr_apk_repositories_parse(text, size, cr_arena_strdup(plan->set->arena, files->pdata[i]), plan->set->arena, list,
                                plan->problems);
  }
  return list;
}

/* ---- which ---- */

/* "v3.18" of "3.18.9"; edge calls itself by the next release and a date: "3.21.0_alpha20240923". */
static char *format_branch(const CrOs *os)
{
  const char *version = os->version;
  if (!version)
    return NULL;
  if (strstr(version, "_alpha") || !strcmp(version, "edge"))
    return g_strdup("edge");
  gsize length = strspn(version, "0123456789");
  if (version[length] != '.')
    return NULL;
  length += 1 + strspn(version + length + 1, "0123456789");
  return g_strdup_printf("v%.*s", (int)length, version);
}

/* "v3.18/main" of an address: what a mirror has in common with its original. */
static const char *find_tail(const char *uri)
{
  const char *last = strrchr(uri, '/');
  const char *tail = last;
  while (tail && tail > uri && tail[-1] != '/')
    tail--;
  return tail && tail > uri ? tail : uri;
}

/* The folder of an architecture has an index of its own, and so its own date. */
static CrSuite *new_suite(const CrArchivePlan *plan, const char *uri)
{
  g_autofree char *folder = g_strdup_printf("%s/", plan->set->native);
  return cr_suite_new(uri, folder);
}

static CrSuite *find_suite(const CrArchivePlan *plan, const char *uri, const char *tag)
{
  for (guint i = 0; i < plan->suites->len; i++) {
    CrSuite *suite = plan->suites->pdata[i];
    if (!strcmp(suite->uri, uri) && !g_strcmp0(suite->data.tag, tag))
      return suite;
  }
  return NULL;
}

static void add_known(CrArchivePlan *plan)
{
  const CrDistribution *distribution = plan->distribution;
  g_autofree char *branch = format_branch(plan->os);
  for (guint i = 0; distribution && i < distribution->archive_count; i++) {
    const CrKnownArchive *known = &distribution->archives[i];
    if (strstr(known->uri, "$branch") && !branch)
      continue;
    g_autoptr(GString) uri = g_string_new(known->uri);
    g_string_replace(uri, "$branch", branch ? branch : "", 0);
    CrSuite *suite = new_suite(plan, uri->str);
    suite->known = known;
    suite->own_address = TRUE;
    suite->data.archive.name = cr_arena_strdup(suite->arena, find_tail(suite->uri));
    suite->data.archive.distribution = TRUE;
    g_ptr_array_add(plan->suites, suite);
  }
}

static gboolean is_readable(const CrArchivePlan *plan, const CrSuite *suite)
{
  g_autofree char *base = cr_mirror_apply(plan->options->mirrors, suite->data.archive.name, suite->uri);
  return g_str_has_prefix(suite->uri, "http://") || g_str_has_prefix(suite->uri, "https://") ||
         strcmp(base, suite->uri) != 0;
}

static void configure(CrSuite *suite, const char *uri, guint order)
{
  CrArchiveData *data = &suite->data;
  if (!data->archive.configured)
    data->archive.uri = cr_arena_strdup(suite->arena, uri);
  data->order = data->archive.configured ? MIN(data->order, order) : order;
  data->archive.configured = TRUE;
}

static void add_configured(CrArchivePlan *plan, const CrApkRepository *repository, guint order)
{
  const char *host = NULL;
  const char *path = NULL;
  cr_uri_split(repository->uri, plan->set->arena, &host, &path);
  const char *base = plan->distribution ? plan->distribution->find_public_uri(host, path, plan->set->native) : NULL;
  /* the base ends with the first part of the path where it has one */
  gboolean below = base && strchr(strstr(base, "//") + 2, '/');
  g_autofree char *public = base ? g_strdup_printf("%s/%s", base, below ? strchr(path, '/') + 1 : path) : NULL;
  const char *uri = public ? public : repository->uri;
  CrSuite *suite = find_suite(plan, uri, repository->tag);
  if (!suite) {
    suite = new_suite(plan, uri);
    suite->own_address = public != NULL;
    suite->data.tag = cr_arena_strdup(suite->arena, repository->tag);
    suite->data.archive.name = public ? cr_arena_strdup(suite->arena, find_tail(suite->uri))
                                      : cr_arena_printf(suite->arena, "%s%s%s", host, *host ? "/" : "", path);
    g_ptr_array_add(plan->suites, suite);
    if (!is_readable(plan, suite))
      cr_suite_refuse(suite, "repositories inside the image are not read");
  }
  configure(suite, repository->uri, order);
}

static void make(CrArchivePlan *plan)
{
  g_autoptr(GPtrArray) repositories = read_repositories(plan);
  add_known(plan);
  for (guint i = 0; i < repositories->len; i++)
    add_configured(plan, repositories->pdata[i], i);
  for (guint i = 0; i < plan->suites->len; i++) {
    CrSuite *suite = plan->suites->pdata[i];
    if (!suite->data.archive.configured)
      suite->data.order = repositories->len + i;
    suite->data.archive.configured |= plan->options->configured_unknown && suite->known;
  }
}

/* ---- trust ---- */

static gboolean verify_own(const CrArchivePlan *plan, const CrApkSeal *seal, GError **error)
{
  const CrDistribution *distribution = plan->distribution;
  const char *folder = plan->options->keyrings;
  for (guint i = 0; i < seal->count; i++) {
    g_autoptr(GBytes) key = cr_apk_key_find(distribution, folder, plan->set->native, seal->signatures[i].key);
    if (key)
      return cr_apk_key_verify(key, &seal->signatures[i], error);
  }
  if (cr_apk_has_keys(distribution, folder, plan->set->native)) {
    g_set_error(error, CR_ERROR, CR_ERROR_TRUST, "it is signed by '%s', which is no key of %s that this system has",
                seal->signatures[0].key, distribution->name);
    return FALSE;
  }
  g_set_error(error, CR_ERROR, CR_ERROR_TRUST, "this system has no keys of %s in '%s'", distribution->name,
              folder ? folder : "/usr/share/apk/keys");
  if (error)
    cr_error_set_hint(*error, "put %s, or name a folder that has them with --keyrings", distribution->keyring_hint);
  return FALSE;
}

static gboolean verify_image(const CrArchivePlan *plan, const CrApkSeal *seal, GError **error)
{
  for (guint i = 0; i < seal->count; i++) {
    g_autofree char *path = g_strdup_printf("etc/apk/keys/%s", seal->signatures[i].key);
    g_autoptr(GBytes) key = cr_vendor_read_file(plan->tree, path);
    if (key)
      return cr_apk_key_verify(key, &seal->signatures[i], error);
  }
  g_set_error(error, CR_ERROR, CR_ERROR_TRUST, "it is signed by '%s', a key that the image does not have",
              seal->signatures[0].key);
  return FALSE;
}

/* As for Debian's archives (archive-deb.c): for an address of the distribution nobody else's keys count. */
static gboolean vouch(const CrArchivePlan *plan, const CrSuite *suite, const CrApkSeal *seal, gboolean *own,
                      GError **error)
{
  *own = FALSE;
  if (!plan->distribution)
    return verify_image(plan, seal, error);
  g_autoptr(GError) own_error = NULL;
  *own = verify_own(plan, seal, &own_error);
  if (*own)
    return TRUE;
  if (suite->own_address) {
    if (verify_image(plan, seal, NULL) && !cr_error_get_hint(own_error)) {
      g_set_error(error, CR_ERROR, CR_ERROR_TRUST,
                  "it is signed by a key that only the image trusts, which cannot vouch for %s",
                  plan->distribution->name);
      return FALSE;
    }
    g_propagate_error(error, g_steal_pointer(&own_error));
    return FALSE;
  }
  return verify_image(plan, seal, error);
}

static gboolean fetch(const CrArchivePlan *plan, const CrSuite *suite, const char *folder, const CrSite *old,
                      CrFetched *fetched, GError **error)
{
  if (!cr_fetch_named(plan->options, folder, "APKINDEX.tar.gz", NULL, old, fetched, error))
    return FALSE;
  if (fetched->unchanged)
    return TRUE;
  fetched->body = g_steal_pointer(&fetched->release);
  g_autoptr(CrArena) arena = cr_arena_new();
  CrApkSeal seal;
  gsize signed_from = 0;
  gboolean own = FALSE;
  /* nothing is unpacked that nobody signed: the same is judged again later, from what is kept */
  if (!cr_apk_index_read_signatures(fetched->body, arena, &seal, &signed_from, error) ||
      !vouch(plan, suite, &seal, &own, error))
    return FALSE;
  g_autoptr(GBytes) index = cr_apk_index_read(fetched->body, signed_from, arena, &seal, error);
  if (!index)
    return FALSE;
  fetched->release = cr_apk_seal_format(&seal);
  cr_fetched_seal(fetched);
  return TRUE;
}

/* FALSE without ERROR: neither kept nor at hand. */
static gboolean have_list(const CrArchivePlan *plan, const char *name, GBytes *body, GError **error)
{
  g_autoptr(CrList) kept = cr_list_open(plan->options->cache, name);
  if (kept)
    return TRUE;
  if (!body)
    return FALSE;
  g_autoptr(CrArena) arena = cr_arena_new();
  CrApkSeal seal;
  gsize signed_from = 0;
  if (!cr_apk_index_read_signatures(body, arena, &seal, &signed_from, error))
    return FALSE;
  g_autoptr(GBytes) index = cr_apk_index_read(body, signed_from, arena, &seal, error);
  return index && cr_list_compile(cr_list_translate_apk(index), plan->options->cache, name, error);
}

/* The branch's name is in what was signed ("v3.18.9-28-g1a2b…"), and all branches are signed by one key: an older one
 * in the place of a newer would hide every fix. */
static gboolean check_branch(const CrSuite *suite, const CrApkSeal *seal, GError **error)
{
  const char *tail = find_tail(suite->uri);
  gsize length = strcspn(tail, "/");
  if (tail[0] != 'v' || !g_ascii_isdigit(tail[1]) || !seal->description)
    return TRUE;
  if (strncmp(seal->description, tail, length) == 0 && !g_ascii_isdigit(seal->description[length]))
    return TRUE;
  g_set_error(error, CR_ERROR, CR_ERROR_TRUST, "it is of '%s', not of '%.*s'", seal->description, (int)length, tail);
  return FALSE;
}

static gboolean check_architecture(const CrArchivePlan *plan, const char *name, GError **error)
{
  g_autoptr(CrList) list = cr_list_open(plan->options->cache, name);
  CrListPackage record = {.arch = NULL};
  if (!list || !cr_list_get_count(list))
    return TRUE;
  cr_list_get(list, 0, &record);
  if (!strcmp(record.arch, plan->set->native) || !strcmp(record.arch, "noarch") || !*record.arch)
    return TRUE;
  g_set_error(error, CR_ERROR, CR_ERROR_TRUST, "its packages are for %s, not for %s", record.arch, plan->set->native);
  return FALSE;
}

static CrRelease *make_release(const CrArchivePlan *plan, CrSuite *suite, const CrApkSeal *seal, gboolean own)
{
  CrRelease *release = g_new0(CrRelease, 1);
  const char *tail = find_tail(suite->uri);
  release->origin = own ? plan->distribution->origin : NULL;
  release->label = own && suite->known ? suite->known->label : NULL;
  release->suite = tail;
  release->codename = strchr(tail, '/') ? cr_arena_strndup(suite->arena, tail, strcspn(tail, "/")) : NULL;
  release->version = seal->description;
  release->date = seal->date;
  release->valid_until = -1;
  release->architectures = plan->set->architectures;
  release->components = cr_strv_empty;
  release->files = g_hash_table_new(g_str_hash, g_str_equal);
  release->list = cr_arena_printf(suite->arena, "lists/%s", seal->list);
  return release;
}

static CrRelease *judge(const CrArchivePlan *plan, CrSuite *suite, gboolean archived,
                        const CrReleaseCandidate *candidate, gboolean *own, GError **error)
{
  (void)archived;
  CrApkSeal seal;
  if (!candidate->release || !cr_apk_seal_parse(candidate->release, suite->arena, &seal, error))
    return NULL;
  g_autofree char *name = g_strdup_printf("lists/%s", seal.list);
  if (!vouch(plan, suite, &seal, own, error) || (*own && !check_branch(suite, &seal, error)) ||
      !have_list(plan, name, candidate->body, error) || !check_architecture(plan, name, error))
    return NULL;
  return make_release(plan, suite, &seal, *own);
}

/* ---- joining ---- */

static gboolean is_mirror(const CrSuite *known, const CrSuite *other)
{
  return known->known && !other->known && !other->own_address && !other->data.tag &&
         !strcmp(find_tail(known->uri), find_tail(other->uri)) && (other->own || (!other->release && other->error));
}

static void merge(CrSuite *known, CrSuite *mirror)
{
  configure(known, mirror->uri, mirror->data.order);
  if (!mirror->release) {
    if (known->release)
      cr_suite_doubt(known, "'%s' is taken for a mirror of it by its path: %s", mirror->uri, mirror->error);
    return;
  }
  if (known->release) {
    if (known->release->date > mirror->release->date)
      cr_suite_note(known, "the image's mirror '%s' is behind: its index is of %s", mirror->uri,
                    cr_release_format_date(mirror->release->date, known->arena));
    return;
  }
  cr_suite_note(known, "asked at the image's mirror '%s': %s", mirror->uri, known->error ? known->error : "no answer");
  g_clear_pointer(&known->error, g_free);
  g_clear_pointer(&known->hint, g_free);
  const CrRelease *from = mirror->release;
  CrRelease *release = g_new0(CrRelease, 1);
  *release = *from;
  release->files = g_hash_table_ref(from->files);
  release->suite = find_tail(known->uri);
  release->codename = cr_arena_strdup(known->arena, from->codename);
  release->version = cr_arena_strdup(known->arena, from->version);
  release->list = cr_arena_strdup(known->arena, from->list);
  known->release = release;
  known->own = TRUE;
  known->fetched = mirror->fetched;
  known->folder = cr_arena_strdup(known->arena, mirror->folder);
  known->base = cr_arena_strdup(known->arena, mirror->base);
}

static gboolean join_suite(const CrArchivePlan *plan, CrSuite *suite)
{
  for (guint i = 0; i < plan->suites->len; i++)
    if (is_mirror(plan->suites->pdata[i], suite)) {
      merge(plan->suites->pdata[i], suite);
      return TRUE;
    }
  return FALSE;
}

#define QUIET_SECONDS (30 * 86400)

static void join(CrArchivePlan *plan)
{
  for (guint i = 0; i < plan->suites->len;) {
    if (join_suite(plan, plan->suites->pdata[i]))
      g_ptr_array_remove_index(plan->suites, i);
    else
      i++;
  }
  gint64 now = g_get_real_time() / G_USEC_PER_SEC;
  for (guint i = 0; i < plan->suites->len; i++) {
    CrSuite *suite = plan->suites->pdata[i];
    cr_suite_describe(suite);
    if (suite->release && now - suite->release->date > QUIET_SECONDS)
      cr_suite_note(suite,
                    "its index is of %s; the format has no date of expiry, so that a mirror that stands still looks "
                    "like an archive without news",
                    cr_release_format_date(suite->release->date, suite->arena));
  }
}

static void open_lists(CrArchivePlan *plan)
{
  for (guint i = 0; i < plan->suites->len; i++) {
    CrSuite *suite = plan->suites->pdata[i];
    CrList *list = suite->release ? cr_list_open(plan->options->cache, suite->release->list) : NULL;
    if (!list)
      continue;
    suite->data.lists = cr_arena_new0(suite->arena, CrArchiveList);
    suite->data.lists[0] = (CrArchiveList){.list = list,
                                           .component = suite->release->suite,
                                           .architecture = plan->set->native,
                                           .configured = suite->data.archive.configured};
    suite->data.list_count = 1;
  }
}

/* ---- the same package? ---- */

/* The checksum is of the package's control data and so of all its files' hashes (apk-tools, "C:"). */
static gboolean is_same(const CrPackage *package, const CrListPackage *record)
{
  const char *found = package->control ? g_strstr_len(package->control, (gssize)package->control_bytes, "C:Q1") : NULL;
  if (!found || !record->checksum || (found != package->control && found[-1] != '\n'))
    return FALSE;
  gsize left = package->control_bytes - (gsize)(found + 2 - package->control);
  gsize length = strlen(record->checksum);
  return left >= length && !memcmp(found + 2, record->checksum, length);
}

/* ---- a package file ---- */

/* Three witnesses: the signed index knows its control data by their hash, those know its files, and whoever may vouch
 * for the repository signed them. */
static gboolean check_file(CrArchives *archives, const CrSuite *suite, const CrArchiveFile *file, GBytes *bytes,
                           const CrVendorOptions *options, GError **error)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  CrApkPackageFile package;
  gboolean own = FALSE;
  CrArchivePlan plan = {
      .set = archives, .tree = archives->tree, .options = options, .distribution = archives->distribution};
  if (!cr_apk_package_read(bytes, arena, &package, error))
    return FALSE;
  if (g_strcmp0(package.identity, file->checksum) != 0) {
    g_set_error(error, CR_ERROR, CR_ERROR_TRUST, "it is not what the archive's signed index names");
    return FALSE;
  }
  return vouch(&plan, suite, &package.seal, &own, error);
}

static void find_updates(CrArchives *archives, CrInventory *inventory, CrArena *arena, GPtrArray *updates,
                         CrProblems *problems)
{
  cr_apk_find_updates(archives, cr_inventory_get_packages(inventory), arena, updates, problems);
}

static gboolean resolve(CrArchives *archives, CrInventory *inventory, const GPtrArray *wanted, CrArena *arena,
                        GPtrArray *changes, GError **error)
{
  return cr_apk_resolve(archives, cr_inventory_get_packages(inventory), wanted, arena, changes, error);
}

const CrArchiveKind cr_archive_kind_apk = {
    .type = "apk",
    .find_architectures = find_architectures,
    .make = make,
    .fetch = fetch,
    .judge = judge,
    .join = join,
    .open_lists = open_lists,
    .find_updates = find_updates,
    .resolve = resolve,
    .check_file = check_file,
    .is_same = is_same,
};
