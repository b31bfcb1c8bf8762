/* SPDX-License-Identifier: Apache-2.0 */
#include "remedy/packages-rpm.h"

#include <string.h>

#include "base/error.h"

/* ---- the programs ---- */

#define ONLY_OURS "--enablerepo=careen-patch" /* CR_RPM_REPOSITORY */

/* Plug-ins of the image would ask servers or change the plan; weak dependencies were chosen already. gpgcheck stands in
 * the repository's file; localpkg_gpgcheck keeps it on for whatever is no repository. */
/* clang-format off */
static const char *const dnf_words[] = {
    "dnf", "-y", "--disablerepo=*", ONLY_OURS,
    "--setopt=reposdir=/tmp/repos", "--setopt=plugins=0", "--setopt=cachedir=/tmp/cache", "--setopt=logdir=/tmp/log",
    "--setopt=gpgcheck=1", "--setopt=localpkg_gpgcheck=1", "--setopt=best=1", "--setopt=strict=1",
    "--setopt=install_weak_deps=0", "--setopt=metadata_timer_sync=0", "install", NULL,
};
static const char *const microdnf_words[] = {
    "microdnf", "-y", "--disablerepo=*", ONLY_OURS, "--setopt=install_weak_deps=0", "install",
    NULL,
};
static const char *const zypper_words[] = {
    "zypper", "--non-interactive",
    /* those of the image that stand in the repository's file: dnf takes them in without being told */
    "--gpg-auto-import-keys", "--reposd-dir", "/tmp/repos", "--cache-dir", "/tmp/cache", "install",
    "--no-recommends", "--auto-agree-with-licenses", NULL,
};
static const char *const tdnf_words[] = {
    "tdnf", "-y", "--disablerepo=*", ONLY_OURS, "install", NULL,
};
static const char *const yum_words[] = {
    "yum", "-y", "--disablerepo=*", ONLY_OURS,
    "--setopt=reposdir=/tmp/repos", "--setopt=plugins=0", "--setopt=cachedir=/tmp/cache", "--setopt=logfile=/tmp/yum.log",
    "--setopt=gpgcheck=1", "--setopt=localpkg_gpgcheck=1", "install", NULL,
};
/* clang-format on */

static const CrRpmTool dnf = {.name = "dnf", .path = "usr/bin/dnf", .words = dnf_words, .format = "$N-$V.$A"};
static const CrRpmTool zypper = {
    .name = "zypper", .path = "usr/bin/zypper", .words = zypper_words, .format = "$N.$A=$V"};
static const CrRpmTool microdnf = {.name = "microdnf",
                                   .path = "usr/bin/microdnf",
                                   .words = microdnf_words,
                                   .format = "$N-$V.$A",
                                   .replaced = "etc/yum.repos.d"};
static const CrRpmTool tdnf = {
    .name = "tdnf", .path = "usr/bin/tdnf", .words = tdnf_words, .format = "$N-$V.$A", .replaced = "etc/yum.repos.d"};
static const CrRpmTool yum = {.name = "yum", .path = "usr/bin/yum", .words = yum_words, .format = "$N-$V.$A"};

const CrRpmTool *const *cr_rpm_tools_get(void)
{
  static const CrRpmTool *const tools[] = {&dnf, &zypper, &microdnf, &tdnf, &yum, NULL};
  return tools;
}

/* ---- the command line ---- */

/* They take patterns, options and capabilities, too. */
static gboolean is_plain(const char *text)
{
  return g_ascii_isalnum(*text) &&
         !text[strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._+~^:-")];
}

static char *format_package(const CrRpmTool *tool, const CrArchiveFile *file)
{
  GString *out = g_string_new(NULL);
  for (const char *c = tool->format; *c; c++) {
    if (*c != '$') {
      g_string_append_c(out, *c);
      continue;
    }
    c++;
    g_string_append(out, *c == 'N' ? file->name : *c == 'V' ? file->version : file->arch);
  }
  return g_string_free(out, FALSE);
}

GPtrArray *cr_rpm_tool_format_command(const CrRpmTool *tool, const CrPlan *plan, GError **error)
{
  g_autoptr(GPtrArray) argv = g_ptr_array_new_with_free_func(g_free);
  for (guint i = 0; tool->words[i]; i++)
    g_ptr_array_add(argv, g_strdup(tool->words[i]));
  for (guint i = 0; i < plan->changes->len; i++) {
    const CrArchiveFile *file = &((const CrChange *)plan->changes->pdata[i])->file;
    if (!file->name) /* replaced by another: that one's Obsoletes removes it */
      continue;
    if (!is_plain(file->name) || !is_plain(file->version) || !is_plain(file->arch)) {
      g_set_error(error, CR_ERROR, CR_ERROR_GATE, "cannot ask %s for package '%s' %s: it would be read as a pattern",
                  tool->name, file->name, file->version);
      return NULL;
    }
    g_ptr_array_add(argv, format_package(tool, file));
  }
  g_ptr_array_add(argv, NULL);
  return g_steal_pointer(&argv);
}

/* ---- the repository ---- */

char *cr_rpm_tools_format_repository(CrStrv keys)
{
  GString *out = g_string_new("[" CR_RPM_REPOSITORY "]\nname=chosen and checked by careen\n"
                              "baseurl=file:///tmp/packages\nenabled=1\ntype=rpm-md\nautorefresh=1\n"
                              "gpgcheck=1\npkg_gpgcheck=1\nrepo_gpgcheck=0\n");
  for (guint i = 0; keys[i]; i++) {
    gsize plain = strspn(keys[i], "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._+~@/-");
    if (keys[i][0] == '/' && !keys[i][plain])
      g_string_append_printf(out, "%sfile://%s", g_str_has_suffix(out->str, "repo_gpgcheck=0\n") ? "gpgkey=" : " ",
                             keys[i]);
  }
  g_string_append(out, "\n");
  return g_string_free(out, FALSE);
}

char *cr_rpm_tools_format_repomd(GBytes *primary, gint64 date)
{
  g_autofree char *sha256 = g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, primary);
  return g_strdup_printf("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                         "<repomd xmlns=\"http://linux.duke.edu/metadata/repo\">\n<revision>%" G_GINT64_FORMAT
                         "</revision>\n<data type=\"primary\">\n<checksum type=\"sha256\">%s</checksum>\n"
                         "<open-checksum type=\"sha256\">%s</open-checksum>\n"
                         "<location href=\"repodata/primary.xml\"/>\n<timestamp>%" G_GINT64_FORMAT
                         "</timestamp>\n<size>%" G_GSIZE_FORMAT "</size>\n<open-size>%" G_GSIZE_FORMAT
                         "</open-size>\n</data>\n</repomd>\n",
                         date, sha256, sha256, date, g_bytes_get_size(primary), g_bytes_get_size(primary));
}

/* ---- rpm -V ---- */

/* "S.5....T.  c /etc/x", "missing   d /usr/share/doc/x", "Unsatisfied dependencies for x: …" (rpm(8), VERIFY OPTIONS).
 */
gboolean cr_rpm_tools_is_complaint(const char *line)
{
  gboolean missing = g_str_has_prefix(line, "missing ");
  gsize flags = strspn(line, ".SM5DLUGTP?");
  const char *rest = missing ? line + strlen("missing ") : line + flags;
  if (!*line)
    return FALSE;
  if (!missing && (flags < 8 || *rest != ' '))
    return TRUE; /* words: a dependency, an error of rpm's */
  rest += strspn(rest, " ");
  if (*rest && strchr("cdglnr", *rest) && rest[1] == ' ')
    return FALSE;
  return missing || memchr(line, '5', flags) || memchr(line, 'S', flags) || memchr(line, 'L', flags);
}
