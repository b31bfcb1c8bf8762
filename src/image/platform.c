/* SPDX-License-Identifier: Apache-2.0 */
/* Platforms: "os/architecture[/variant]" with GOARCH names. Normalised and matched as containerd does
 * (github.com/containerd/platforms: database.go, compare.go), but never across architectures: who asks for amd64 and
 * gets 386 is surprised. */
#include <string.h>
#include <sys/utsname.h>

#include "base/error.h"
#include "image/manifest.h"

typedef struct {
  char os[32], architecture[32], variant[16];
} Platform;

static const struct {
  const char *alias, *architecture, *variant;
} aliases[] = {
    {"x86_64", "amd64", NULL},  {"x86-64", "amd64", NULL},      {"i386", "386", NULL},        {"i486", "386", NULL},
    {"i586", "386", NULL},      {"i686", "386", NULL},          {"aarch64", "arm64", NULL},   {"armhf", "arm", "v7"},
    {"armel", "arm", "v6"},     {"armv7l", "arm", "v7"},        {"armv6l", "arm", "v6"},      {"armv8l", "arm", "v8"},
    {"mipsel", "mipsle", NULL}, {"mips64el", "mips64le", NULL}, {"ppc64el", "ppc64le", NULL},
};

const char *cr_platform_get_architecture(const char *machine)
{
  for (guint i = 0; i < G_N_ELEMENTS(aliases); i++)
    if (!strcmp(machine, aliases[i].alias))
      return aliases[i].architecture;
  return machine;
}

static void normalise(Platform *platform)
{
  for (char *p = platform->os; *p; p++)
    *p = g_ascii_tolower(*p);
  for (char *p = platform->architecture; *p; p++)
    *p = g_ascii_tolower(*p);
  for (guint i = 0; i < G_N_ELEMENTS(aliases); i++) {
    if (strcmp(platform->architecture, aliases[i].alias) != 0)
      continue;
    g_strlcpy(platform->architecture, aliases[i].architecture, sizeof platform->architecture);
    if (aliases[i].variant && !*platform->variant)
      g_strlcpy(platform->variant, aliases[i].variant, sizeof platform->variant);
  }
  /* What a bare architecture means: arm64 is v8, arm is v7, amd64 is v1. */
  const char *a = platform->architecture;
  const char *usual = !strcmp(a, "arm64") ? "v8" : !strcmp(a, "arm") ? "v7" : !strcmp(a, "amd64") ? "v1" : "";
  if (!*platform->variant)
    g_strlcpy(platform->variant, usual, sizeof platform->variant);
  else if (g_ascii_isdigit(platform->variant[0])) {
    g_autofree char *text = g_strdup_printf("v%s", platform->variant);
    g_strlcpy(platform->variant, text, sizeof platform->variant);
  }
}

static void fill(Platform *out, const char *os, const char *architecture, const char *variant)
{
  g_strlcpy(out->os, os ? os : "", sizeof out->os);
  g_strlcpy(out->architecture, architecture ? architecture : "", sizeof out->architecture);
  g_strlcpy(out->variant, variant ? variant : "", sizeof out->variant);
  normalise(out);
}

/* "linux/arm64/v8", "linux/arm64", "arm64". */
static gboolean parse(const char *text, Platform *out, GError **error)
{
  g_auto(GStrv) parts = g_strsplit(text, "/", -1);
  guint n = g_strv_length(parts);
  gboolean ok = n >= 1 && n <= 3 && strlen(text) < sizeof out->architecture;
  for (guint i = 0; ok && i < n; i++)
    ok = parts[i][0] &&
         strspn(parts[i], "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") == strlen(parts[i]);
  if (!ok) {
    GError *cause = g_error_new(CR_ERROR, CR_ERROR_USAGE,
                                "cannot use platform '%.100s': it is not OS/ARCHITECTURE[/VARIANT]", text);
    cr_error_set_hint(cause, "for example --platform linux/arm64");
    g_propagate_error(error, cause);
    return FALSE;
  }
  if (n == 1)
    fill(out, "linux", parts[0], NULL);
  else
    fill(out, parts[0], parts[1], parts[2]);
  return TRUE;
}

static void fill_own(Platform *out)
{
  struct utsname name;
  fill(out, "linux", uname(&name) == 0 ? name.machine : "", NULL);
  if (!strcmp(out->architecture, "amd64"))
    g_strlcpy(out->variant, "v4", sizeof out->variant); /* the newest that fits is as good as any: nothing is run */
}

/* How well HAVE serves WANT: 0 not at all, more is better. Of the lower variants that a CPU also runs the highest. */
static guint rank(const Platform *want, const Platform *have)
{
  if (strcmp(want->os, have->os) != 0 || strcmp(want->architecture, have->architecture) != 0)
    return 0;
  if (!strcmp(want->variant, have->variant))
    return G_MAXUINT;
  if (want->variant[0] != 'v' || have->variant[0] != 'v')
    return 0;
  char *want_end = NULL, *have_end = NULL;
  double wanted = g_ascii_strtod(want->variant + 1, &want_end), had = g_ascii_strtod(have->variant + 1, &have_end);
  gboolean ladder = !*want_end && !*have_end && had > 0 && had < wanted && wanted < 100;
  return ladder ? 1 + (guint)(had * 100) : 0;
}

gboolean cr_platform_check(const char *platform, GError **error)
{
  Platform parsed;
  return parse(platform, &parsed, error);
}

char *cr_manifest_format_platforms(const CrManifest *index)
{
  g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
  for (guint i = 0; i < index->count && names->len < 20; i++) {
    const CrDescriptor *entry = &index->entries[i];
    if (entry->attestation)
      continue;
    g_ptr_array_add(names, entry->os || entry->architecture
                               ? g_strdup_printf("%.31s/%.31s%s%.15s", entry->os ? entry->os : "?",
                                                 entry->architecture ? entry->architecture : "?",
                                                 entry->variant ? "/" : "", entry->variant ? entry->variant : "")
                               : g_strdup("one without a platform"));
  }
  g_ptr_array_add(names, NULL);
  return g_strjoinv(", ", (char **)names->pdata);
}

static void set_no_match(const CrManifest *index, const char *platform, const char *what, GError **error)
{
  g_autofree char *all = cr_manifest_format_platforms(index);
  GError *cause = NULL;
  if (!*all)
    g_set_error(&cause, CR_ERROR, CR_ERROR_INPUT, "cannot find an image in %s: it lists none", what);
  else if (platform)
    g_set_error(&cause, CR_ERROR, CR_ERROR_USAGE, "cannot find platform '%s' in %s: it has %s", platform, what, all);
  else
    g_set_error(&cause, CR_ERROR, CR_ERROR_USAGE, "cannot choose an image in %s: none is for this machine; it has %s",
                what, all);
  if (*all)
    cr_error_set_hint(cause, "choose one with --platform: %s", all);
  g_propagate_error(error, cause);
}

const CrDescriptor *cr_manifest_choose(const CrManifest *index, const char *platform, const char *what, GError **error)
{
  Platform want;
  if (!platform)
    fill_own(&want);
  else if (!parse(platform, &want, error))
    return NULL;
  const CrDescriptor *best = NULL, *only = NULL, *nameless = NULL;
  guint best_rank = 0, count = 0, nameless_count = 0;
  for (guint i = 0; i < index->count; i++) {
    const CrDescriptor *entry = &index->entries[i];
    if (entry->attestation)
      continue;
    only = entry;
    count++;
    if (!entry->os && !entry->architecture) {
      nameless = entry;
      nameless_count++;
      continue;
    }
    Platform have;
    fill(&have, entry->os, entry->architecture, entry->variant);
    guint fit = rank(&want, &have);
    if (fit > best_rank) {
      best = entry;
      best_rank = fit;
    }
  }
  if (!best && nameless_count == 1)
    best = nameless; /* its config will say; cr_manifest_check_platform judges it */
  if (!best && !platform && count == 1)
    best = only;
  if (!best)
    set_no_match(index, platform, what, error);
  return best;
}

gboolean cr_manifest_check_platform(const CrImage *image, const char *platform, GError **error)
{
  return !platform || cr_platform_check_image(image, platform, error);
}

gboolean cr_platform_check_image(const CrImage *image, const char *platform, GError **error)
{
  Platform want, have;
  if (!parse(platform, &want, error))
    return FALSE;
  fill(&have, image->os, image->architecture, image->variant);
  if (rank(&want, &have))
    return TRUE;
  GError *cause = g_error_new(CR_ERROR, CR_ERROR_USAGE, "cannot find platform '%s' in '%s': it is for %s only",
                              platform, image->ref, image->platform);
  cr_error_set_hint(cause, "leave out --platform, or name an image that is built for it");
  g_propagate_error(error, cause);
  return FALSE;
}
