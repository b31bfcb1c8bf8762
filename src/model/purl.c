/* SPDX-License-Identifier: Apache-2.0 */
#include "model/purl.h"

#include "base/order.h"

#include <stdarg.h>
#include <string.h>

/* More qualifiers than any type defines; the callers are ours, so more is a bug of theirs. */
#define MAX_QUALIFIERS 16

/* Types whose names are not case sensitive (purl-spec, types/NAME-definition.json); the others stay as written. */
static const struct {
  const char *type;
  gboolean lower_namespace, lower_name, dashes; /* dashes: '_' and '-' mean the same */
} rules[] = {
    {"alpm", TRUE, TRUE, FALSE},   {"apk", TRUE, TRUE, FALSE},    {"bitbucket", TRUE, TRUE, FALSE},
    {"deb", TRUE, TRUE, FALSE},    {"github", TRUE, TRUE, FALSE}, {"composer", TRUE, TRUE, FALSE},
    {"golang", TRUE, TRUE, FALSE}, {"npm", TRUE, TRUE, FALSE},    {"opkg", TRUE, FALSE, FALSE},
    {"pypi", FALSE, TRUE, TRUE},   {"rpm", TRUE, FALSE, FALSE},
};

/* All bytes are encoded but letters, digits, ". - _ ~" and the colon. */
static void append_encoded(GString *out, const char *text, gsize size, gboolean lower, gboolean dashes)
{
  for (gsize i = 0; i < size; i++) {
    char c = lower ? g_ascii_tolower(text[i]) : text[i];
    if (dashes && c == '_')
      c = '-';
    if (g_ascii_isalnum(c) || (c && strchr(".-_~:", c)))
      g_string_append_c(out, c);
    else
      g_string_append_printf(out, "%%%02X", (guint8)c);
  }
}

/* Segments between slashes, each encoded on its own; empty ones are dropped. */
static void append_namespace(GString *out, const char *namespace, gboolean lower)
{
  for (const char *at = namespace; *at;) {
    gsize size = strcspn(at, "/");
    if (size) {
      append_encoded(out, at, size, lower, FALSE);
      g_string_append_c(out, '/');
    }
    at += size + (at[size] == '/');
  }
}

typedef struct {
  const char *name, *value;
} Qualifier;

static int compare_qualifiers(const void *a, const void *b)
{
  return g_ascii_strcasecmp(((const Qualifier *)a)->name, ((const Qualifier *)b)->name);
}

static void append_qualifiers(GString *out, Qualifier *qualifiers, guint count)
{
  qsort(qualifiers, count, sizeof *qualifiers, compare_qualifiers);
  for (guint i = 0; i < count; i++) {
    g_string_append_c(out, i ? '&' : '?');
    append_encoded(out, qualifiers[i].name, strlen(qualifiers[i].name), TRUE, FALSE);
    g_string_append_c(out, '=');
    append_encoded(out, qualifiers[i].value, strlen(qualifiers[i].value), FALSE, FALSE);
  }
}

const char *cr_purl_format(CrArena *arena, const char *type, const char *namespace, const char *name,
                           const char *version, ...)
{
  gboolean lower_namespace = FALSE, lower_name = FALSE, dashes = FALSE;
  for (guint i = 0; i < G_N_ELEMENTS(rules); i++) {
    if (g_ascii_strcasecmp(rules[i].type, type))
      continue;
    lower_namespace = rules[i].lower_namespace;
    lower_name = rules[i].lower_name;
    dashes = rules[i].dashes;
  }
  g_autoptr(GString) out = g_string_new("pkg:");
  append_encoded(out, type, strlen(type), TRUE, FALSE);
  g_string_append_c(out, '/');
  if (namespace)
    append_namespace(out, namespace, lower_namespace);
  append_encoded(out, name, strlen(name), lower_name, dashes);
  if (version && *version) {
    g_string_append_c(out, '@');
    append_encoded(out, version, strlen(version), FALSE, FALSE);
  }

  Qualifier qualifiers[MAX_QUALIFIERS];
  guint count = 0;
  va_list list;
  va_start(list, version);
  for (const char *key = va_arg(list, const char *); key; key = va_arg(list, const char *)) {
    const char *value = va_arg(list, const char *);
    if (value && *value && count < MAX_QUALIFIERS) /* an empty value is the same as none */
      qualifiers[count++] = (Qualifier){key, value};
  }
  va_end(list);
  append_qualifiers(out, qualifiers, count);
  return cr_arena_strndup(arena, out->str, out->len);
}

/* ---- taking one apart ---- */

/* "%XX" decoded; NULL where what comes out is empty, not UTF-8, or holds a NUL. */
static const char *decode(CrArena *arena, const char *text, gsize size)
{
  g_autofree char *raw = g_strndup(text, size);
  g_autofree char *decoded = g_uri_unescape_string(raw, NULL);
  return decoded && *decoded && g_utf8_validate(decoded, -1, NULL) ? cr_arena_strdup(arena, decoded) : NULL;
}

static gboolean parse_qualifiers(const char *text, CrArena *arena, CrPurl *purl)
{
  g_auto(GStrv) parts = g_strsplit(text, "&", MAX_QUALIFIERS + 1);
  const char **pairs = cr_arena_alloc(arena, (2 * MAX_QUALIFIERS + 1) * sizeof *pairs);
  guint count = 0;
  for (guint i = 0; parts[i]; i++) {
    const char *equals = strchr(parts[i], '=');
    if (i == MAX_QUALIFIERS || !equals || equals == parts[i])
      return FALSE;
    g_autofree char *name = g_ascii_strdown(parts[i], equals - parts[i]);
    const char *value = decode(arena, equals + 1, strlen(equals + 1));
    if (!value) /* the same as none */
      continue;
    pairs[count++] = cr_arena_strdup(arena, name);
    pairs[count++] = value;
  }
  qsort(pairs, count / 2, 2 * sizeof *pairs, cr_compare_texts);
  purl->qualifiers = pairs;
  return TRUE;
}

/* [NAMESPACE/]NAME[@VERSION] */
static gboolean parse_path(const char *path, gsize size, CrArena *arena, CrPurl *purl)
{
  const char *slash = memrchr(path, '/', size);
  const char *at = memrchr(path, '@', size);
  if (at && at > (slash ? slash : path)) {
    purl->version = decode(arena, at + 1, size - (gsize)(at + 1 - path));
    size = (gsize)(at - path);
    slash = memrchr(path, '/', size);
  }
  if (slash) {
    gsize before = (gsize)(slash - path);
    purl->namespace = decode(arena, path, before);
    size -= before + 1;
    path = slash + 1;
  }
  purl->name = decode(arena, path, size);
  return purl->name != NULL;
}

gboolean cr_purl_parse(const char *text, CrArena *arena, CrPurl *purl)
{
  static const char *const none[] = {NULL};
  *purl = (CrPurl){.qualifiers = none};
  if (!text || g_ascii_strncasecmp(text, "pkg:", 4) != 0)
    return FALSE;
  text += 4 + strspn(text + 4, "/");
  const char *hash = strchr(text, '#');
  gsize size = hash ? (gsize)(hash - text) : strlen(text);
  if (hash)
    purl->subpath = decode(arena, hash + 1, strlen(hash + 1));
  const char *question = memchr(text, '?', size);
  if (question) {
    g_autofree char *qualifiers = g_strndup(question + 1, size - (gsize)(question + 1 - text));
    if (*qualifiers && !parse_qualifiers(qualifiers, arena, purl))
      return FALSE;
    size = (gsize)(question - text);
  }
  const char *slash = memchr(text, '/', size);
  if (!slash || slash == text)
    return FALSE;
  g_autofree char *type = g_ascii_strdown(text, slash - text);
  for (const char *p = type; *p; p++)
    if (!g_ascii_isalnum(*p) && !strchr(".+-", *p))
      return FALSE;
  purl->type = cr_arena_strdup(arena, type);
  const char *path = slash + 1;
  gsize length = size - (gsize)(path - text);
  while (length && path[length - 1] == '/')
    length--;
  return parse_path(path, length, arena, purl);
}

const char *cr_purl_find_qualifier(const CrPurl *purl, const char *name)
{
  for (guint i = 0; purl->qualifiers[i]; i += 2)
    if (!strcmp(purl->qualifiers[i], name))
      return purl->qualifiers[i + 1];
  return NULL;
}
