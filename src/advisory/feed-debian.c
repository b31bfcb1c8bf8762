/* SPDX-License-Identifier: Apache-2.0 */
/* The Debian security tracker: https://security-tracker.debian.org/tracker/data/json, one object of source packages, of
 * flaws, of releases:
 *   {"openssl": {"CVE-2024-1": {"description": …, "releases": {"bookworm": {"status": "open", "urgency": "low",
 *     "fixed_version": …, "nodsa": "Minor issue", "nodsa_reason": "postponed", "repositories": {…}}}}}}
 * Debian's states are kept apart as it writes them (https://security-team.debian.org/security_tracker.html). */
#include <string.h>

#include "advisory/feed.h"
#include "base/json.h"
#include "base/limits.h"

/* A source package with more JSON than this is not read as one document. */
#define LARGE_BYTES (1U << 20)

/* The tracker names releases, OSV numbers them. The numbers never change, so no table of dates is asked. A codename
 * that is newer than this stays a name. */
static const struct {
  const char *codename, *ecosystem;
} releases[] = {
    {"squeeze", "Debian:6"}, {"wheezy", "Debian:7"},    {"jessie", "Debian:8"},    {"stretch", "Debian:9"},
    {"buster", "Debian:10"}, {"bullseye", "Debian:11"}, {"bookworm", "Debian:12"}, {"trixie", "Debian:13"},
    {"forky", "Debian:14"},  {"duke", "Debian:15"},
};

static char *make_ecosystem(const char *codename)
{
  for (guint i = 0; i < G_N_ELEMENTS(releases); i++)
    if (!strcmp(releases[i].codename, codename))
      return g_strdup(releases[i].ecosystem);
  return g_strconcat("Debian:", codename, NULL); /* sid, experimental */
}

static void plan_debian(const CrFeed *feed, const CrFeedWants *wants, GPtrArray *files)
{
  const char *path = "debian-tracker/json.gz";
  if (wants->folder) {
    g_autofree char *packed = g_build_filename(wants->folder, path, NULL);
    g_autofree char *plain = g_build_filename(wants->folder, "debian-tracker/json", NULL);
    if (!g_file_test(packed, G_FILE_TEST_EXISTS)) {
      if (!g_file_test(plain, G_FILE_TEST_EXISTS))
        return;
      path = "debian-tracker/json";
    }
  } else if (!cr_feed_wants(wants, "Debian") && wants->ecosystems && wants->ecosystems[0]) {
    return; /* nothing seen yet: Debian's is fetched all the same, as most images are made of it */
  }
  g_ptr_array_add(files, cr_feed_file_new(feed, "debian-tracker", "debian-tracker", path,
                                          "https://security-tracker.debian.org/tracker/data/json", "MIT"));
}

/* Debian's word for it; the first that applies. */
static const char *find_status(const CrJson *row, const char *status, const char *urgency)
{
  if (!strcmp(status, "undetermined"))
    return "undetermined";
  if (urgency && (!strcmp(urgency, "end-of-life") || !strcmp(urgency, "unimportant")))
    return urgency;
  if (strcmp(status, "open") != 0 || !cr_json_find(row, "nodsa"))
    return NULL;
  const char *reason = cr_json_find_string(row, "nodsa_reason", "");
  return *reason && strlen(reason) <= 64 ? reason : "no-dsa";
}

/* "low**": the stars say by whom it was set, nothing else. */
static const char *take_urgency(const CrJson *row, CrArena *arena)
{
  const char *text = cr_json_find_string(row, "urgency", "");
  gsize length = strcspn(text, "*");
  if (!length || length > 64 || !strncmp(text, "not yet assigned", length))
    return NULL;
  return cr_arena_strndup(arena, text, length);
}

/* What one release of one flaw says; NULL, or why it cannot be understood. */
static const char *take_release(CrBuilder *builder, CrAdvisory *advisory, const CrJson *row, CrArena *arena)
{
  const char *status = cr_json_find_string(row, "status", "");
  const char *fixed = cr_json_find_string(row, "fixed_version", NULL);
  gboolean resolved = !strcmp(status, "resolved");
  if (!resolved && strcmp(status, "open") != 0 && strcmp(status, "undetermined") != 0)
    return "a release has a status that is not known";
  if (resolved && (!fixed || !*fixed))
    return "a release is resolved without a version";
  if (fixed && strlen(fixed) > CR_LIMIT_ADVISORY_TEXT)
    return "a version is longer than 1024 bytes";
  advisory->urgency = take_urgency(row, arena);
  advisory->vendor_status = find_status(row, status, advisory->urgency);
  CrEvent events[2] = {{CR_EVENT_INTRODUCED, "0"}, {CR_EVENT_FIXED, fixed}};
  CrRange range = {.events = events, .count = resolved ? 2 : 1};
  gboolean never = resolved && !strcmp(fixed, "0");
  if (never)
    advisory->vendor_status = "not-affected";
  advisory->ranges = &range;
  advisory->range_count = never ? 0 : 1;
  cr_builder_add(builder, advisory);
  advisory->ranges = NULL;
  return NULL;
}

static const char *take_flaw(CrBuilder *builder, const char *package, const char *id, const CrJson *flaw,
                             CrArena *arena)
{
  const CrJson *rows = cr_json_find(flaw, "releases");
  CrAdvisory advisory = {.id = id, .package = package};
  if (!cr_json_is(rows, CR_JSON_OBJECT))
    return "it names no releases";
  if (strlen(id) > CR_LIMIT_ADVISORY_TEXT || cr_json_get_length(rows) > CR_LIMIT_ADVISORY_RANGES)
    return "its name or its list of releases is too long";
  advisory.text = cr_builder_add_text(builder, cr_json_find_string(flaw, "description", NULL));
  for (guint i = 0; i < cr_json_get_length(rows); i++) {
    const char *codename = cr_json_get_member_name(rows, i);
    if (strlen(codename) > 64)
      return "a codename is longer than 64 bytes";
    g_autofree char *ecosystem = make_ecosystem(codename);
    advisory.ecosystem = ecosystem;
    const char *why = take_release(builder, &advisory, cr_json_get_element(rows, i), arena);
    if (why)
      return why;
  }
  return NULL;
}

/* Flaws of one source package. */
static void take_flaws(CrBuilder *builder, const char *package, const CrJson *flaws)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  for (guint i = 0; i < cr_json_get_length(flaws); i++) {
    const char *id = cr_json_get_member_name(flaws, i);
    CrBuilderMark mark = cr_builder_mark(builder);
    const char *why = *id ? take_flaw(builder, package, id, cr_json_get_element(flaws, i), arena) : "it has no name";
    if (!why) {
      builder->records++;
      continue;
    }
    g_autofree char *what = g_strdup_printf("%s %s", package, id);
    cr_builder_return(builder, mark);
    cr_builder_skip(builder, what, why);
  }
}

static void take_text(CrBuilder *builder, const char *package, const char *data, gsize size)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(CrJsonDoc) doc = cr_json_parse(data, size, package, &error);
  const CrJson *root = doc ? cr_json_get_root(doc) : NULL;
  if (cr_json_is(root, CR_JSON_OBJECT) && *package)
    take_flaws(builder, package, root);
  else
    cr_builder_skip(builder, package, error ? error->message : "it is no JSON object");
}

typedef struct {
  CrBuilder *builder;
  const char *package;
  GString *text;
} Large;

/* One flaw of a large package, as the object of one that it is a member of. */
static gboolean take_member(gpointer data, const char *name, const void *text, gsize size, GError **error)
{
  Large *large = data;
  g_string_assign(large->text, "{\"");
  g_string_append(large->text, name);
  g_string_append(large->text, "\":");
  g_string_append_len(large->text, text, (gssize)size);
  g_string_append_c(large->text, '}');
  take_text(large->builder, large->package, large->text->str, large->text->len);
  return TRUE;
}

/* The kernel's 15,000 flaws are one member of the file, and grow by 4,000 a year: taken one by one, so that the cap on
 * a document's nodes is never theirs together. */
static void take_debian(const CrFeedFile *file, const char *name, const char *data, gsize size, CrBuilder *builder)
{
  if (size <= LARGE_BYTES) {
    take_text(builder, name, data, size);
    return;
  }
  Large large = {builder, name, g_string_new(NULL)};
  g_autoptr(GError) error = NULL;
  if (!cr_feed_split_members(data, size, take_member, &large, &error))
    cr_builder_skip(builder, name, error->message);
  g_string_free(large.text, TRUE);
}

const CrFeed cr_feed_debian = {
    .name = "debian-tracker", .plan = plan_debian, .read = cr_feed_read_members, .take = take_debian};
