/* SPDX-License-Identifier: Apache-2.0 */
/* Ignore rules: what others hide by as globs of ours that fit nothing more. */
#include "import/import.h"

#include <string.h>

#include "base/day.h"
#include "model/purl.h"

static const char *make_line(CrImport *import, const char *text)
{
  g_autofree char *line = g_strdup(text);
  g_strdelimit(line, "\r\n\t", ' ');
  return cr_arena_strdup(import->arena, g_strstrip(line));
}

void cr_import_add_rule(CrImport *import, const char *id, const char *package, const char *path, const char *reason,
                        const GDate *expires, const char *place)
{
  GDate last = import->today;
  if (!expires)
    g_date_add_days(&last, CR_IMPORT_RULE_DAYS);
  char day[16] = "";
  g_date_strftime(day, sizeof day, "%Y-%m-%d", expires ? expires : &last);
  const char *why = reason ? make_line(import, reason) : NULL;
  CrImportRule *rule = cr_arena_new0(import->arena, CrImportRule);
  *rule = (CrImportRule){
      .id = cr_arena_strdup(import->arena, id),
      .package = cr_arena_strdup(import->arena, package),
      .path = cr_arena_strdup(import->arena, path),
      .reason = why && *why ? why : cr_arena_printf(import->arena, "imported from %s, which gives no reason", place),
      .owner = "to be named",
      .expires = cr_arena_strdup(import->arena, day),
  };
  g_ptr_array_add(import->rules, rule);
}

gboolean cr_import_read_end(CrImport *import, const char *text, const char *what, const char *place, GDate *last)
{
  g_autofree char *day = g_strndup(text, strlen("2027-01-31"));
  const char *rest = text + strlen(day);
  if (!cr_day_parse(day, last) || (*rest && !strchr("Tt ", *rest)) || g_date_get_julian(last) < 2) {
    cr_import_lose(import, place, "the rule for %s is left out: '%s' is no day", what, text);
    return FALSE;
  }
  g_date_subtract_days(last, 1); /* it ends as that day begins; ours hold through their last day */
  if (g_date_compare(last, &import->today) >= 0)
    return TRUE;
  cr_import_note(import, place, "the rule for %s ended on %s, and is left out", what, day);
  return FALSE;
}

gboolean cr_import_is_flaw(const char *text)
{
  static const char *const prefixes[] = {"CVE-",      "GHSA-",   "DSA-",  "DLA-",  "RUSTSEC-", "PYSEC-", "GO-",
                                         "OSV-",      "TEMP-",   "ALAS",  "RHSA-", "RLSA-",    "ELSA-",  "USN-",
                                         "openSUSE-", "SUSE-",   "ALSA-", "NSWG-", "MAL-",     "CGA-",   "DEBIAN-",
                                         "UBUNTU-",   "ALPINE-", "BIT-",  "GSD-",  "DTSA-",    "ELA-",   "PHSA-"};
  if (text[strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:-")])
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS(prefixes); i++)
    if (g_str_has_prefix(text, prefixes[i]) && text[strlen(prefixes[i])])
      return TRUE;
  return FALSE;
}

/* Of doublestar's globs fnmatch has only the one whose '*' goes over '/'. Its "a/ ** /b" fits a/b, too; ours does not,
 * which hides less. */
const char *cr_import_convert_path(CrImport *import, const char *text)
{
  if (!*text || strpbrk(text, "?[]{}\\"))
    return NULL;
  g_autoptr(GString) glob = g_string_new(NULL);
  for (const char *at = text; *at; at++) {
    if (*at != '*') {
      g_string_append_c(glob, *at);
      continue;
    }
    gboolean whole = at[1] == '*' && (at == text || at[-1] == '/') && (!at[2] || at[2] == '/');
    if (!whole)
      return NULL;
    g_string_append_c(glob, '*');
    at++;
  }
  return cr_arena_strdup(import->arena, glob->str);
}

/* Grype's word for a type of package, or OSV's for an ecosystem, and the type of a package URL. Where the namespace is
 * not part of the name it may be any; where it is, '/' (and for Maven ':') parts it. */
static const struct {
  const char *word, *type;
  gboolean any_namespace;
  char separator; /* between namespace and name, or 0 */
} ecosystems[] = {
    {"deb", "deb", TRUE, 0},
    {"apk", "apk", TRUE, 0},
    {"rpm", "rpm", TRUE, 0},
    {"Debian", "deb", TRUE, 0},
    {"Alpine", "apk", TRUE, 0},
    {"java-archive", "maven", TRUE, 0},
    {"npm", "npm", FALSE, '/'},
    {"python", "pypi", FALSE, 0},
    {"PyPI", "pypi", FALSE, 0},
    {"gem", "gem", FALSE, 0},
    {"RubyGems", "gem", FALSE, 0},
    {"rust-crate", "cargo", FALSE, 0},
    {"crates.io", "cargo", FALSE, 0},
    {"go-module", "golang", FALSE, '/'},
    {"Go", "golang", FALSE, '/'},
    {"php-composer", "composer", FALSE, '/'},
    {"Packagist", "composer", FALSE, '/'},
    {"Maven", "maven", FALSE, ':'},
    {"dotnet", "nuget", FALSE, 0},
    {"NuGet", "nuget", FALSE, 0},
};

const char *cr_import_make_package(CrImport *import, const char *type, const char *name, const char *version)
{
  static const char *const plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:/@+~-";
  if (!*name || name[strspn(name, plain)] || (version && (!*version || version[strspn(version, plain)])))
    return NULL; /* a glob or a regular expression */
  for (guint i = 0; i < G_N_ELEMENTS(ecosystems); i++) {
    if (strcmp(ecosystems[i].word, type) != 0)
      continue;
    g_autofree char *whole = g_strdup(name);
    char *slash = ecosystems[i].separator ? strrchr(whole, ecosystems[i].separator) : NULL;
    if (!ecosystems[i].separator && strchr(whole, '/'))
      return NULL;
    if (slash)
      *slash = 0;
    const char *last = slash ? slash + 1 : whole;
    if (!ecosystems[i].any_namespace)
      return *last ? cr_purl_format(import->arena, ecosystems[i].type, slash ? whole : NULL, last, version, NULL)
                   : NULL;
    const char *encoded = cr_purl_format(import->arena, ecosystems[i].type, NULL, last, version, NULL);
    const char *rest = encoded + strlen("pkg:") + strlen(ecosystems[i].type);
    /* What stands behind the version are qualifiers, which a package of a distribution always has. */
    return cr_arena_printf(import->arena, "pkg:%s/*%s%s", ecosystems[i].type, rest,
                           !version                               ? "@*"
                           : !strcmp(ecosystems[i].type, "maven") ? ""
                                                                  : "\\?*");
  }
  return NULL;
}
