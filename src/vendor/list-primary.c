/* SPDX-License-Identifier: Apache-2.0 */
/* primary.xml: one stanza per package, with its relations in rpm's words (list.h). */
#include <string.h>

#include "base/limits.h"
#include "vendor/rpmmd-xml.h"

static void clear_package(CrRpmmdTranslation *t)
{
  GString *const all[] = {t->name,     t->arch, t->version,   t->source_rpm, t->href,
                          t->checksum, t->size, t->installed, t->built,      t->vendor};
  for (guint i = 0; i < G_N_ELEMENTS(all); i++)
    g_string_truncate(all[i], 0);
  for (guint i = 0; i < CR_RPMMD_RELATIONS; i++)
    g_string_truncate(t->relations[i], 0);
  t->open = CR_RPMMD_RELATIONS;
}

static void start_package(CrRpmmdTranslation *t, const char **names, const char **values)
{
  (void)names;
  (void)values;
  clear_package(t);
}

static void end_name(CrRpmmdTranslation *t, const char *text)
{
  g_string_assign(t->name, text);
}

static void end_arch(CrRpmmdTranslation *t, const char *text)
{
  g_string_assign(t->arch, text);
}

static void start_version(CrRpmmdTranslation *t, const char **names, const char **values)
{
  cr_rpmmd_format_version(t->version, names, values);
}

static void start_checksum(CrRpmmdTranslation *t, const char **names, const char **values)
{
  t->sha256 = !g_strcmp0(cr_rpmmd_find_attribute(names, values, "type"), "sha256");
}

static void end_checksum(CrRpmmdTranslation *t, const char *text)
{
  if (t->sha256)
    g_string_assign(t->checksum, text);
}

static void start_time(CrRpmmdTranslation *t, const char **names, const char **values)
{
  const char *build = cr_rpmmd_find_attribute(names, values, "build");
  g_string_assign(t->built, build ? build : "");
}

static void start_size(CrRpmmdTranslation *t, const char **names, const char **values)
{
  const char *size = cr_rpmmd_find_attribute(names, values, "package");
  const char *installed = cr_rpmmd_find_attribute(names, values, "installed");
  g_string_assign(t->size, size ? size : "");
  g_string_assign(t->installed, installed ? installed : "");
}

static void start_location(CrRpmmdTranslation *t, const char **names, const char **values)
{
  const char *href = cr_rpmmd_find_attribute(names, values, "href");
  g_string_assign(t->href, href && cr_rpmmd_is_word(href) ? href : "");
}

static void end_vendor(CrRpmmdTranslation *t, const char *text)
{
  g_string_assign(t->vendor, text);
}

static void end_sourcerpm(CrRpmmdTranslation *t, const char *text)
{
  g_string_assign(t->source_rpm, text);
}

/* ---- relations ---- */

/* The fields of a stanza, in the order of relation_names; files are the last. */
static const char *const fields[CR_RPMMD_RELATIONS] = {
    "Capabilities", "Depends", "Conflicts", "Replaces", "Recommends", "Suggests", "Supplements", "Enhances", "Files"};
enum { FILES = CR_RPMMD_RELATIONS - 1 };

static void add_relation(CrRpmmdTranslation *t, guint to, const char *name, const char *op, const char *version)
{
  GString *out = t->relations[to];
  for (const char *c = name; *c; c++)
    if ((guchar)*c < ' ') /* it would become another relation */
      return;
  if (!*name || out->len > CR_LIMIT_STANZA_BYTES / CR_RPMMD_RELATIONS)
    return;
  if (out->len)
    g_string_append_c(out, '\t');
  g_string_append(out, name);
  if (op && version)
    g_string_append_printf(out, " %s %s", op, version);
}

static const char *find_operator(const char *flags)
{
  static const char *const rows[][2] = {{"EQ", "="}, {"LT", "<"}, {"LE", "<="}, {"GT", ">"}, {"GE", ">="}};
  for (guint i = 0; flags && i < G_N_ELEMENTS(rows); i++)
    if (!strcmp(rows[i][0], flags))
      return rows[i][1];
  return NULL;
}

/* rpmlib(…) asks for a feature of the rpm that installs it, which every careful repository leaves out. */
static void start_entry(CrRpmmdTranslation *t, const char **names, const char **values)
{
  const char *name = cr_rpmmd_find_attribute(names, values, "name");
  const char *op = find_operator(cr_rpmmd_find_attribute(names, values, "flags"));
  if (t->open >= CR_RPMMD_RELATIONS || !name || g_str_has_prefix(name, "rpmlib("))
    return;
  if (op)
    cr_rpmmd_format_version(t->scratch, names, values);
  add_relation(t, t->open, name, op, op && t->scratch->len ? t->scratch->str : NULL);
}

#define OPEN(function, number)                                                                                         \
  static void function(CrRpmmdTranslation *t, const char **names, const char **values)                                 \
  {                                                                                                                    \
    (void)names;                                                                                                       \
    (void)values;                                                                                                      \
    t->open = number;                                                                                                  \
  }
OPEN(start_provides, 0)
OPEN(start_requires, 1)
OPEN(start_conflicts, 2)
OPEN(start_obsoletes, 3)
OPEN(start_recommends, 4)
OPEN(start_suggests, 5)
OPEN(start_supplements, 6)
OPEN(start_enhances, 7)

static void end_file(CrRpmmdTranslation *t, const char *text)
{
  if (*text == '/')
    add_relation(t, FILES, text, NULL, NULL);
}

/* ---- the stanza ---- */

/* "bash-5.1.8-6.el9.src.rpm": name, version and release from behind. */
static void put_source(CrRpmmdTranslation *t)
{
  g_autofree char *text = g_strdup(t->source_rpm->str);
  char *end = strstr(text, ".src.rpm");
  end = end ? end : strstr(text, ".nosrc.rpm");
  if (!end || !cr_rpmmd_is_word(text))
    return;
  *end = '\0';
  char *release = strrchr(text, '-');
  if (!release)
    return;
  *release = '\0';
  char *version = strrchr(text, '-');
  if (!version || version == text)
    return;
  *version = '\0';
  g_string_append_printf(t->out, "Source: %s (%s-%s)\n", text, version + 1, release + 1);
}

static void end_package(CrRpmmdTranslation *t, const char *text)
{
  (void)text;
  if (!cr_rpmmd_is_word(t->name->str) || !cr_rpmmd_is_word(t->arch->str) || !cr_rpmmd_is_word(t->version->str) ||
      !strcmp(t->arch->str, "src") || !strcmp(t->arch->str, "nosrc"))
    return;
  cr_rpmmd_put(t->out, "Package", t->name);
  cr_rpmmd_put(t->out, "Version", t->version);
  cr_rpmmd_put(t->out, "Architecture", t->arch);
  put_source(t);
  cr_rpmmd_put(t->out, "Filename", t->href);
  if (t->checksum->len == 64)
    cr_rpmmd_put(t->out, "SHA256", t->checksum);
  cr_rpmmd_put(t->out, "Size", t->size);
  cr_rpmmd_put(t->out, "Installed-Size", t->installed);
  cr_rpmmd_put(t->out, "Built", t->built);
  cr_rpmmd_put(t->out, "Origin", t->vendor);
  if (!t->relations[0]->len) /* every package provides at least itself; and a stanza of rpm is known by that */
    add_relation(t, 0, t->name->str, "=", t->version->str);
  for (guint i = 0; i < CR_RPMMD_RELATIONS; i++)
    cr_rpmmd_put(t->out, fields[i], t->relations[i]);
  g_string_append_c(t->out, '\n');
}

static const CrRpmmdElement primary[] = {
    {"metadata/package", start_package, end_package},
    {"package/name", NULL, end_name},
    {"package/arch", NULL, end_arch},
    {"package/version", start_version, NULL},
    {"package/checksum", start_checksum, end_checksum},
    {"package/time", start_time, NULL},
    {"package/size", start_size, NULL},
    {"package/location", start_location, NULL},
    {"format/rpm:vendor", NULL, end_vendor},
    {"format/rpm:sourcerpm", NULL, end_sourcerpm},
    {"format/rpm:provides", start_provides, NULL},
    {"format/rpm:requires", start_requires, NULL},
    {"format/rpm:conflicts", start_conflicts, NULL},
    {"format/rpm:obsoletes", start_obsoletes, NULL},
    {"format/rpm:recommends", start_recommends, NULL},
    {"format/rpm:suggests", start_suggests, NULL},
    {"format/rpm:supplements", start_supplements, NULL},
    {"format/rpm:enhances", start_enhances, NULL},
    {"rpm:provides/rpm:entry", start_entry, NULL},
    {"rpm:requires/rpm:entry", start_entry, NULL},
    {"rpm:conflicts/rpm:entry", start_entry, NULL},
    {"rpm:obsoletes/rpm:entry", start_entry, NULL},
    {"rpm:recommends/rpm:entry", start_entry, NULL},
    {"rpm:suggests/rpm:entry", start_entry, NULL},
    {"rpm:supplements/rpm:entry", start_entry, NULL},
    {"rpm:enhances/rpm:entry", start_entry, NULL},
    {"format/file", NULL, end_file},
};

CrStream *cr_list_translate_primary(CrStream *stream)
{
  return cr_rpmmd_translate(stream, primary, G_N_ELEMENTS(primary));
}
