/* SPDX-License-Identifier: Apache-2.0 */
#include "vendor/support.h"

#include <string.h>

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* Distributions whose dates are in endoflife.date's tables, and those without releases. Debian and Ubuntu have files of
 * their own. */
static const CrSupportFamily alpine = {
    .id = "alpine",
    .steward = "Alpine Linux",
    .product = "alpine-linux",
    .version_parts = 2,
    .rolling_mark = "_alpha",
    .vendors = WORDS("@alpinelinux.org"),
};
static const CrSupportFamily almalinux = {
    .id = "almalinux",
    .steward = "AlmaLinux",
    .product = "almalinux",
    .version_parts = 1,
    .vendors = WORDS("AlmaLinux"),
};
static const CrSupportFamily rocky = {
    .id = "rocky",
    .steward = "Rocky Linux",
    .product = "rocky-linux",
    .version_parts = 1,
    .vendors = WORDS("Rocky Enterprise Software Foundation", "Rocky"),
};
static const CrSupportFamily rhel = {
    .id = "rhel",
    .steward = "Red Hat Product Security",
    .product = "rhel",
    .version_parts = 1,
    .vendors = WORDS("Red Hat, Inc."),
};
static const CrSupportFamily centos = {
    .id = "centos",
    .steward = "CentOS project",
    .product = "centos",
    .version_parts = 1,
    .vendors = WORDS("CentOS"),
};
static const CrSupportFamily oracle = {
    .id = "ol",
    .steward = "Oracle Linux",
    .product = "oracle-linux",
    .version_parts = 1,
    .vendors = WORDS("Oracle America", "Oracle"),
};
static const CrSupportFamily fedora = {
    .id = "fedora",
    .steward = "Fedora",
    .product = "fedora",
    .version_parts = 1,
    .rolling_mark = "Rawhide",
    .vendors = WORDS("Fedora Project"),
};
static const CrSupportFamily leap = {
    .id = "opensuse-leap",
    .steward = "openSUSE",
    .product = "opensuse",
    .version_parts = 2,
    .vendors = WORDS("openSUSE", "SUSE LLC"),
};
static const CrSupportFamily tumbleweed = {
    .id = "opensuse-tumbleweed",
    .steward = "openSUSE",
    .rolling = TRUE,
    .vendors = WORDS("openSUSE"),
};
static const CrSupportFamily microos = {
    .id = "opensuse-microos",
    .steward = "openSUSE",
    .rolling = TRUE,
    .vendors = WORDS("openSUSE"),
};
static const CrSupportFamily sles = {
    .id = "sles",
    .steward = "SUSE",
    .product = "sles",
    .version_parts = 2,
    .vendors = WORDS("SUSE LLC", "SUSE LINUX"),
};
static const CrSupportFamily sled = {
    .id = "sled",
    .steward = "SUSE",
    .product = "sles",
    .version_parts = 2,
    .vendors = WORDS("SUSE LLC", "SUSE LINUX"),
};
static const CrSupportFamily amazon = {
    .id = "amzn",
    .steward = "Amazon Linux",
    .product = "amazon-linux",
    .vendors = WORDS("Amazon Linux", "Amazon.com", "Amazon AWS"),
};
static const CrSupportFamily azure = {
    .id = "azurelinux",
    .steward = "Microsoft Azure Linux",
    .product = "azure-linux",
    .version_parts = 2,
    .vendors = WORDS("Microsoft Corporation"),
};
static const CrSupportFamily mariner = {
    .id = "mariner",
    .steward = "Microsoft CBL-Mariner",
    .product = "azure-linux",
    .version_parts = 2,
    .vendors = WORDS("Microsoft Corporation"),
};
static const CrSupportFamily photon = {
    .id = "photon",
    .steward = "VMware Photon OS",
    .product = "photon",
    .version_parts = 2,
    .vendors = WORDS("VMware, Inc."),
};
static const CrSupportFamily openwrt = {
    .id = "openwrt",
    .steward = "OpenWrt",
    .product = "openwrt",
    .version_parts = 2,
    .rolling_mark = "SNAPSHOT",
};
static const CrSupportFamily arch = {
    .id = "arch",
    .steward = "Arch Linux",
    .rolling = TRUE,
    .vendors = WORDS("@archlinux.org"),
};
static const CrSupportFamily wolfi = {.id = "wolfi", .steward = "Chainguard (Wolfi)", .rolling = TRUE};
static const CrSupportFamily chainguard = {.id = "chainguard", .steward = "Chainguard", .rolling = TRUE};
static const CrSupportFamily kali = {.id = "kali", .steward = "Kali Linux", .rolling = TRUE};

static const CrSupportFamily *const families[] = {
    &cr_support_debian,
    &cr_support_ubuntu,
    &alpine,
    &almalinux,
    &rocky,
    &rhel,
    &centos,
    &oracle,
    &fedora,
    &leap,
    &tumbleweed,
    &microos,
    &sles,
    &sled,
    &amazon,
    &azure,
    &mariner,
    &photon,
    &openwrt,
    &arch,
    &wolfi,
    &chainguard,
    &kali,
};

const CrSupportFamily *cr_support_family_find(const CrOs *os)
{
  for (guint i = 0; os && os->id && i < G_N_ELEMENTS(families); i++)
    if (!g_ascii_strcasecmp(families[i]->id, os->id))
      return families[i];
  return NULL;
}

const char *cr_support_format_date(const GDate *date, CrArena *arena)
{
  if (!g_date_valid(date))
    return NULL;
  return cr_arena_printf(arena, "%04u-%02u-%02u", g_date_get_year(date), (guint)g_date_get_month(date),
                         (guint)g_date_get_day(date));
}

gboolean cr_support_covers(const GDate *until, const GDate *day)
{
  return g_date_valid(until) && g_date_compare(day, until) <= 0;
}

const char *cr_support_format_cycle(const CrSupportFamily *family, const CrOs *os, CrArena *arena)
{
  if (!os->version || !*os->version)
    return NULL;
  const char *end = os->version;
  for (guint parts = 0; *end; end++)
    if (*end == '.' && ++parts == family->version_parts)
      break;
  return cr_arena_strndup(arena, os->version, (gsize)(end - os->version));
}

/* CentOS Stream calls itself centos as well; only its name tells. */
static gboolean is_stream(const CrOs *os)
{
  return !g_strcmp0(os->id, "centos") && os->name && strstr(os->name, "Stream");
}

const char *cr_support_get_product(const CrSupportFamily *family, const CrOs *os)
{
  return is_stream(os) ? "centos-stream" : family->product;
}

gboolean cr_support_is_rolling(const CrSupportFamily *family, const CrOs *os)
{
  if (family->rolling)
    return TRUE;
  const char *mark = family->rolling_mark;
  return mark && ((os->version && strstr(os->version, mark)) || (os->name && strstr(os->name, mark)));
}

static const CrCycle *find_cycle(const CrCycles *cycles, const char *name)
{
  for (guint i = 0; i < cycles->list->len; i++) {
    const CrCycle *cycle = cycles->list->pdata[i];
    if (!strcmp(cycle->cycle, name))
      return cycle;
  }
  return NULL;
}

/* "maintenance" phases are the vendor's own and still bring security fixes: they count as full, and are told. */
static void judge_cycle(const CrSupportQuery *query, const CrCycle *cycle, CrSupportAnswer *answer)
{
  CrArena *arena = query->arena;
  const char *source = query->data->cycles_name;
  answer->until = cycle->eol;
  answer->evidence = source;
  if (!g_date_valid(&cycle->eol)) {
    answer->phase = cycle->eol_flag == 0 ? CR_PHASE_FULL : cycle->eol_flag == 1 ? CR_PHASE_ENDED : CR_PHASE_UNKNOWN;
    answer->evidence = cr_arena_printf(arena, "%s: names no last day for %s", source, cycle->cycle);
    return;
  }
  answer->phase = cr_support_covers(&cycle->eol, query->day) ? CR_PHASE_FULL : CR_PHASE_ENDED;
  if (answer->phase == CR_PHASE_FULL && g_date_valid(&cycle->support) &&
      !cr_support_covers(&cycle->support, query->day))
    answer->evidence = cr_arena_printf(arena, "%s: security fixes only since %s", source,
                                       cr_support_format_date(&cycle->support, arena));
  if (answer->phase == CR_PHASE_ENDED && cr_support_covers(&cycle->extended, query->day))
    answer->evidence = cr_arena_printf(arena, "%s; extended support until %s is offered to its vendor's customers",
                                       source, cr_support_format_date(&cycle->extended, arena));
}

static void judge_by_cycles(const CrSupportFamily *family, const CrSupportQuery *query, CrSupportAnswer *answer)
{
  CrArena *arena = query->arena;
  const CrSupportData *data = query->data;
  const char *name = cr_support_format_cycle(family, query->os, arena);
  if (!name) {
    answer->evidence = "os-release names no version";
    return;
  }
  if (!data->cycles) {
    answer->evidence = cr_arena_printf(arena, "no support data for %s %s%s%s", family->id, name, data->why ? ": " : "",
                                       data->why ? data->why : "");
    return;
  }
  const CrCycle *cycle = find_cycle(data->cycles, name);
  if (cycle)
    judge_cycle(query, cycle, answer);
  else
    answer->evidence = cr_arena_printf(arena, "%s: has no release %s", data->cycles_name, name);
}

void cr_support_judge(const CrSupportQuery *query, CrSupportAnswer *answer)
{
  *answer = (CrSupportAnswer){.phase = CR_PHASE_UNKNOWN};
  g_date_clear(&answer->until, 1);
  const CrSupportFamily *family = cr_support_family_find(query->os);
  if (!family) {
    answer->evidence = query->os && query->os->id
                           ? cr_arena_printf(query->arena, "careen has no support data for '%s'", query->os->id)
                           : "the distribution is not known: no os-release";
    return;
  }
  answer->steward = family->steward;
  if (family->judge) {
    family->judge(query, answer);
  } else if (cr_support_is_rolling(family, query->os)) {
    answer->phase = CR_PHASE_ROLLING;
    answer->evidence = cr_arena_printf(query->arena, "%s has no releases: its packages are always the newest",
                                       query->os->name ? query->os->name : family->id);
  } else {
    judge_by_cycles(family, query, answer);
  }
}

gboolean cr_support_is_system_type(const char *type)
{
  static const char *const types[] = {"deb", "apk", "rpm", "opkg", "alpm", NULL};
  return g_strv_contains(types, type);
}

void cr_support_judge_package(const CrSupportData *data, CrSupportPhase phase, const GDate *day, CrArena *arena,
                              CrPackage *package)
{
  package->support = CR_PACKAGE_SUPPORT_UNKNOWN;
  package->support_note = NULL;
  if (!cr_support_is_system_type(package->type) || phase == CR_PHASE_UNKNOWN)
    return;
  package->support = CR_PACKAGE_SUPPORT_FULL;
  if (data->limits && !strcmp(package->type, "deb"))
    package->support = cr_support_limits_match(data->limits, package->source_name, day, arena, &package->support_note);
  if (phase != CR_PHASE_ENDED)
    return;
  /* a limit of a release that nobody watches any more is no news; an end before it is */
  if (package->support != CR_PACKAGE_SUPPORT_ENDED)
    package->support_note = NULL;
  package->support = CR_PACKAGE_SUPPORT_ENDED;
}
