/* SPDX-License-Identifier: Apache-2.0 */
/* Alpine's secdb: https://secdb.alpinelinux.org/BRANCH/{main,community}.json, which version of a package fixed what:
 *   {"distroversion": "v3.18", "packages": [{"pkg": {"name": "apache2", "secfixes": {"2.4.26-r0":
 * ["CVE-2017-3167"]}}}]} A version "0" means that no version of the package has the flaw. One text may hold several
 * names. */
#include <string.h>

#include "advisory/feed.h"
#include "base/json.h"
#include "base/limits.h"

#define SITE    "https://secdb.alpinelinux.org/"
#define LICENCE "CC-BY-SA-4.0"

static void add_file(const CrFeed *feed, const char *branch, const char *repository, GPtrArray *files)
{
  g_autofree char *state = g_strconcat("alpine-secdb/", branch, NULL);
  g_autofree char *name = g_strconcat(state, "/", repository, NULL);
  g_autofree char *path = g_strconcat(name, ".json", NULL);
  g_autofree char *address = g_strconcat(SITE, branch, "/", repository, ".json", NULL);
  CrFeedFile *file = cr_feed_file_new(feed, name, state, path, address, LICENCE);
  file->ecosystem = g_strconcat("Alpine:", branch, NULL);
  file->optional = strcmp(repository, "main") != 0; /* v3.2 had no community */
  g_ptr_array_add(files, file);
}

static void plan_folder(const CrFeed *feed, const CrFeedWants *wants, GPtrArray *files)
{
  g_auto(GStrv) branches = cr_feed_list_folder(wants, "alpine-secdb", "");
  for (guint i = 0; branches[i]; i++) {
    g_autofree char *sub = g_build_filename("alpine-secdb", branches[i], NULL);
    g_auto(GStrv) names = cr_feed_list_folder(wants, sub, ".json");
    for (guint j = 0; names[j]; j++)
      add_file(feed, branches[i], names[j], files);
  }
}

/* The oldest branch that the site has, and the newest that --all asks for: one a half year from 3.21 on. */
static void plan_all(const CrFeed *feed, GPtrArray *files)
{
  g_autoptr(GDateTime) now = g_date_time_new_now_utc();
  int halves = (g_date_time_get_year(now) - 2025) * 2 + (g_date_time_get_month(now) > 6 ? 1 : 0);
  for (int minor = 2; minor <= 21 + MAX(halves, 0); minor++) {
    g_autofree char *branch = g_strdup_printf("v3.%d", minor);
    add_file(feed, branch, "main", files);
    add_file(feed, branch, "community", files);
  }
  add_file(feed, "edge", "main", files);
  add_file(feed, "edge", "community", files);
}

static void plan_alpine(const CrFeed *feed, const CrFeedWants *wants, GPtrArray *files)
{
  guint before = files->len;
  if (wants->folder) {
    plan_folder(feed, wants, files);
  } else if (wants->all) {
    plan_all(feed, files);
    for (guint i = before; i < files->len; i++)
      ((CrFeedFile *)files->pdata[i])->optional = TRUE; /* the newest may not be out yet */
  } else {
    for (guint i = 0; wants->ecosystems && wants->ecosystems[i]; i++) {
      const char *branch = wants->ecosystems[i] + strlen("Alpine:");
      if (!g_str_has_prefix(wants->ecosystems[i], "Alpine:") || !*branch)
        continue;
      add_file(feed, branch, "main", files);
      add_file(feed, branch, "community", files);
    }
  }
}

/* ---- one file ---- */

/* "CVE-2019-1", "XSA-432", "GNUTLS-SA-2022-07-07", "TALOS-2020-1", "ZDI-CAN-1": letters, a dash, a digit somewhere. */
static gboolean is_name(const char *word)
{
  gsize length = strlen(word);
  return length >= 4 && length <= 64 && g_ascii_isalpha(*word) && strchr(word, '-') && strpbrk(word, "0123456789") &&
         strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.") == length;
}

static void add_flaw(CrBuilder *builder, CrAdvisory *advisory, const char *fixed)
{
  CrEvent events[2] = {{CR_EVENT_INTRODUCED, "0"}, {CR_EVENT_FIXED, fixed}};
  CrRange range = {.events = events, .count = 2};
  gboolean never = !strcmp(fixed, "0");
  advisory->vendor_status = never ? "not-affected" : NULL;
  advisory->ranges = &range;
  advisory->range_count = never ? 0 : 1;
  cr_builder_add(builder, advisory);
  cr_builder_add_aliases(builder, advisory->id, advisory->aliases);
  advisory->ranges = NULL;
  builder->records++;
}

/* The names in one text. With one CVE the others are names of it ("CVE-2023-34319 XSA-432"); several CVEs are several
 * flaws. FALSE: no name in it. */
static gboolean take_names(CrBuilder *builder, CrAdvisory *advisory, const char *fixed, const char *text)
{
  g_auto(GStrv) words = g_strsplit_set(text, " \t\r\n,;", -1);
  guint cves = 0, count = 0;
  for (guint i = 0; words[i]; i++) {
    if (!is_name(words[i]))
      continue;
    char *keep = words[i];
    cves += g_str_has_prefix(keep, "CVE-") ? 1 : 0;
    words[i] = words[count];
    words[count++] = keep;
  }
  for (guint i = 0; i < count && cves; i++) {
    if (!g_str_has_prefix(words[i], "CVE-"))
      continue;
    char *first = words[i];
    words[i] = words[0];
    words[0] = first;
    break;
  }
  if (!count)
    return FALSE;
  const char **others = g_newa0(const char *, count + 1);
  for (guint i = 1; i < count && cves <= 1; i++)
    others[i - 1] = words[i];
  advisory->aliases = others;
  for (guint i = 0; i < count; i++) {
    if (i && (cves <= 1 || !g_str_has_prefix(words[i], "CVE-")))
      continue;
    advisory->id = words[i];
    add_flaw(builder, advisory, fixed);
  }
  advisory->aliases = NULL;
  return TRUE;
}

static void take_fixes(CrBuilder *builder, CrAdvisory *advisory, const char *version, const CrJson *list)
{
  for (guint i = 0; i < cr_json_get_length(list); i++) {
    const char *text = cr_json_get_string(cr_json_get_element(list, i), "");
    if (strlen(text) <= CR_LIMIT_ADVISORY_TEXT && take_names(builder, advisory, version, text))
      continue;
    g_autofree char *what = g_strdup_printf("%s %s", advisory->package, version);
    cr_builder_skip(builder, what, "it names no flaw");
  }
}

static const char *take_package(CrBuilder *builder, const char *ecosystem, const CrJson *package)
{
  const CrJson *fixes = cr_json_find(package, "secfixes");
  CrAdvisory advisory = {.ecosystem = ecosystem, .package = cr_json_find_string(package, "name", "")};
  if (!*advisory.package || strlen(advisory.package) > CR_LIMIT_ADVISORY_TEXT)
    return "it has no name";
  if (cr_json_is(fixes, CR_JSON_NULL) || (cr_json_is(fixes, CR_JSON_ARRAY) && !cr_json_get_length(fixes)))
    return NULL; /* lua writes an empty object so */
  if (!cr_json_is(fixes, CR_JSON_OBJECT))
    return "its secfixes are no object";
  for (guint i = 0; i < cr_json_get_length(fixes); i++) {
    const char *version = cr_json_get_member_name(fixes, i);
    if (!*version || strlen(version) > CR_LIMIT_ADVISORY_TEXT)
      return "a version is empty or longer than 1024 bytes";
    take_fixes(builder, &advisory, version, cr_json_get_element(fixes, i));
  }
  return NULL;
}

static void take_alpine(const CrFeedFile *file, const char *name, const char *data, gsize size, CrBuilder *builder)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(CrJsonDoc) doc = cr_json_parse(data, size, name, &error);
  const CrJson *packages = doc ? cr_json_find(cr_json_get_root(doc), "packages") : NULL;
  if (!cr_json_is(packages, CR_JSON_ARRAY)) {
    cr_builder_skip(builder, name, error ? error->message : "it has no list of packages");
    return;
  }
  cr_builder_cover(builder, file->ecosystem);
  for (guint i = 0; i < cr_json_get_length(packages); i++) {
    const CrJson *package = cr_json_find(cr_json_get_element(packages, i), "pkg");
    const char *why = take_package(builder, file->ecosystem, package);
    if (why)
      cr_builder_skip(builder, cr_json_find_string(package, "name", name), why);
  }
}

const CrFeed cr_feed_alpine = {
    .name = "alpine-secdb", .plan = plan_alpine, .read = cr_feed_read_whole, .take = take_alpine};
