/* SPDX-License-Identifier: Apache-2.0 */
#include "remedy/kept-up.h"

#include <fnmatch.h>
#include <string.h>

/* fnmatch(3) with FNM_PATHNAME; with '/' at the end: the folder and all below. The first that fits. */
static const struct {
  const char *pattern, *what;
} rows[] = {
    {"var/lib/dpkg/", "dpkg's database"},
    {"var/lib/rpm/", "rpm's database"},
    {"usr/lib/sysimage/rpm/", "rpm's database"},
    {"usr/share/rpm/", "rpm's database"},
    {"var/lib/apt/extended_states", "apt's marks"},
    {"var/cache/debconf/", "debconf's answers"},
    {"etc/ld.so.cache", "ldconfig's cache"},
    {"etc/alternatives/", "alternatives"},
    {"etc/passwd", "accounts"},
    {"etc/group", "accounts"},
    {"etc/shadow", "accounts"},
    {"etc/gshadow", "accounts"},
    {"etc/subuid", "accounts"},
    {"etc/subgid", "accounts"},
    {"etc/shells", "the list of shells, by add-shell"},
    {"etc/rc[0-6S].d/[KS][0-9][0-9]*", "which services start, by update-rc.d"},
    {"etc/systemd/*/*.wants/", "which services start, by systemctl"},
    {"etc/systemd/*/*.requires/", "which services start, by systemctl"},
    {"etc/ssl/certs/", "links to certificates, by ca-certificates"},
    {"etc/ca-certificates.conf", "the list of certificates, by ca-certificates"},
    {"usr/lib/locale/locale-archive", "made by locale-gen"},
    {"usr/share/mime/", "made by update-mime-database"},
    {"usr/share/info/dir", "made by install-info"},
    {"usr/share/applications/mimeinfo.cache", "made by update-desktop-database"},
    {"usr/share/icons/*/icon-theme.cache", "made by gtk-update-icon-cache"},
    {"usr/share/glib-2.0/schemas/gschemas.compiled", "made by glib-compile-schemas"},
    {"usr/lib/*/gio/modules/giomodule.cache", "made by gio-querymodules"},
    {"usr/lib/*/gdk-pixbuf-2.0/*/loaders.cache", "made by gdk-pixbuf-query-loaders"},
    {"lib/apk/db/", "apk's database"},
    {"usr/lib/apk/db/", "apk's database"},
    {"usr/lib/gio/modules/giomodule.cache", "made by gio-querymodules"},
    {"var/lib/ucf/", "ucf's records"},
    {"var/lib/systemd/deb-systemd-helper-enabled/", "systemd's records"},
    {"var/lib/pam/", "pam-auth-update's records"},
    {"var/lib/*/", "state that maintainer scripts keep"},
};

static gboolean fits(const char *pattern, const char *path)
{
  gsize length = strlen(pattern);
  if (pattern[length - 1] != '/')
    return fnmatch(pattern, path, FNM_PATHNAME) == 0;
  g_autofree char *folder = g_strndup(pattern, length - 1);
  return fnmatch(folder, path, FNM_PATHNAME | FNM_LEADING_DIR) == 0;
}

gsize cr_kept_up_measure_plain(const char *path)
{
  static const char *const endings[] = {".dpkg-dist", ".dpkg-new", ".dpkg-old", ".dpkg-bak",
                                        ".ucf-dist",  ".ucf-new",  ".ucf-old",  ".dpkg-remove",
                                        ".apk-new",   ".rpmnew",   ".rpmsave",  ".rpmorig"};
  for (guint i = 0; i < G_N_ELEMENTS(endings); i++)
    if (g_str_has_suffix(path, endings[i]))
      return strlen(path) - strlen(endings[i]);
  return 0;
}

gsize cr_kept_up_measure_kept(const char *path)
{
  gboolean kept =
      g_str_has_suffix(path, ".dpkg-dist") || g_str_has_suffix(path, ".apk-new") || g_str_has_suffix(path, ".rpmnew");
  return kept ? cr_kept_up_measure_plain(path) : 0;
}

const char *cr_kept_up_explain(const char *path)
{
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
    if (fits(rows[i].pattern, path))
      return rows[i].what;
  if (strstr(path, "/__pycache__/") || g_str_has_suffix(path, "/__pycache__"))
    return "Python byte code";
  return g_str_has_prefix(path, "etc/") && cr_kept_up_measure_plain(path) ? "another version of a configuration file"
                                                                          : NULL;
}
