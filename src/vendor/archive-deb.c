/* SPDX-License-Identifier: Apache-2.0 */
/* Whose signature counts for a suite of a Debian-like archive, and is it the suite that was asked for? */
#include "vendor/archive-plan.h"

#include <string.h>

#include "base/error.h"
#include "vendor/apt.h"

typedef struct {
  const CrArchivePlan *plan;
  CrSuite *suite;
  gboolean archived; /* asked where releases that are over go */
} Trust;

/* ---- signatures ---- */

static GBytes *verify_own(const Trust *trust, const CrReleaseCandidate *candidate, GError **error)
{
  const CrVendorOptions *options = trust->plan->options;
  const CrKeyring *keyring = trust->archived ? NULL : trust->plan->keyring;
  g_autoptr(CrKeyring) loaded = keyring ? NULL
                                        : cr_keyring_load_distribution(trust->plan->distribution, options->keyrings,
                                                                       trust->archived, options->cache, error);
  keyring = keyring ? keyring : loaded;
  if (!keyring)
    return NULL;
  return cr_keyring_verify(keyring, candidate->hash, candidate->release, candidate->signature, options->cache, error);
}

/* By the keys that the image's apt would use for any of the lines that configure the suite. */
static GBytes *verify_image(const Trust *trust, const CrReleaseCandidate *candidate, GError **error)
{
  const CrArchivePlan *plan = trust->plan;
  gboolean keys = FALSE;
  for (guint i = 0; i < trust->suite->sources->len; i++) {
    g_autoptr(CrKeyring) keyring =
        cr_keyring_load_image(plan->tree, trust->suite->sources->pdata[i], plan->options->cache, NULL);
    if (!keyring)
      continue;
    keys = TRUE;
    g_clear_error(error);
    GBytes *text = cr_keyring_verify(keyring, candidate->hash, candidate->release, candidate->signature,
                                     plan->options->cache, error);
    if (text || !*error)
      return text;
  }
  if (!keys) {
    g_clear_error(error);
    g_set_error_literal(error, CR_ERROR, CR_ERROR_TRUST, "the image holds no key that could vouch for it");
  }
  return NULL;
}

/* For an address of the distribution nobody else's keys count; that the image's would do is worth saying. */
static GBytes *explain_own(const Trust *trust, const CrReleaseCandidate *candidate, GError **error)
{
  g_autoptr(GError) other = NULL;
  g_autoptr(GBytes) text = verify_image(trust, candidate, &other);
  if (text) {
    g_clear_error(error);
    g_set_error(error, CR_ERROR, CR_ERROR_TRUST,
                "it is signed by a key that only the image trusts, which cannot vouch for %s",
                trust->plan->distribution->name);
  }
  return NULL;
}

static GBytes *verify(const Trust *trust, const CrReleaseCandidate *candidate, gboolean *own, GError **error)
{
  g_autoptr(GError) own_error = NULL;
  *own = FALSE;
  if (trust->plan->distribution) {
    GBytes *text = verify_own(trust, candidate, &own_error);
    *own = text != NULL;
    if (text)
      return text;
    if (!own_error) /* no verdict is kept: the caller comes again with the bytes */
      return NULL;
    if (trust->suite->own_address) {
      g_propagate_error(error, g_steal_pointer(&own_error));
      return explain_own(trust, candidate, error);
    }
  }
  GError *image_error = NULL;
  GBytes *text = verify_image(trust, candidate, &image_error);
  if (image_error)
    g_propagate_error(error, image_error);
  return text;
}

/* ---- what a release file says of itself ---- */

static gboolean is_same_suite(const CrSuite *suite, const CrRelease *release)
{
  if (cr_suite_is_flat(suite))
    return TRUE;
  if (g_strcmp0(suite->suite, release->suite) == 0 || g_strcmp0(suite->suite, release->codename) == 0)
    return TRUE;
  /* before bullseye: dists/buster/updates says "buster" */
  gsize length = release->codename ? strlen(release->codename) : 0;
  return length && strncmp(suite->suite, release->codename, length) == 0 &&
         strcmp(suite->suite + length, "/updates") == 0;
}

static gboolean refuse(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);
static gboolean refuse(GError **error, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  g_autofree char *text = g_strdup_vprintf(format, args);
  va_end(args);
  g_set_error_literal(error, CR_ERROR, CR_ERROR_TRUST, text);
  return FALSE;
}

static gboolean check_identity(const Trust *trust, const CrRelease *release, gboolean own, GError **error)
{
  CrSuite *suite = trust->suite;
  const CrDistribution *distribution = trust->plan->distribution;
  if (!own && distribution && release->origin && g_ascii_strcasecmp(release->origin, distribution->origin) == 0)
    return refuse(error, "it calls itself %s, but is signed by a key that only the image trusts", distribution->name);
  if (suite->known && g_strcmp0(release->label, suite->known->label) != 0)
    return refuse(error, "it is labelled '%s' where '%s' belongs", release->label ? release->label : "",
                  suite->known->label);
  if (is_same_suite(suite, release))
    return TRUE;
  if (own)
    return refuse(error, "it is of suite '%s' (%s), not of '%s'", release->suite ? release->suite : "",
                  release->codename ? release->codename : "no codename", suite->suite);
  cr_suite_doubt(suite, "its release file says suite '%s' (%s) where '%s' was asked",
                 release->suite ? release->suite : "", release->codename ? release->codename : "no codename",
                 suite->suite);
  return TRUE;
}

CrRelease *cr_archive_deb_judge(const CrArchivePlan *plan, CrSuite *suite, gboolean archived,
                                const CrReleaseCandidate *candidate, gboolean *own, GError **error)
{
  const Trust trust = {.plan = plan, .suite = suite, .archived = archived};
  g_autoptr(GBytes) text = verify(&trust, candidate, own, error);
  if (!text)
    return NULL;
  gsize size = 0;
  const char *data = g_bytes_get_data(text, &size);
  g_autoptr(CrRelease) release = cr_release_parse(data, size, suite->arena, error);
  return release && check_identity(&trust, release, *own, error) ? g_steal_pointer(&release) : NULL;
}

/* ---- architectures ---- */

static gboolean is_real(const char *architecture)
{
  return architecture && *architecture && strcmp(architecture, "all") != 0;
}

/* The native one, then those of `dpkg --add-architecture`. */
static void find_architectures(CrArchivePlan *plan, CrInventory *inventory)
{
  CrArchives *set = plan->set;
  CrTree *tree = plan->tree;
  g_autoptr(GPtrArray) list = g_ptr_array_new();
  g_autoptr(GBytes) bytes = cr_vendor_read_file(tree, "var/lib/dpkg/arch");
  gsize size = 0;
  const char *text = bytes ? g_bytes_get_data(bytes, &size) : NULL;
  g_autofree char *copy = text ? g_strndup(text, MIN(size, 4096)) : g_strdup("");
  g_auto(GStrv) words = g_strsplit_set(copy, " \t\r\n", 64);
  const char *native = cr_archive_find_native(inventory, "deb", "dpkg");
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
  set->settings = cr_apt_config_read(tree, plan->problems);
  set->machine_id = cr_apt_machine_id_read(tree, set->settings, set->arena);
  set->pins = cr_apt_pins_read(tree, set->settings, set->arena, plan->problems);
}

/* ---- the kind ---- */

static void make(CrArchivePlan *plan)
{
  cr_sources_read(plan->tree, plan->set->native, plan->set->arena, plan->sources, plan->problems);
  cr_archive_plan_make(plan);
}

static gboolean fetch(const CrArchivePlan *plan, const CrSuite *suite, const char *folder, const CrSite *old,
                      CrFetched *fetched, GError **error)
{
  (void)suite;
  return cr_fetch_release(plan->options, folder, old, fetched, error);
}

static void find_updates(CrArchives *archives, CrInventory *inventory, CrArena *arena, GPtrArray *updates,
                         CrProblems *problems)
{
  cr_apt_find_updates(archives, cr_inventory_get_packages(inventory), arena, updates, problems);
}

static gboolean resolve(CrArchives *archives, CrInventory *inventory, const GPtrArray *wanted, CrArena *arena,
                        GPtrArray *changes, GError **error)
{
  return cr_apt_ask(archives, cr_inventory_get_packages(inventory), wanted, arena, changes, error);
}

const CrArchiveKind cr_archive_kind_deb = {
    .type = "deb",
    .find_architectures = find_architectures,
    .make = make,
    .fetch = fetch,
    .judge = cr_archive_deb_judge,
    .join = cr_archive_plan_join,
    .open_lists = cr_archive_open_lists,
    .find_updates = find_updates,
    .resolve = resolve,
    .find_unused = cr_apt_ask_unused,
    .is_same = cr_archive_is_same_deb,
};
