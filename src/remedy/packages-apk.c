/* SPDX-License-Identifier: Apache-2.0 */
/* `apk upgrade` of the image's own apk, without a network, from a repository that holds the plan's packages and nothing
 * else (vendor/apk-repository.h): it upgrades what is there to be had, so it can do the plan or less, and what it did
 * is compared afterwards. apk 2 and 3 read that repository alike. etc/apk/world and the image's own list of
 * repositories stay as they are. */
#include "remedy/packages-private.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/limits.h"
#include "remedy/sandbox.h"
#include "vendor/apk-repository.h"

#define WORLD "etc/apk/world"

/* ---- package files: once, for every step of the plan ---- */

/* Below the workspace's "packages", in the sandbox /tmp/packages: TAG/ARCH/NAME-VERSION.apk with what an index has of
 * it as NAME-VERSION.record beside it. TAG is a number: the line of "tags", the first of which is empty. */
typedef struct {
  CrScan *scan;
  const char *folder, *fetched; /* FETCHED: files by their own names */
  GPtrArray *tags;              /* char* */
} Fetching;

static guint find_tag(const GPtrArray *tags, const char *tag)
{
  guint place = 0;
  return g_ptr_array_find_with_equal_func((GPtrArray *)tags, tag ? tag : "", g_str_equal, &place) ? place : tags->len;
}

static guint add_tag(GPtrArray *tags, const char *tag)
{
  guint place = find_tag(tags, tag);
  if (place == tags->len)
    g_ptr_array_add(tags, g_strdup(tag ? tag : ""));
  return place;
}

/* "name@tag": apk does nothing while world names a tag that no repository has. */
static void take_tags(Fetching *fetching)
{
  g_autoptr(GBytes) bytes = cr_tree_find_facts(fetching->scan->tree, WORLD, "apk");
  gsize size = 0;
  const char *data = bytes ? g_bytes_get_data(bytes, &size) : NULL;
  g_autofree char *text = g_strndup(data ? data : "", size);
  g_auto(GStrv) words = g_strsplit_set(text, " \t\r\n", -1);
  for (guint i = 0; words[i] && i < CR_LIMIT_PACKAGES; i++) {
    const char *at = strrchr(words[i], '@');
    if (at && at[1])
      add_tag(fetching->tags, at + 1);
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

static char *make_path(const char *packages, guint place, const char *arch, const char *name, GError **error)
{
  g_autofree char *folder = g_strdup_printf("%s/%u/%s", packages, place, arch);
  if (g_mkdir_with_parents(folder, 0755) == 0)
    return g_build_filename(folder, name, NULL);
  cr_error_set_errno(error, errno, "cannot make '%s'", folder);
  return NULL;
}

static char *make_file_path(const char *packages, guint place, const CrArchiveFile *file, const char *ending,
                            GError **error)
{
  g_autofree char *name = g_strdup_printf("%s-%s%s", file->name, file->version, ending);
  return make_path(packages, place, file->arch, name, error);
}

static gboolean keep_bytes(const char *path, GBytes *bytes, const char *what, GError **error)
{
  gsize size = 0;
  const void *data = g_bytes_get_data(bytes, &size);
  return cr_packages_keep(path, data, size, 0644, what, error);
}

/* Another name of the file that was fetched. */
static gboolean link_package(const Fetching *fetching, const CrChange *change, guint place, GError **error)
{
  g_autofree char *from = cr_packages_format_path(fetching->fetched, change, ".apk");
  g_autofree char *to = make_file_path(fetching->folder, place, &change->file, ".apk", error);
  if (!to || link(from, to) == 0 || errno == EEXIST) /* of an earlier step */
    return to != NULL;
  cr_error_set_errno(error, errno, "cannot make '%s'", to);
  return FALSE;
}

static gboolean take_package(const Fetching *fetching, const CrChange *change, GError **error)
{
  const CrArchiveFile *file = &change->file;
  if (!is_plain(file->name, "._+-") || !is_plain(file->version, "._+-~") || !is_plain(file->arch, "_-")) {
    g_set_error(error, CR_ERROR, CR_ERROR_TRUST, "cannot fetch package '%s' %s: that can be no file's name", file->name,
                file->version);
    return FALSE;
  }
  g_autoptr(GString) record = g_string_new(NULL);
  g_autofree char *path = cr_packages_format_path(fetching->fetched, change, ".apk");
  g_autoptr(GMappedFile) mapped = g_mapped_file_new(path, FALSE, error);
  g_autoptr(GBytes) bytes = mapped ? g_mapped_file_get_bytes(mapped) : NULL;
  if (!bytes || !cr_apk_record_append(record, file, bytes, error))
    return FALSE;
  guint place = add_tag(fetching->tags, file->tag);
  g_autofree char *what = g_strdup_printf("package '%s'", file->name);
  g_autofree char *beside = make_file_path(fetching->folder, place, file, ".record", error);
  return beside && link_package(fetching, change, place, error) &&
         cr_packages_keep(beside, record->str, record->len, 0644, what, error);
}

static gboolean take_all(Fetching *fetching, const CrPlan *plan, GError **error)
{
  add_tag(fetching->tags, NULL);
  take_tags(fetching);
  for (guint i = 0; i < plan->changes->len; i++) {
    const CrChange *change = plan->changes->pdata[i];
    if (change->file.name && !take_package(fetching, change, error))
      return FALSE;
  }
  g_ptr_array_add(fetching->tags, NULL);
  g_autofree char *text = g_strjoinv("\n", (char **)fetching->tags->pdata);
  g_autofree char *tags = g_build_filename(fetching->folder, "tags", NULL);
  g_autofree char *arch = g_build_filename(fetching->folder, "arch", NULL);
  const char *native = cr_archives_get_native(fetching->scan->archive_set);
  return cr_packages_keep(tags, text, strlen(text), 0644, "the tags of repositories", error) &&
         cr_packages_keep(arch, native, strlen(native), 0644, "the architecture", error);
}

static gboolean fetch(CrScan *scan, const CrPackagesRun *run, GError **error)
{
  g_autofree char *folder = cr_packages_make_folder(run, "packages", error);
  g_autofree char *fetched = folder ? cr_packages_make_folder(run, "fetched", error) : NULL;
  g_autoptr(GPtrArray) tags = g_ptr_array_new_with_free_func(g_free);
  Fetching fetching = {scan, folder, fetched, tags};
  return fetched && cr_packages_fetch(scan, run, fetched, ".apk", error) && take_all(&fetching, run->plan, error);
}

/* ---- the repository of one run ---- */

static char *load(const char *packages, const char *name, GError **error)
{
  g_autofree char *path = g_build_filename(packages, name, NULL);
  char *text = NULL;
  return g_file_get_contents(path, &text, NULL, error) ? text : NULL;
}

static GString *collect_records(const char *packages, const CrPlan *plan, guint place, const char *tag, GError **error)
{
  g_autoptr(GString) records = g_string_new(NULL);
  for (guint i = 0; i < plan->changes->len; i++) {
    const CrArchiveFile *file = &((const CrChange *)plan->changes->pdata[i])->file;
    if (!file->name || strcmp(file->tag ? file->tag : "", tag) != 0)
      continue;
    g_autofree char *path = make_file_path(packages, place, file, ".record", error);
    g_autofree char *text = NULL;
    if (!path || !g_file_get_contents(path, &text, NULL, error))
      return NULL;
    g_string_append(records, text);
  }
  return g_steal_pointer(&records);
}

static gboolean write_index(const char *packages, const CrApkSigner *signer, GString *records, guint place,
                            const char *arch, GError **error)
{
  g_autoptr(GBytes) index = records ? cr_apk_signer_make_index(signer, records->str, error) : NULL;
  g_autofree char *path = index ? make_path(packages, place, arch, "APKINDEX.tar.gz", error) : NULL;
  return path && keep_bytes(path, index, "the run's list of packages", error);
}

static gboolean write_key(const char *packages, const CrApkSigner *signer, GError **error)
{
  g_autofree char *folder = g_build_filename(packages, "keys", NULL);
  g_autofree char *path = g_build_filename(folder, CR_APK_SIGNER_KEY, NULL);
  if (g_mkdir_with_parents(folder, 0755) != 0) {
    cr_error_set_errno(error, errno, "cannot make '%s'", folder);
    return FALSE;
  }
  return keep_bytes(path, cr_apk_signer_get_key(signer), "the run's key", error);
}

static gboolean write_repository(const CrPackagesRun *run, GError **error)
{
  g_autofree char *packages = g_build_filename(run->folder, "packages", NULL);
  g_autofree char *text = load(packages, "tags", error);
  g_autofree char *arch = text ? load(packages, "arch", error) : NULL;
  g_autoptr(CrApkSigner) signer = arch ? cr_apk_signer_new(error) : NULL;
  if (!signer || !write_key(packages, signer, error))
    return FALSE;
  g_auto(GStrv) tags = g_strsplit(text, "\n", -1);
  g_autoptr(GString) lines = g_string_new(NULL);
  for (guint i = 0; i == 0 || tags[i]; i++) {
    const char *tag = tags[i] ? tags[i] : ""; /* "" is split into nothing */
    g_autoptr(GString) records = collect_records(packages, run->plan, i, tag, error);
    if (!write_index(packages, signer, records, i, arch, error))
      return FALSE;
    g_string_append_printf(lines, "%s%s%s/tmp/packages/%u\n", *tag ? "@" : "", tag, *tag ? " " : "", i);
    if (!tags[i])
      break;
  }
  g_autofree char *list = g_build_filename(packages, "repositories", NULL);
  return cr_packages_keep(list, lines->str, lines->len, 0644, "the run's list of repositories", error);
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
  g_autoptr(CrProcessResult) result = write_repository(run, error) ? run_in(roots, run, upgrade, error) : NULL;
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
