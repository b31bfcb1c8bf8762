/* SPDX-License-Identifier: Apache-2.0 */
/* Names of images by the rules of Docker (github.com/distribution/reference: the grammar in reference.go, defaults in
 * normalize.go). */
#include <string.h>

#include "base/digest.h"
#include "base/error.h"
#include "image/manifest.h"

#define NAME_BYTES 255U
#define TAG_BYTES  128U
#define LOWER      "abcdefghijklmnopqrstuvwxyz0123456789"
#define UPPER      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* path-component: [a-z0-9]+, then any number of ("." | "_" | "__" | "-"+) [a-z0-9]+ */
static gboolean is_component(const char *text, gsize size)
{
  gsize at = 0;
  for (;;) {
    gsize run = 0;
    while (at < size && text[at] && strchr(LOWER, text[at])) {
      at++;
      run++;
    }
    if (!run)
      return FALSE;
    if (at == size)
      return TRUE;
    if (text[at] == '-') {
      while (at < size && text[at] == '-')
        at++;
    } else if (text[at] == '_') {
      at += at + 1 < size && text[at + 1] == '_' ? 2 : 1;
    } else if (text[at] == '.') {
      at++;
    } else {
      return FALSE;
    }
  }
}

static gboolean is_repository(const char *text)
{
  for (;;) {
    gsize size = strcspn(text, "/");
    if (!is_component(text, size))
      return FALSE;
    if (!text[size])
      return TRUE;
    text += size + 1;
  }
}

/* HOST[:PORT]: names of letters, digits and inner hyphens with dots between them, or an IPv6 address in brackets. */
static gboolean is_registry(const char *text)
{
  gsize host = strcspn(text, ":");
  if (text[0] == '[') {
    const char *end = strchr(text, ']');
    gsize inner = strspn(text + 1, "0123456789abcdefABCDEF:");
    if (!end || !inner || text + 1 + inner != end)
      return FALSE;
    host = (gsize)(end - text) + 1;
  } else {
    for (gsize at = 0; at <= host; at++) {
      gsize size = strspn(text + at, LOWER UPPER "-");
      if (!size || text[at] == '-' || text[at + size - 1] == '-')
        return FALSE;
      at += size;
      if (at < host && text[at] != '.')
        return FALSE;
    }
  }
  if (!text[host])
    return TRUE;
  gsize port = text[host] == ':' ? strspn(text + host + 1, "0123456789") : 0;
  return port > 0 && port <= 5 && !text[host + 1 + port];
}

static gboolean is_tag(const char *text)
{
  gsize size = strspn(text, LOWER UPPER "_.-");
  return size && size <= TAG_BYTES && !text[size] && text[0] != '.' && text[0] != '-';
}

static gboolean refuse(const char *text, const char *why, const char *hint, GError **error)
{
  GError *cause = g_error_new(CR_ERROR, CR_ERROR_USAGE, "cannot use '%.300s' as the name of an image: %s", text, why);
  if (hint)
    cr_error_set_hint(cause, "%s", hint);
  g_propagate_error(error, cause);
  return FALSE;
}

/* The host and the rest of NAME. What stands before the first '/' is a host only if it could not be a user's name. */
static void split_registry(const char *name, CrArena *arena, CrReference *out)
{
  const char *slash = strchr(name, '/');
  g_autofree char *first = slash ? g_strndup(name, (gsize)(slash - name)) : NULL;
  gboolean host = first && (strpbrk(first, ".:") || !strcmp(first, "localhost") || strpbrk(first, UPPER));
  out->registry = host ? cr_arena_strdup(arena, first) : "docker.io";
  const char *rest = host ? slash + 1 : name;
  if (!strcmp(out->registry, "index.docker.io"))
    out->registry = "docker.io";
  gboolean library = !strcmp(out->registry, "docker.io") && !strchr(rest, '/');
  out->repository = library ? cr_arena_printf(arena, "library/%s", rest) : cr_arena_strdup(arena, rest);
}

gboolean cr_reference_parse(const char *text, CrArena *arena, CrReference *out, GError **error)
{
  memset(out, 0, sizeof *out);
  g_autofree char *name = g_strdup(text);
  if (!g_utf8_validate(text, -1, NULL) || !*text)
    return refuse(*text ? "…" : "", *text ? "it is not UTF-8" : "it is empty", NULL, error);
  char *at = strchr(name, '@');
  if (at) {
    *at = 0;
    out->digest = cr_arena_strdup(arena, at + 1);
    if (!cr_digest_is_valid(out->digest))
      return refuse(text, "its digest is not 'sha256:' and 64 hexadecimal digits", NULL, error);
  }
  char *slash = strrchr(name, '/'), *colon = strrchr(name, ':');
  if (colon && (!slash || colon > slash)) {
    *colon = 0;
    out->tag = cr_arena_strdup(arena, colon + 1);
    if (!is_tag(out->tag))
      return refuse(text, "its tag must be letters, digits, '_', '.' and '-', at most 128", NULL, error);
  }
  if (!out->tag && !out->digest)
    out->tag = "latest";
  if (strlen(name) == 64 && strspn(name, "0123456789abcdef") == 64)
    return refuse(text, "64 hexadecimal digits are an image's id, not its name", NULL, error);
  split_registry(name, arena, out);
  if (!is_registry(out->registry))
    return refuse(text, "its registry is not a host name", NULL, error);
  if (strlen(out->repository) > NAME_BYTES)
    return refuse(text, "it is longer than 255 bytes", NULL, error);
  if (!is_repository(out->repository))
    return refuse(text,
                  strpbrk(out->repository, UPPER) ? "its repository must be in lower case" : "it is not well formed",
                  "names look like debian:12, user/app:1 or registry.example.org:5000/app@sha256:…", error);
  return TRUE;
}
