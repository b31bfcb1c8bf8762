/* SPDX-License-Identifier: Apache-2.0 */
#include "vendor/archive-plan.h"

#include <string.h>

#include "vendor/steward.h"

/* ---- a suite ---- */

CrSuite *cr_suite_new(const char *uri, const char *name)
{
  CrSuite *suite = g_new0(CrSuite, 1);
  suite->arena = cr_arena_new();
  suite->uri = cr_arena_strdup(suite->arena, uri);
  suite->suite = cr_arena_strdup(suite->arena, name);
  suite->sources = g_ptr_array_new();
  suite->doubts = g_ptr_array_new_with_free_func(g_free);
  suite->notes = g_ptr_array_new_with_free_func(g_free);
  const char *path = NULL;
  cr_uri_split(uri, suite->arena, &suite->data.site, &path);
  suite->data.archive.name = suite->suite;
  return suite;
}

void cr_suite_free(CrSuite *suite)
{
  if (!suite)
    return;
  for (guint i = 0; i < suite->data.list_count; i++)
    cr_list_free(suite->data.lists[i].list);
  cr_list_free(suite->data.notices);
  cr_list_free(suite->data.modules);
  cr_release_free(suite->release);
  g_ptr_array_unref(suite->sources);
  g_ptr_array_unref(suite->doubts);
  g_ptr_array_unref(suite->notes);
  g_free(suite->error);
  g_free(suite->hint);
  g_free(suite->failure);
  cr_arena_free(suite->arena);
  g_free(suite);
}

void cr_suite_refuse(CrSuite *suite, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  g_free(suite->error);
  suite->error = g_strdup_vprintf(format, args);
  va_end(args);
}

void cr_suite_doubt(CrSuite *suite, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  g_ptr_array_add(suite->doubts, g_strdup_vprintf(format, args));
  va_end(args);
}

void cr_suite_note(CrSuite *suite, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  g_ptr_array_add(suite->notes, g_strdup_vprintf(format, args));
  va_end(args);
}

gboolean cr_suite_is_flat(const CrSuite *suite)
{
  return g_str_has_suffix(suite->suite, "/");
}

char *cr_suite_format_folder(const CrSuite *suite, const char *base)
{
  if (!cr_suite_is_flat(suite))
    return g_strdup_printf("%s/dists/%s", base, suite->suite);
  /* "/" and "./" are the address itself */
  g_autofree char *path = g_strdup(suite->suite);
  gsize length = strlen(path);
  while (length && path[length - 1] == '/')
    path[--length] = '\0';
  if (!length || strcmp(path, ".") == 0)
    return g_strdup(base);
  return g_strdup_printf("%s/%s", base, path);
}

/* ---- the release's own ---- */

static gboolean is_rolling(const CrArchivePlan *plan)
{
  return g_strv_contains(plan->distribution->rolling, plan->os->codename);
}

static void add_known(CrArchivePlan *plan)
{
  const CrDistribution *distribution = plan->distribution;
  for (guint i = 0; i < distribution->archive_count; i++) {
    const CrKnownArchive *known = &distribution->archives[i];
    if (known->stable_only && is_rolling(plan))
      continue;
    const char *uri = distribution->find_uri ? distribution->find_uri(known, plan->set->native) : NULL;
    g_autofree char *plain = g_strconcat(plan->os->codename, known->suffix, NULL);
    const char *odd =
        distribution->format_suite ? distribution->format_suite(known, plan->os->codename, plan->set->arena) : NULL;
    CrSuite *suite = cr_suite_new(uri ? uri : known->uri, odd ? odd : plain);
    suite->known = known;
    suite->own_address = TRUE;
    suite->archived_uri = known->archived_uri;
    suite->data.archive.name = cr_arena_strdup(suite->arena, plain);
    suite->data.archive.distribution = TRUE;
    suite->data.archive.security = known->security;
    g_ptr_array_add(plan->suites, suite);
  }
}

/* ---- configured ones ---- */

static CrSuite *find_suite(const CrArchivePlan *plan, const char *uri, const char *suite)
{
  for (guint i = 0; i < plan->suites->len; i++) {
    CrSuite *other = plan->suites->pdata[i];
    if (strcmp(other->uri, uri) == 0 && strcmp(other->suite, suite) == 0)
      return other;
  }
  return NULL;
}

static void configure(CrSuite *suite, const CrAptSource *source)
{
  CrArchiveData *data = &suite->data;
  if (!suite->sources->len) {
    const char *path = NULL;
    data->archive.configured = TRUE;
    data->order = source->order;
    data->archive.uri = cr_arena_strdup(suite->arena, source->uri);
    cr_uri_split(source->uri, suite->arena, &data->site, &path); /* pins by origin name the host that is configured */
  }
  data->order = MIN(data->order, source->order);
  data->trusted_yes |= source->trusted || source->allow_insecure;
  g_ptr_array_add(suite->sources, (gpointer)source);
}

/* snapshot.debian.org/archive/debian/20250520T000000Z: what apt in the image sees is frozen there, and the archives of
 * the release are not what it is configured for. Nothing newer can be in it. */
static gboolean take_snapshot(CrSuite *suite, const char *host, const char *path)
{
  if (strcmp(host, "snapshot.debian.org") != 0 && strcmp(host, "snapshot.ubuntu.com") != 0)
    return FALSE;
  const char *stamp = strrchr(path, '/');
  stamp = stamp ? stamp + 1 : path;
  g_autofree char *day = strlen(stamp) >= 8 ? g_strdup_printf("%.4s-%.2s-%.2s", stamp, stamp + 4, stamp + 6)
                                            : g_strdup("a day of the past");
  suite->data.archive.name = cr_arena_printf(suite->arena, "%s (snapshot of %s)", suite->suite, day);
  cr_suite_note(suite, "it is a frozen copy of %s and was not asked: apt in the image sees no fix after that day", day);
  suite->data.archive.error = cr_arena_printf(suite->arena, "a frozen copy of %s: not asked", day);
  return TRUE;
}

static gboolean is_readable(const CrArchivePlan *plan, const CrSuite *suite, const char *scheme)
{
  static const char *const schemes[] = {"http", "https", NULL};
  g_autofree char *base = cr_mirror_apply(plan->options->mirrors, suite->data.archive.name, suite->uri);
  return g_strv_contains(schemes, scheme) || strcmp(base, suite->uri) != 0;
}

static void add_configured(CrArchivePlan *plan, const CrAptSource *source)
{
  const char *host = NULL;
  const char *path = NULL;
  cr_uri_split(source->uri, plan->set->arena, &host, &path);
  const char *public =
      plan->distribution && (strcmp(source->scheme, "http") == 0 || strcmp(source->scheme, "https") == 0)
          ? plan->distribution->find_public_uri(host, path, plan->set->native)
          : NULL;
  CrSuite *suite = find_suite(plan, public ? public : source->uri, source->suite);
  if (!suite) {
    suite = cr_suite_new(public ? public : source->uri, source->suite);
    suite->own_address = public != NULL;
    for (guint i = 0; public && i < plan->distribution->archive_count; i++)
      if (strcmp(plan->distribution->archives[i].uri, public) == 0)
        suite->archived_uri = plan->distribution->archives[i].archived_uri;
    suite->data.archive.name =
        public ? suite->suite : cr_arena_printf(suite->arena, "%s %s", *host ? host : source->uri, source->suite);
    g_ptr_array_add(plan->suites, suite);
    if (!take_snapshot(suite, host, path) && !is_readable(plan, suite, source->scheme))
      cr_suite_refuse(suite, "archives of the kind '%s:' are not read", source->scheme);
  }
  configure(suite, source);
}

void cr_archive_plan_make(CrArchivePlan *plan)
{
  if (plan->distribution)
    add_known(plan);
  for (guint i = 0; i < plan->sources->len; i++)
    add_configured(plan, plan->sources->pdata[i]);
  guint order = plan->sources->len;
  for (guint i = 0; i < plan->suites->len; i++) {
    CrSuite *suite = plan->suites->pdata[i];
    if (!suite->data.archive.configured)
      suite->data.order = order++;
    suite->data.archive.configured |= plan->options->configured_unknown && suite->known;
  }
}

/* ---- joining ---- */

static gboolean is_same_archive(const CrSuite *known, const CrSuite *mirror)
{
  const CrRelease *release = mirror->release;
  if (g_strcmp0(release->label, known->known->label) != 0)
    return FALSE;
  if (known->release)
    return g_strcmp0(release->codename, known->release->codename) == 0 &&
           g_strcmp0(release->suite, known->release->suite) == 0;
  return g_strcmp0(release->codename, known->suite) == 0 || g_strcmp0(release->suite, known->suite) == 0 ||
         strcmp(mirror->suite, known->suite) == 0;
}

static void merge(CrSuite *known, CrSuite *mirror)
{
  for (guint i = 0; i < mirror->sources->len; i++)
    configure(known, mirror->sources->pdata[i]);
  if (known->release) {
    if (known->release->date > mirror->release->date)
      cr_suite_note(known, "the image's mirror '%s' is behind: its release file is of %s", mirror->uri,
                    cr_release_format_date(mirror->release->date, known->arena));
    return;
  }
  /* the public address does not answer, the image's mirror does, and the same keys vouch for it */
  cr_suite_note(known, "asked at the image's mirror '%s': %s", mirror->uri, known->error ? known->error : "no answer");
  g_clear_pointer(&known->error, g_free);
  g_clear_pointer(&known->hint, g_free);
  known->release = g_steal_pointer(&mirror->release);
  known->own = TRUE;
  known->fetched = mirror->fetched;
  known->folder = cr_arena_strdup(known->arena, mirror->folder);
  known->base = cr_arena_strdup(known->arena, mirror->base);
  for (guint i = 0; i < mirror->doubts->len; i++)
    cr_suite_doubt(known, "%s", (const char *)mirror->doubts->pdata[i]);
}

static gboolean has_components(const CrSuite *known, const CrSuite *mirror)
{
  for (guint s = 0; s < mirror->sources->len; s++) {
    const CrAptSource *source = mirror->sources->pdata[s];
    for (guint i = 0; source->components[i]; i++)
      if (!g_strv_contains(known->release->components, source->components[i]))
        return FALSE;
  }
  return TRUE;
}

/* An internal mirror that cannot be reached from here: by suite and components it is the release's own, and to say that
 * the image does not configure it would be false. That this is a guess is said. */
static gboolean guess_mirror(CrSuite *known, const CrSuite *mirror)
{
  if (!known->release || strcmp(known->suite, mirror->suite) != 0 || !has_components(known, mirror))
    return FALSE;
  for (guint i = 0; i < mirror->sources->len; i++)
    configure(known, mirror->sources->pdata[i]);
  cr_suite_doubt(known, "'%s' is taken for a mirror of it by its suite and components: %s", mirror->uri,
                 mirror->error ? mirror->error : "not asked");
  return TRUE;
}

static gboolean join_known(const CrArchivePlan *plan, CrSuite *suite)
{
  for (guint i = 0; i < plan->suites->len; i++) {
    CrSuite *known = plan->suites->pdata[i];
    if (!known->known || known == suite)
      continue;
    if (suite->release && suite->own && is_same_archive(known, suite)) {
      merge(known, suite);
      return TRUE;
    }
    if (!suite->release && !suite->own_address && suite->error && guess_mirror(known, suite))
      return TRUE;
  }
  return FALSE;
}

/* "bookworm" of "bookworm-security", "bookworm-backports", … */
static char *get_base_codename(const char *codename)
{
  return g_strndup(codename, strcspn(codename, "-/"));
}

static void say_crossing(const CrArchivePlan *plan, CrSuite *suite)
{
  if (!suite->own || suite->known || !suite->release->codename || !plan->os->codename)
    return;
  g_autofree char *base = get_base_codename(suite->release->codename);
  if (strcmp(base, plan->os->codename) == 0)
    return;
  const CrAptSource *source = suite->sources->pdata[0];
  g_autofree char *asked = get_base_codename(source->suite);
  if (strcmp(asked, base) != 0)
    cr_suite_note(suite, "'%s' in %s is %s now, and the image is %s: apt would cross to another release", source->suite,
                  source->file, suite->release->codename, plan->os->codename);
  else
    cr_suite_note(suite, "%s configures %s, and the image is %s: apt would cross to another release", source->file,
                  suite->release->codename, plan->os->codename);
}

static void name_suite(CrSuite *suite)
{
  const CrRelease *release = suite->release;
  CrArchive *archive = &suite->data.archive;
  if (suite->known || !release)
    return;
  if (suite->own)
    /* Ubuntu's pockets share one codename */
    archive->name = release->codename && (strchr(release->codename, '-') || !strchr(suite->suite, '-'))
                        ? release->codename
                        : suite->suite;
  else
    archive->name =
        cr_arena_printf(suite->arena, "%s %s", cr_steward_name_archive(archive, suite->arena), suite->suite);
}

static gboolean is_for_security(const CrSuite *suite)
{
  const CrRelease *release = suite->release;
  if (suite->known)
    return suite->known->security;
  g_autofree char *label = g_ascii_strdown(release->label ? release->label : "", -1);
  return strstr(label, "security") != NULL || g_str_has_suffix(suite->suite, "-security");
}

/* Extended security support is of the same line, although another's key signs it. */
static gboolean is_in_line(const CrSuite *suite)
{
  static const char *const extended[] = {"UbuntuESM", "UbuntuESMApps", "Freexian", NULL};
  return suite->known || (suite->release->origin && g_strv_contains(extended, suite->release->origin));
}

void cr_suite_describe(CrSuite *suite)
{
  CrArchive *archive = &suite->data.archive;
  const CrRelease *release = suite->release;
  if (!archive->uri)
    archive->uri = suite->uri;
  if (!release)
    return;
  archive->origin = release->origin;
  archive->label = release->label;
  archive->suite = release->suite;
  archive->codename = release->codename;
  archive->distribution = suite->own;
  archive->security = is_for_security(suite);
  archive->line = is_in_line(suite);
  archive->is_signed = TRUE;
  archive->date = cr_release_format_date(release->date, suite->arena);
  archive->valid_until = release->valid_until >= 0 ? cr_release_format_date(release->valid_until, suite->arena) : NULL;
  archive->fetched = cr_release_format_date(suite->fetched, suite->arena);
  archive->architectures = release->architectures;
  suite->data.version = release->version;
  suite->data.not_automatic = release->not_automatic;
  suite->data.but_automatic_upgrades = release->but_automatic_upgrades;
}

/* The same archive by two addresses that are both not the release's own (two mirrors of backports): asked once. */
static gboolean join_other(const CrArchivePlan *plan, guint place)
{
  CrSuite *suite = plan->suites->pdata[place];
  for (guint i = 0; suite->release && suite->own && i < place; i++) {
    CrSuite *other = plan->suites->pdata[i];
    if (!other->release || !other->own || other->known || g_strcmp0(other->release->label, suite->release->label) ||
        g_strcmp0(other->release->suite, suite->release->suite) ||
        g_strcmp0(other->release->codename, suite->release->codename))
      continue;
    for (guint s = 0; s < suite->sources->len; s++)
      configure(other, suite->sources->pdata[s]);
    return TRUE;
  }
  return FALSE;
}

void cr_archive_plan_join(CrArchivePlan *plan)
{
  for (guint i = 0; i < plan->suites->len;) {
    CrSuite *suite = plan->suites->pdata[i];
    if (!suite->known && (join_known(plan, suite) || join_other(plan, i)))
      g_ptr_array_remove_index(plan->suites, i);
    else
      i++;
  }
  for (guint i = 0; i < plan->suites->len; i++) {
    CrSuite *suite = plan->suites->pdata[i];
    cr_suite_describe(suite);
    name_suite(suite);
    if (suite->release)
      say_crossing(plan, suite);
  }
}
