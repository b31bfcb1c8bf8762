/* SPDX-License-Identifier: Apache-2.0 */
#include "model/version.h"
#include "vendor/apt.h"
#include <string.h>

static const char *skip_space(const char *p)
{
  while (g_ascii_isspace(*p))
    p++;
  return p;
}

/* "<" and ">" alone are the old spellings of <= and >= (Debian Policy §7.1), and so apt reads them. */
static const char *read_operator(const char *p, CrAptOperator *op)
{
  gboolean same = p[0] && p[1] == p[0], equal = p[0] && p[1] == '=';
  switch (p[0]) {
  case '<':
    *op = same ? CR_APT_LESS : CR_APT_LESS_EQUAL;
    return p + 1 + (same || equal);
  case '>':
    *op = same ? CR_APT_GREATER : CR_APT_GREATER_EQUAL;
    return p + 1 + (same || equal);
  case '!':
    *op = equal ? CR_APT_NOT_EQUAL : CR_APT_EQUAL;
    return p + (equal ? 2 : 0);
  default:
    *op = CR_APT_EQUAL; /* "(1.0)", as apt takes it */
    return p + (p[0] == '=');
  }
}

static const char *read_name(const char *p, CrAptAlternative *out)
{
  gsize bytes = strcspn(p, " \t\n\r\f\v()|,[]<>");
  if (!bytes || bytes > G_MAXUINT16)
    return NULL;
  out->name = p;
  out->name_bytes = (guint)bytes;
  const char *colon = memrchr(p, ':', bytes);
  if (colon && colon != p) {
    out->name_bytes = (guint)(colon - p);
    out->arch = colon + 1;
    out->arch_bytes = (guint)(bytes - out->name_bytes - 1);
  }
  return skip_space(p + bytes);
}

static const char *read_version(const char *p, CrAptAlternative *out)
{
  p = skip_space(read_operator(skip_space(p), &out->op));
  const char *end = strchr(p, ')');
  if (!end || end == p)
    return NULL;
  gsize bytes = (gsize)(end - p);
  while (bytes && g_ascii_isspace(p[bytes - 1]))
    bytes--;
  if (!bytes || bytes > G_MAXUINT16)
    return NULL;
  out->version = p;
  out->version_bytes = (guint)bytes;
  return skip_space(end + 1);
}

gboolean cr_apt_relation_next(const char **text, CrAptAlternative *out, gboolean *broken)
{
  *broken = FALSE;
  *out = (CrAptAlternative){0};
  const char *p = skip_space(*text);
  while (*p == ',') /* a field folded by hand may end or begin with a comma; dpkg takes it */
    p = skip_space(p + 1);
  if (!*p)
    return FALSE;
  p = read_name(p, out);
  if (p && *p == '(')
    p = read_version(p + 1, out);
  if (p && *p && *p != ',' && *p != '|')
    p = NULL; /* [arch] and <profile> belong to source packages only */
  if (!p) {
    *broken = TRUE;
    return FALSE;
  }
  out->or_next = *p == '|';
  *text = *p ? p + 1 : p;
  return TRUE;
}

gboolean cr_apt_version_satisfies(const char *version, CrAptOperator op, const char *wanted)
{
  if (op == CR_APT_ANY || !wanted || !*wanted)
    return TRUE;
  if (!version || !*version)
    return FALSE;
  int order = version == wanted ? 0 : cr_version_compare_deb(version, wanted);
  static const struct {
    gboolean less, equal, greater;
  } truth[] = {
      [CR_APT_LESS] = {TRUE, FALSE, FALSE},    [CR_APT_LESS_EQUAL] = {TRUE, TRUE, FALSE},
      [CR_APT_EQUAL] = {FALSE, TRUE, FALSE},   [CR_APT_GREATER_EQUAL] = {FALSE, TRUE, TRUE},
      [CR_APT_GREATER] = {FALSE, FALSE, TRUE}, [CR_APT_NOT_EQUAL] = {TRUE, FALSE, TRUE},
  };
  return order < 0 ? truth[op].less : order > 0 ? truth[op].greater : truth[op].equal;
}
