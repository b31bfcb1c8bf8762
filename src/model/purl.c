/* SPDX-License-Identifier: Apache-2.0 */
#include "model/purl.h"

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
