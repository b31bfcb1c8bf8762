/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet/where.h"

#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "fleet/where-private.h"
#include "image/collect.h"
#include "image/tree.h"
#include "model/version.h"
#include "record/ask.h"
#include "scan/scan.h"

/* ---- what is asked ---- */

static const char *get_hex(const char *subject)
{
  const char *hex = g_str_has_prefix(subject, "sha256:") ? subject + strlen("sha256:") : subject;
  return strlen(hex) == 64 && strspn(hex, "0123456789abcdefABCDEF") == 64 ? hex : NULL;
}

/* Every publisher's names have letters, a '-', and a digit somewhere: CVE-2026-1, GHSA-xxxx-1…, DSA-1-1, RHSA-2026:1.
 */
static gboolean is_flaw(const char *subject)
{
  static const char *const prefixes[] = {"CVE-",   "GHSA-",   "DSA-",     "DLA-",  "ELA-",  "DTSA-",     "USN-",
                                         "RHSA-",  "RHBA-",   "ALSA-",    "ALBA-", "RLSA-", "ELSA-",     "GO-",
                                         "PYSEC-", "OSV-",    "RUSTSEC-", "TEMP-", "SUSE-", "openSUSE-", "ALPINE-",
                                         "MAL-",   "UBUNTU-", "DEBIAN-",  "UVI-",  "GSD-"};
  for (guint i = 0; i < G_N_ELEMENTS(prefixes); i++)
    if (!g_ascii_strncasecmp(subject, prefixes[i], strlen(prefixes[i])))
      return TRUE;
  return FALSE;
}

static gboolean split_bound(CrWhereSearch *search, const char *subject)
{
  gsize at = strcspn(subject, "<>=");
  gsize length = strspn(subject + at, "<>=");
  search->name = g_strndup(subject, at);
  search->operation = g_strndup(subject + at, length);
  search->version = g_strdup(subject + at + length);
  static const char *const known[] = {"", "<", "<=", "=", "==", ">=", ">", NULL};
  return at && g_strv_contains(known, search->operation) && !*search->operation == !*search->version;
}

/* ---- hits ---- */

static CrWhereHit *add_hit(CrWhereSearch *search, const char *image_id, const char *name, gint64 observed)
{
  CrWhere *where = search->where;
  const CrWhereHit *last = where->hits->len ? where->hits->pdata[where->hits->len - 1] : NULL;
  GPtrArray *sightings = last && !strcmp(last->image_id, image_id)
                             ? g_ptr_array_ref(last->sightings)
                             : cr_record_list_sightings(search->record, image_id, where->arena, search->error);
  if (!sightings)
    return NULL;
  CrWhereHit *hit = cr_arena_new0(where->arena, CrWhereHit);
  *hit = (CrWhereHit){.image_id = image_id, .name = name, .observed = observed, .reach = "unknown"};
  hit->sightings = sightings;
  g_ptr_array_add(where->hits, hit);
  return hit;
}

CrWhereHit *cr_where_add_hit(CrWhereSearch *search, const CrObservation *image)
{
  return add_hit(search, image->image_id, image->name, image->when);
}

gboolean cr_where_is_full(const CrWhere *where)
{
  return where->hits->len >= CR_LIMIT_WHERE_FILES;
}

/* The images that were not reached any more may have it, too. */
static void judge_bound(CrWhere *where)
{
  where->cut = (where->kind == CR_WHERE_PATH || where->kind == CR_WHERE_DIGEST) && cr_where_is_full(where);
  if (where->cut)
    cr_problems_add(where->problems, CR_PROBLEM_PARTIAL, "files",
                    "at least %u, and no more are listed: ask for a narrower path, as '/usr/lib/*/libssl.so*'",
                    CR_LIMIT_WHERE_FILES);
}

static const char *explain_fix(CrArena *arena, const CrSeenThing *thing)
{
  if (!strcmp(thing->status, "fixable"))
    return cr_arena_printf(arena, "fixed in %s", thing->fixed);
  if (!strcmp(thing->status, "pending_archive"))
    return cr_arena_printf(arena, "fixed in %s, in no archive yet", thing->fixed);
  return !strcmp(thing->status, "unfixed") ? "no fix yet" : thing->status;
}

static gboolean on_flaw(const CrSeenThing *thing, gpointer data)
{
  CrWhereSearch *search = data;
  CrWhereHit *hit = add_hit(search, thing->image_id, thing->name, thing->observed);
  if (!hit)
    return FALSE;
  hit->what = thing->package;
  hit->version = thing->version;
  hit->flaw = thing->flaw;
  hit->reach = thing->reach;
  hit->severity = thing->severity;
  hit->exploited = thing->exploited;
  hit->fix = explain_fix(search->where->arena, thing);
  return TRUE;
}

static gboolean is_within(const CrWhereSearch *search, const CrSeenThing *thing)
{
  if (!*search->operation)
    return TRUE;
  int order = cr_version_compare(cr_version_scheme_for(thing->type), thing->version, search->version);
  switch (*search->operation) {
  case '<':
    return search->operation[1] ? order <= 0 : order < 0;
  case '>':
    return search->operation[1] ? order >= 0 : order > 0;
  default:
    return order == 0;
  }
}

static gboolean on_package(const CrSeenThing *thing, gpointer data)
{
  CrWhereSearch *search = data;
  if (!is_within(search, thing))
    return TRUE;
  CrWhereHit *hit = add_hit(search, thing->image_id, thing->name, thing->observed);
  if (!hit)
    return FALSE;
  hit->what = thing->package;
  hit->version = thing->version;
  hit->reach = thing->reach;
  hit->fix = thing->candidate ? cr_arena_printf(search->where->arena, "%s %s can be installed",
                                                thing->security ? "security update" : "update", thing->candidate)
                              : NULL;
  return TRUE;
}

/* ---- digests ---- */

static const char *find_digest(const CrObservation *it, const char *digest)
{
  if (!strcmp(it->image_id, digest))
    return "image";
  if (!g_strcmp0(it->digest, digest))
    return "manifest";
  for (guint i = 0; it->layers[i]; i++)
    if (!strcmp(it->layers[i], digest))
      return "layer";
  return NULL;
}

static gboolean search_digest(CrWhereSearch *search, const GPtrArray *all, const char *hex)
{
  g_autofree char *lower = g_ascii_strdown(hex, -1);
  g_autofree char *digest = g_strconcat("sha256:", lower, NULL), *nothing = cr_digest_of("", 0);
  search->where->is_nothing = !strcmp(digest, nothing);
  if (search->where->is_nothing)
    return TRUE;
  for (guint i = 0; i < all->len; i++) {
    const CrObservation *it = all->pdata[i];
    const char *what = find_digest(it, digest);
    CrWhereHit *hit = what ? cr_where_add_hit(search, it) : NULL;
    if (what && !hit)
      return FALSE;
    if (hit)
      hit->what = what;
  }
  if (!all->len || search->where->hits->len)
    return TRUE;
  guint8 bytes[CR_DIGEST_BYTES];
  cr_digest_parse(digest, bytes);
  return cr_where_find_file(search, all, bytes);
}

/* ---- layers ---- */

GPtrArray *cr_where_load_layers(CrWhereSearch *search, const CrObservation *image)
{
  g_autoptr(GPtrArray) layers = g_ptr_array_new();
  for (guint i = 0; image->layers[i]; i++) {
    gpointer layer = NULL;
    if (!g_hash_table_lookup_extended(search->loaded, image->layers[i], NULL, &layer)) {
      layer = cr_layer_load(search->cache, image->layers[i], search->key);
      g_hash_table_insert(search->loaded, g_strdup(image->layers[i]), layer);
    }
    if (!layer)
      return NULL;
    g_ptr_array_add(layers, layer);
  }
  return layers->len ? g_steal_pointer(&layers) : NULL;
}

/* ---- the whole ---- */

/* Where the packages could not be read, none on record says nothing. */
static void judge_blind(CrWhere *where, const GPtrArray *all)
{
  guint blind = 0;
  for (guint i = 0; i < all->len; i++) {
    const CrObservation *it = all->pdata[i];
    blind += !g_strcmp0(it->verdict, "blind") && (where->kind == CR_WHERE_PACKAGE || it->data); /* each once */
  }
  where->looked -= MIN(blind, where->looked);
  if (blind)
    cr_problems_add(where->problems, CR_PROBLEM_PARTIAL, "packages",
                    "%u of %u images are not fully answered for: they could not be examined when last looked at", blind,
                    all->len);
}

/* What was looked at without advisories has no flaw on record, which says nothing. */
static void judge_advisories(CrWhere *where, const GPtrArray *all)
{
  guint blind = 0;
  for (guint i = 0; i < all->len; i++)
    blind += !((const CrObservation *)all->pdata[i])->data;
  where->looked -= blind;
  if (blind)
    cr_problems_add(
        where->problems, CR_PROBLEM_PARTIAL, "flaws",
        "%u of %u images are not answered for: they were looked at without advisories (careen db update, then "
        "careen plan)",
        blind, all->len);
}

/* As the record has it: "cve-2026-1" is CVE-2026-1; names of some others have small letters. */
static const char *spell_flaw(CrArena *arena, const char *subject)
{
  if (g_ascii_strncasecmp(subject, "CVE-", 4) != 0)
    return subject;
  g_autofree char *upper = g_ascii_strup(subject, -1);
  return cr_arena_strdup(arena, upper);
}

static gboolean search_by_kind(CrWhereSearch *search, const GPtrArray *all, const char *subject, GError **error)
{
  CrWhere *where = search->where;
  switch (where->kind) {
  case CR_WHERE_FLAW:
    judge_advisories(where, all);
    judge_blind(where, all);
    return cr_record_find_flaw(search->record, spell_flaw(where->arena, subject), where->arena, on_flaw, search, error);
  case CR_WHERE_PACKAGE:
    judge_blind(where, all);
    return cr_record_find_package(search->record, search->name, where->arena, on_package, search, error);
  case CR_WHERE_PATH:
    return cr_where_find_path(search, all, subject);
  case CR_WHERE_DIGEST:
    return search_digest(search, all, get_hex(subject));
  }
  return FALSE;
}

static gboolean choose_kind(CrWhereSearch *search, const char *subject, GError **error)
{
  CrWhere *where = search->where;
  where->kind = get_hex(subject)                                   ? CR_WHERE_DIGEST
                : is_flaw(subject)                                 ? CR_WHERE_FLAW
                : strchr(subject, '/') && !strpbrk(subject, "<>=") ? CR_WHERE_PATH
                                                                   : CR_WHERE_PACKAGE;
  /* "github.com/x/y" is a package of Go, and no path of an image has a first component like that */
  g_autofree char *first = g_strndup(subject, strcspn(subject, "/"));
  if (where->kind == CR_WHERE_PATH && (strchr(first, '.') || *subject == '@') && *subject != '.')
    where->kind = CR_WHERE_PACKAGE;
  if (where->kind == CR_WHERE_PACKAGE && strpbrk(subject, "*?") && !strpbrk(subject, "<>="))
    where->kind = CR_WHERE_PATH; /* no package's name has these: "log4j-core-*.jar" */
  if (where->kind != CR_WHERE_PACKAGE || split_bound(search, subject))
    return TRUE;
  GError *cause =
      g_error_new(CR_ERROR, CR_ERROR_USAGE, "cannot look for '%s': it is no flaw, package, path or digest", subject);
  cr_error_set_hint(cause, "CVE-2026-1234, openssl, 'openssl<3.0.2', /usr/bin/curl or sha256:…");
  g_propagate_error(error, cause);
  return FALSE;
}

static void note_age(CrWhere *where, const GPtrArray *all)
{
  where->images = where->looked = all->len;
  for (guint i = 0; i < all->len; i++) {
    gint64 when = ((const CrObservation *)all->pdata[i])->when;
    where->oldest = where->oldest ? MIN(where->oldest, when) : when;
  }
}

CrWhere *cr_where_new(CrRecord *record, const CrCache *cache, const char *subject, GError **error)
{
  g_autoptr(CrWhere) where = g_new0(CrWhere, 1);
  where->arena = cr_arena_new();
  where->hits = g_ptr_array_new();
  where->problems = cr_problems_new();
  where->subject = cr_arena_strdup(where->arena, subject);
  GError *cause = NULL;
  CrWhereSearch search = {.where = where, .record = record, .cache = cache, .error = &cause};
  search.key = cr_collectors_get_key(cr_scan_get_collectors());
  search.loaded = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)cr_layer_unref);
  g_autoptr(GPtrArray) all =
      choose_kind(&search, subject, error) ? cr_record_list_observations(record, where->arena, error) : NULL;
  gboolean ok = all != NULL;
  if (ok) {
    note_age(where, all);
    ok = search_by_kind(&search, all, subject, &cause);
    judge_bound(where);
  }
  g_free(search.name);
  g_free(search.operation);
  g_free(search.version);
  g_free(search.key);
  g_hash_table_unref(search.loaded);
  if (cause)
    g_propagate_error(error, cause);
  return ok && !cause ? g_steal_pointer(&where) : NULL;
}

void cr_where_free(CrWhere *where)
{
  if (!where)
    return;
  for (guint i = 0; i < where->hits->len; i++)
    g_ptr_array_unref(((CrWhereHit *)where->hits->pdata[i])->sightings);
  g_ptr_array_unref(where->hits);
  cr_problems_free(where->problems);
  cr_arena_free(where->arena);
  g_free(where);
}
