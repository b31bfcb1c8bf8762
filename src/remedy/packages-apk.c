/* SPDX-License-Identifier: Apache-2.0 */
/* `apk upgrade` of the image's own apk, without a network, from a repository that holds the plan's packages and nothing
 * else (vendor/apk-repository.h): it upgrades what is there to be had, so it can do the plan or less, and what it did
 * is compared afterwards. apk 2 and 3 read that repository alike. etc/apk/world and the image's own list of
 * repositories stay as they are. */
#include "remedy/packages-private.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/limits.h"
#include "remedy/sandbox.h"
#include "vendor/apk-repository.h"

#define WORLD "etc/apk/world"

/* ---- the repository ---- */

typedef struct {
  CrScan *scan;
  const CrPackagesRun *run;
  char *folder;       /* of the workspace: "packages", in the sandbox /tmp/packages */
  GPtrArray *tags;    /* const char*; the first is NULL: the repository without a tag */
  GPtrArray *records; /* GString*, as many */
  CrApkSigner *signer;
  const char *native;
} Repository;

static void free_text(gpointer text)
{
  g_string_free(text, TRUE);
}

static void clear_repository(Repository *repository)
{
  g_free(repository->folder);
  g_ptr_array_unref(repository->tags);
  g_ptr_array_unref(repository->records);
  cr_apk_signer_free(repository->signer);
}

static guint find_place(Repository *repository, const char *tag)
{
  for (guint i = 0; i < repository->tags->len; i++)
    if (!g_strcmp0(repository->tags->pdata[i], tag))
      return i;
  g_ptr_array_add(repository->tags, g_strdup(tag));
  g_ptr_array_add(repository->records, g_string_new(NULL));
  return repository->tags->len - 1;
}

/* "name@tag": apk does nothing while world names a tag that no repository has. */
static void take_tags(Repository *repository)
{
  g_autoptr(GBytes) bytes = cr_tree_find_facts(repository->scan->tree, WORLD, "apk");
  gsize size = 0;
  const char *data = bytes ? g_bytes_get_data(bytes, &size) : NULL;
  g_autofree char *text = g_strndup(data ? data : "", size);
  g_auto(GStrv) words = g_strsplit_set(text, " \t\r\n", -1);
  for (guint i = 0; words[i] && i < CR_LIMIT_PACKAGES; i++) {
    const char *at = strrchr(words[i], '@');
    if (at && at[1])
      find_place(repository, at + 1);
  }
}

/* What becomes a file's name. */
static gboolean is_plain(const char *text, const char *others)
{
  for (const char *c = text; *c; c++)
    if (!g_ascii_isalnum(*c) && !strchr(others, *c))
      return FALSE;
  return *text && *text != '.' && strlen(text) < 200;
}

static char *make_path(const Repository *repository, guint place, const char *arch, const char *name, GError **error)
{
  g_autofree char *folder = g_strdup_printf("%s/%u/%s", repository->folder, place, arch);
  if (g_mkdir_with_parents(folder, 0755) == 0)
    return g_build_filename(folder, name, NULL);
  cr_error_set_errno(error, errno, "cannot make '%s'", folder);
  return NULL;
}

static gboolean add_package(Repository *repository, const CrArchiveFile *file, GError **error)
{
  if (!is_plain(file->name, "._+-") || !is_plain(file->version, "._+-~") || !is_plain(file->arch, "_-")) {
    g_set_error(error, CR_ERROR, CR_ERROR_TRUST, "cannot fetch package '%s' %s: that can be no file's name", file->name,
                file->version);
    return FALSE;
  }
  const CrScan *scan = repository->scan;
  g_autoptr(GBytes) bytes = cr_archives_fetch_file(scan->archive_set, file, &scan->vendor, error);
  guint place = bytes ? find_place(repository, file->tag) : 0;
  if (!bytes || !cr_apk_record_append(repository->records->pdata[place], file, bytes, error))
    return FALSE;
  g_autofree char *name = g_strdup_printf("%s-%s.apk", file->name, file->version);
  g_autofree char *path = make_path(repository, place, file->arch, name, error);
  g_autofree char *what = g_strdup_printf("package '%s'", file->name);
  gsize size = 0;
  const void *data = g_bytes_get_data(bytes, &size);
  return path && cr_packages_keep(path, data, size, 0644, what, error);
}

static gboolean keep_bytes(const char *path, GBytes *bytes, const char *what, GError **error)
{
  gsize size = 0;
  const void *data = g_bytes_get_data(bytes, &size);
  return cr_packages_keep(path, data, size, 0644, what, error);
}

static gboolean write_indexes(const Repository *repository, GError **error)
{
  g_autoptr(GString) lines = g_string_new(NULL);
  for (guint i = 0; i < repository->tags->len; i++) {
    const GString *records = repository->records->pdata[i];
    const char *tag = repository->tags->pdata[i];
    g_autoptr(GBytes) index = cr_apk_signer_make_index(repository->signer, records->str, error);
    g_autofree char *path = index ? make_path(repository, i, repository->native, "APKINDEX.tar.gz", error) : NULL;
    if (!path || !keep_bytes(path, index, "the run's list of packages", error))
      return FALSE;
    g_string_append_printf(lines, "%s%s%s/tmp/packages/%u\n", tag ? "@" : "", tag ? tag : "", tag ? " " : "", i);
  }
  g_autofree char *list = g_build_filename(repository->folder, "repositories", NULL);
  g_autofree char *keys = g_build_filename(repository->folder, "keys", NULL);
  g_autofree char *key = g_build_filename(keys, CR_APK_SIGNER_KEY, NULL);
  if (mkdir(keys, 0755) != 0) {
    cr_error_set_errno(error, errno, "cannot make '%s'", keys);
    return FALSE;
  }
  return cr_packages_keep(list, lines->str, lines->len, 0644, "the run's list of repositories", error) &&
         keep_bytes(key, cr_apk_signer_get_key(repository->signer), "the run's key", error);
}

static gboolean fill(Repository *repository, GError **error)
{
  const GPtrArray *changes = repository->run->plan->changes;
  repository->native = cr_archives_get_native(repository->scan->archive_set);
  repository->folder = cr_packages_make_folder(repository->run, "packages", error);
  repository->signer = repository->folder ? cr_apk_signer_new(error) : NULL;
  if (!repository->signer)
    return FALSE;
  find_place(repository, NULL);
  take_tags(repository);
  for (guint i = 0; i < changes->len; i++) {
    const CrChange *change = changes->pdata[i];
    if (change->file.name && !add_package(repository, &change->file, error))
      return FALSE;
  }
  return write_indexes(repository, error);
}

static gboolean fetch(CrScan *scan, const CrPackagesRun *run, GError **error)
{
  Repository repository = {.scan = scan, .run = run};
  repository.tags = g_ptr_array_new_with_free_func(g_free);
  repository.records = g_ptr_array_new_with_free_func(free_text);
  gboolean good = fill(&repository, error);
  clear_repository(&repository);
  return good;
}

/* ---- running ---- */

static CrProcessResult *run_in(const CrRoots *roots, const CrPackagesRun *run, const char *const *argv, GError **error)
{
  g_autofree char *packages = g_build_filename(run->folder, "packages", NULL);
  const CrSandboxBind binds[] = {{packages, "/tmp/packages"}, {NULL, NULL}};
  static const char *const folders[] = {"/tmp/cache", NULL};
  CrSandboxRequest request = {
      .root = roots->merged,
      .roots = roots,
      .binds = binds,
      .folders = folders,
      .argv = argv,
      .timeout_ms = run->timeout_ms ? run->timeout_ms : CR_PACKAGES_TIMEOUT_MS,
      .may_chroot = TRUE,
  };
  return cr_sandbox_run(&request, error);
}

#define SOURCES                                                                                                        \
  "--no-network", "--no-progress", "--repositories-file", "/tmp/packages/repositories", "--keys-dir",                  \
      "/tmp/packages/keys", "--cache-dir", "/tmp/cache"
static const char *const upgrade[] = {"apk", "upgrade", SOURCES, NULL};
static const char *const simulate[] = {"apk", "upgrade", "--simulate", SOURCES, NULL};

/* ---- dates ---- */

#define BLOCK_BYTES 512U

static guint64 read_octal(const char *at)
{
  guint64 value = 0;
  for (guint i = 0; i < 12 && at[i] >= '0' && at[i] <= '7'; i++)
    value = value << 3 | (guint64)(at[i] - '0');
  return value;
}

static void date_header(char *block, const CrPackagesRun *run)
{
  gint64 time = (gint64)read_octal(block + 136);
  if (time < run->started && time < run->epoch)
    return;
  char number[13];
  g_snprintf(number, sizeof number, "%011" G_GINT64_MODIFIER "o", (guint64)CLAMP(run->epoch, 0, 077777777777));
  memcpy(block + 136, number, 12);
  memset(block + 148, ' ', 8);
  guint sum = 0;
  for (guint i = 0; i < BLOCK_BYTES; i++)
    sum += (guint8)block[i];
  g_snprintf(number, sizeof number, "%06o", sum);
  memcpy(block + 148, number, 7);
}

/* apk 2 dates each script of each package by the clock when it writes them down. */
static gboolean date_scripts(const CrRoots *roots, const CrPackagesRun *run, GError **error)
{
  static const char *const places[] = {"lib/apk/db/scripts.tar", "usr/lib/apk/db/scripts.tar"};
  for (guint i = 0; i < G_N_ELEMENTS(places); i++) {
    g_autoptr(GBytes) bytes = cr_packages_load(roots, places[i], 64 * CR_MIB);
    gsize size = 0;
    const void *data = bytes ? g_bytes_get_data(bytes, &size) : NULL;
    g_autofree char *copy = g_memdup2(data, size);
    for (gsize at = 0; size - at >= BLOCK_BYTES && copy[at];) {
      gsize body = (gsize)read_octal(copy + at + 124);
      date_header(copy + at, run);
      at += BLOCK_BYTES;
      gsize padded = (body + BLOCK_BYTES - 1) / BLOCK_BYTES * BLOCK_BYTES;
      at += MIN(padded, size - at);
    }
    if (size && memcmp(copy, data, size) != 0 && !cr_packages_store(roots, places[i], copy, size, error))
      return FALSE;
  }
  return TRUE;
}

/* ---- the two steps ---- */

/* apk writes it anew, each word on a line of its own. */
static gboolean restore_world(const CrRoots *roots, GBytes *before, GError **error)
{
  g_autoptr(GBytes) after = cr_packages_load(roots, WORLD, CR_LIMIT_SMALL_FILE);
  if (!before || (after && g_bytes_equal(before, after)))
    return TRUE;
  gsize size = 0;
  const void *data = g_bytes_get_data(before, &size);
  return cr_packages_store(roots, WORLD, data, size, error);
}

/* Told to upgrade again, it has nothing to do. */
static gboolean check_rest(const CrRoots *roots, const CrPackagesRun *run, GError **error)
{
  g_autoptr(CrProcessResult) result = run_in(roots, run, simulate, error);
  if (!result || !cr_packages_check_exit(result, "apk upgrade --simulate", error))
    return FALSE;
  gsize size = 0;
  const char *data = g_bytes_get_data(result->output, &size);
  if (!data || !g_strstr_len(data, (gssize)size, "(1/"))
    return TRUE;
  g_autofree char *said = cr_packages_get_last_lines(result, 6);
  g_set_error(error, CR_ERROR, CR_ERROR_GATE, "the image's apk did not do all: %s", said);
  return FALSE;
}

static gboolean install(const CrRoots *roots, const CrPackagesRun *run, GError **error)
{
  g_autoptr(GBytes) world = cr_packages_load(roots, WORLD, CR_LIMIT_SMALL_FILE);
  g_autoptr(CrProcessResult) result = run_in(roots, run, upgrade, error);
  if (!result)
    return FALSE;
  cr_packages_keep_log(run, "install.log", result);
  return cr_packages_check_exit(result, "apk", error) && check_rest(roots, run, error) &&
         restore_world(roots, world, error) && date_scripts(roots, run, error);
}

/* "U usr/bin/x": a file that is not as its package brought it; configuration is not looked at. What was added ("A") the
 * proof looks at itself. */
static gboolean audit(const CrRoots *roots, const CrPackagesRun *run, GError **error)
{
  static const char *const argv[] = {"apk", "audit", "--system", NULL};
  g_autoptr(CrProcessResult) result = run_in(roots, run, argv, error);
  if (!result || !cr_packages_check_exit(result, "apk audit", error))
    return FALSE;
  gsize size = 0;
  const char *data = g_bytes_get_data(result->output, &size);
  g_autofree char *text = g_strndup(data ? data : "", size); /* no bytes have no address */
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  g_autoptr(GString) altered = g_string_new(NULL);
  for (guint i = 0; lines[i]; i++)
    if (*lines[i] && *lines[i] != 'A')
      g_string_append_printf(altered, "%s%s", altered->len ? ", " : "", lines[i]);
  if (!altered->len)
    return TRUE;
  g_autofree char *valid = g_utf8_make_valid(altered->str, -1);
  g_set_error(error, CR_ERROR, CR_ERROR_GATE, "apk audit: files are not as their packages brought them: %s", valid);
  return FALSE;
}

static const char *find_obstacle(const CrScan *scan, CrArena *arena)
{
  static const char *const places[] = {"sbin/apk", "usr/bin/apk", "bin/apk", "usr/sbin/apk"};
  (void)arena;
  for (guint i = 0; i < G_N_ELEMENTS(places); i++)
    if (!scan->tree || cr_tree_find(scan->tree, places[i], NULL) == CR_TREE_FOUND)
      return NULL;
  return "rebuild required: the image has apk's database and no apk";
}

static const char *const left_out[] = {"lib/apk/db/lock", "usr/lib/apk/db/lock", "lib/apk/exec", "usr/lib/apk/exec",
                                       NULL};

const CrPackageManager cr_packages_apk = {
    .name = "apk",
    .type = "apk",
    .find_obstacle = find_obstacle,
    .fetch = fetch,
    .install = install,
    .audit = audit,
    .left_out = left_out,
};
