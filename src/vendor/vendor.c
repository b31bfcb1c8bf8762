/* SPDX-License-Identifier: Apache-2.0 */
#include "vendor/vendor.h"

#include <string.h>

#include "base/limits.h"
#include "vendor/archive-plan.h"

/* ---- the family ---- */

static const CrDistribution *const distributions[] = {
    &cr_distribution_debian,     &cr_distribution_ubuntu,     &cr_distribution_alpine,  &cr_distribution_wolfi,
    &cr_distribution_chainguard, &cr_distribution_almalinux,  &cr_distribution_rocky,   &cr_distribution_centos,
    &cr_distribution_leap,       &cr_distribution_tumbleweed, &cr_distribution_mariner, &cr_distribution_azurelinux,
    &cr_distribution_fedora,     &cr_distribution_rhel,       &cr_distribution_oracle,  &cr_distribution_amazon,
    &cr_distribution_photon,
};

const CrDistribution *cr_distribution_find(const CrOs *os)
{
  for (guint i = 0; os->id && i < G_N_ELEMENTS(distributions); i++)
    if (strcmp(distributions[i]->id, os->id) == 0)
      return distributions[i];
  return NULL;
}

const CrArchiveKind *cr_archive_kind_find(const CrDistribution *distribution, const CrOs *os)
{
  if (distribution)
    return distribution->kind;
  if (!g_strcmp0(os->family, "rpm"))
    return &cr_archive_kind_rpmmd;
  return !g_strcmp0(os->family, "alpine") ? &cr_archive_kind_apk : &cr_archive_kind_deb;
}

/* ---- what an image must give ---- */

static gboolean is_below(const CrEntry *entry, const char *folder)
{
  gsize length = strlen(folder);
  return entry->path_bytes > length && memcmp(entry->path, folder, length) == 0;
}

static gboolean ends_with(const CrEntry *entry, const char *suffix)
{
  gsize length = strlen(suffix);
  return entry->path_bytes > length && memcmp(entry->path + entry->path_bytes - length, suffix, length) == 0;
}

/* apt's configuration, whatever its files are called: one may be a link to another. Never its passwords (auth.conf,
 * auth.conf.d), whose names apt_auth.conf(5) fixes. */
static gboolean wants_apt(const CrEntry *entry, const guint8 *head, gsize head_bytes)
{
  if (entry->size > CR_LIMIT_SMALL_FILE)
    return FALSE;
  if (is_below(entry, "etc/apt/"))
    return !is_below(entry, "etc/apt/auth.conf");
  static const char machine_id[] = "etc/machine-id"; /* decides on phased updates */
  if (entry->path_bytes == sizeof machine_id - 1 && memcmp(entry->path, machine_id, sizeof machine_id - 1) == 0)
    return TRUE;
  return (entry->path_bytes == strlen("var/lib/dpkg/arch") && is_below(entry, "var/lib/dpkg/arc")) ||
         ends_with(entry, ".sources") || is_below(entry, "usr/share/apt/");
}

/* Public keys anywhere, for Signed-By may name any file: by the packet at their start (RFC 9580 §4.2, tag 6 in old and
 * new form) or their armor. Secret keys start otherwise and stay where they are. */
static gboolean wants_keyring(const CrEntry *entry, const guint8 *head, gsize head_bytes)
{
  static const char armor[] = "-----BEGIN PGP PUBLIC KEY BLOCK-----";
  if (entry->size > CR_LIMIT_SMALL_FILE || head_bytes < 2)
    return FALSE;
  if (head_bytes >= sizeof armor - 1 && memcmp(head, armor, sizeof armor - 1) == 0)
    return TRUE;
  gboolean named = ends_with(entry, ".gpg") || ends_with(entry, ".pgp") || ends_with(entry, ".key") ||
                   is_below(entry, "usr/share/keyrings/");
  return named && ((head[0] & 0xfc) == 0x98 || head[0] == 0xc6);
}

/* apk's configuration; of its keys the public ones only (etc/apk/keys; a builder's secret key has no ".pub"). */
static gboolean wants_apk(const CrEntry *entry, const guint8 *head, gsize head_bytes)
{
  (void)head;
  (void)head_bytes;
  static const char *const files[] = {"etc/apk/arch", "etc/apk/repositories", "etc/apk/world", NULL};
  if (entry->size > CR_LIMIT_SMALL_FILE)
    return FALSE;
  for (guint i = 0; files[i]; i++)
    if (entry->path_bytes == strlen(files[i]) && memcmp(entry->path, files[i], entry->path_bytes) == 0)
      return TRUE;
  return (is_below(entry, "etc/apk/keys/") && ends_with(entry, ".pub")) ||
         (is_below(entry, "etc/apk/repositories.d/") && ends_with(entry, ".list"));
}

static gboolean wants_rpm(const CrEntry *entry, const guint8 *head, gsize head_bytes)
{
  (void)head;
  (void)head_bytes;
  static const char *const files[] = {"etc/dnf/dnf.conf", "etc/yum.conf", "etc/zypp/zypp.conf", NULL};
  static const char *const folders[] = {"etc/dnf/vars/", "etc/dnf/modules.d/", "etc/yum/vars/", "etc/pki/rpm-gpg/",
                                        NULL};
  if (entry->size > CR_LIMIT_SMALL_FILE)
    return FALSE;
  for (guint i = 0; files[i]; i++)
    if (entry->path_bytes == strlen(files[i]) && memcmp(entry->path, files[i], entry->path_bytes) == 0)
      return TRUE;
  for (guint i = 0; folders[i]; i++)
    if (is_below(entry, folders[i]))
      return TRUE;
  return (is_below(entry, "etc/yum.repos.d/") || is_below(entry, "etc/zypp/repos.d/")) && ends_with(entry, ".repo");
}

/* Lines with a login ("username", "proxy_password") stay where they are. */
static gboolean is_secret(const char *line, gsize length)
{
  g_autofree char *text = g_ascii_strdown(line, (gssize)length);
  const char *equals = strchr(text, '=');
  gsize end = equals ? (gsize)(equals - text) : 0;
  return g_strstr_len(text, (gssize)end, "password") || g_strstr_len(text, (gssize)end, "username");
}

static gboolean collect_rpm(const CrEntry *entry, CrFile *file, CrSink *sink, GError **error)
{
  (void)entry;
  (void)error;
  gsize size = (gsize)cr_file_get_size(file);
  const char *text = (const char *)cr_file_peek(file, 0, size);
  for (gsize at = 0; text && at < size;) {
    const char *stop = memchr(text + at, '\n', size - at);
    gsize length = stop ? (gsize)(stop - text) + 1 - at : size - at;
    if (!is_secret(text + at, length))
      cr_sink_write(sink, text + at, length);
    at += length;
  }
  return TRUE;
}

static gboolean collect_whole(const CrEntry *entry, CrFile *file, CrSink *sink, GError **error)
{
  cr_sink_write_file(sink, file);
  return TRUE;
}

static const CrCollector apt = {.name = "apt", .version = 2, .wants = wants_apt, .collect = collect_whole};
static const CrCollector keyring = {.name = "keyring", .version = 1, .wants = wants_keyring, .collect = collect_whole};
static const CrCollector rpm = {.name = "rpm-config", .version = 2, .wants = wants_rpm, .collect = collect_rpm};
static const CrCollector apk = {.name = "apk-config", .version = 1, .wants = wants_apk, .collect = collect_whole};

const CrCollector *const *cr_vendor_get_collectors(void)
{
  static const CrCollector *const collectors[] = {&apt, &keyring, &apk, &rpm, NULL};
  return collectors;
}
