/* SPDX-License-Identifier: Apache-2.0 */
/* Phased updates (Ubuntu; wiki.ubuntu.com/PhasedUpdates). The archive offers an update to a share of all machines; each
 * decides by a number from 0 to 100 that it draws from the source, its version and its machine-id. As apt draws it with
 * C++'s <random> (seed_seq, minstd_rand, uniform_int_distribution), so does this, by the standard's formulas and
 * libstdc++'s way to scale (pkgAllUpgrade's PhasedUpgrader). */
#include "model/version.h"
#include "vendor/apt.h"
#include <string.h>

enum { SEED_WORDS = 4 };

static guint32 mix(guint32 word)
{
  return word ^ (word >> 27);
}

/* std::seed_seq::generate of four words, [rand.util.seedseq]. */
static void generate_seed(const char *text, guint32 words[SEED_WORDS])
{
  guint n = SEED_WORDS;
  guint size = (guint)strlen(text);
  guint rounds = MAX(size + 1, n);
  for (guint i = 0; i < n; i++)
    words[i] = 0x8b8b8b8bU;
  for (guint k = 0; k < rounds; k++) {
    guint32 one = 1664525U * mix(words[k % n] ^ words[(k + 1) % n] ^ words[(k + n - 1) % n]);
    guint32 two = one + (k == 0 ? size : k <= size ? k % n + (guint32)(signed char)text[k - 1] : k % n);
    words[(k + 1) % n] += one;
    words[(k + 2) % n] += two;
    words[k % n] = two;
  }
  for (guint k = rounds; k < rounds + n; k++) {
    guint32 three = 1566083941U * mix(words[k % n] + words[(k + 1) % n] + words[(k + n - 1) % n]);
    guint32 four = three - k % n;
    words[(k + 1) % n] ^= three;
    words[(k + 2) % n] ^= four;
    words[k % n] = four;
  }
}

guint cr_apt_phase_draw(const char *text)
{
  const guint64 modulus = 2147483647U;
  const guint64 range = modulus - 2;
  const guint64 scale = range / 101;
  guint32 words[SEED_WORDS];
  generate_seed(text, words);
  guint64 state = words[3] % modulus;
  if (!state)
    state = 1;
  guint64 drawn = 0;
  do {
    state = state * 48271U % modulus;
    drawn = state - 1;
  } while (drawn >= 101 * scale);
  return (guint)(drawn / scale);
}

/* apt takes update-manager's settings where it has none of its own. */
static gboolean get_setting(const CrAptWorld *world, const char *name)
{
  g_autofree char *own = g_strconcat("apt::get::", name, NULL);
  g_autofree char *other = g_strconcat("update-manager::", name, NULL);
  return cr_apt_config_get_boolean(world->settings, own, cr_apt_config_get_boolean(world->settings, other, FALSE));
}

/* Not for this machine so far. An image without machine-id is no machine yet: all is for it. */
static gboolean is_for_others(const CrAptWorld *world, const CrAptVersion *version)
{
  if (!world->phases || version->phased >= 100 || get_setting(world, "always-include-phased-updates"))
    return FALSE;
  if (get_setting(world, "never-include-phased-updates"))
    return TRUE;
  if (!world->machine_id || !*world->machine_id)
    return FALSE;
  g_autofree char *seed = g_strdup_printf("%s-%s-%s", version->source_name, version->source_version, world->machine_id);
  return cr_apt_phase_draw(seed) > version->phased;
}

static gboolean has_policy(const CrAptWorld *world)
{
  return cr_apt_config_get_boolean(world->settings, "apt::get::phase-policy", FALSE);
}

/* A version between the installed and VERSION stands in a security pocket. */
static gboolean passes_security(const CrAptVersion *version)
{
  for (const CrAptVersion *older = version->next; older && older != version->package->current; older = older->next)
    for (guint i = 0; i < older->file_count; i++)
      if (g_str_has_suffix(older->files[i]->names.archive, "-security"))
        return TRUE;
  return FALSE;
}

gboolean cr_apt_phase_lowers(const CrAptWorld *world, const CrAptVersion *version)
{
  return has_policy(world) && is_for_others(world, version);
}

gboolean cr_apt_phase_holds(const CrAptWorld *world, const CrAptPackage *package)
{
  const CrAptVersion *version = package->install;
  return package->current && version && version->phased < 100 && !has_policy(world) && !passes_security(version) &&
         is_for_others(world, version);
}
