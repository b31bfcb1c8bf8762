/* SPDX-License-Identifier: Apache-2.0 */
/* Heuristics, and called so in the report: the history is what a builder wrote, not what anybody signed. */
#include "lineage/rules.h"

#include <string.h>

/* ---- reading history lines ---- */

/* The instruction's text: docker's classic builder and buildah write "/bin/sh -c #(nop)  CMD […]", buildkit writes "CMD
 * […]". */
static const char *skip_shell(const char *line)
{
  const char *nop = "/bin/sh -c #(nop)";
  if (!g_str_has_prefix(line, nop))
    return line;
  line += strlen(nop);
  return line + strspn(line, " ");
}

static gboolean is_instruction(const char *line, const char *word)
{
  const char *text = skip_shell(line);
  gsize length = strlen(word);
  return !strncmp(text, word, length) && (text[length] == ' ' || !text[length]);
}

/* Does LINE put a whole root file system in place? */
static gboolean is_root(const char *line)
{
  const char *text = skip_shell(line);
  if (g_str_has_prefix(text, "# debian.sh --arch") || g_str_has_prefix(text, "KIWI "))
    return TRUE;
  if (!g_str_has_prefix(text, "ADD ") && !g_str_has_prefix(text, "COPY "))
    return FALSE;
  g_autofree char *copy = g_strdup(text);
  char *comment = strstr(copy, " # buildkit");
  if (comment)
    *comment = 0;
  g_strchomp(copy);
  gboolean hashed = strstr(copy, " file:") || strstr(copy, " multi:") || strstr(copy, " dir:");
  if (hashed && g_str_has_suffix(copy, " in /"))
    return TRUE;
  return g_str_has_prefix(copy, "ADD ") && strstr(copy, ".tar") && g_str_has_suffix(copy, " /");
}

/* ---- official images that name themselves ---- */

static const struct {
  const char *variable;
  const char *name;
} official[] = {
    {"PYTHON_VERSION", "python"},
    {"NODE_VERSION", "node"},
    {"GOLANG_VERSION", "golang"},
    {"RUBY_VERSION", "ruby"},
    {"PHP_VERSION", "php"},
    {"NGINX_VERSION", "nginx"},
    {"HTTPD_VERSION", "httpd"},
    {"REDIS_VERSION", "redis"},
    {"VALKEY_VERSION", "valkey/valkey"},
    {"PG_MAJOR", "postgres"},
    {"MARIADB_MAJOR", "mariadb"},
    {"MYSQL_MAJOR", "mysql"},
    {"MONGO_MAJOR", "mongo"},
    {"RABBITMQ_VERSION", "rabbitmq"},
    {"MEMCACHED_VERSION", "memcached"},
    {"HAPROXY_VERSION", "haproxy"},
    {"JAVA_VERSION", "eclipse-temurin"},
    {"TOMCAT_VERSION", "tomcat"},
    {"ERLANG_VERSION", "erlang"},
    {"ELIXIR_VERSION", "elixir"},
    {"RUST_VERSION", "rust"},
    {"JULIA_VERSION", "julia"},
    {"DENO_VERSION", "denoland/deno"},
    {"BUN_VERSION", "oven/bun"},
};

/* "ENV NAME=VALUE": the image that sets NAME, or NULL. */
static const char *find_official(const char *line, const CrOs *os, CrArena *arena)
{
  if (!is_instruction(line, "ENV"))
    return NULL;
  const char *text = skip_shell(line) + 4;
  for (guint i = 0; i < G_N_ELEMENTS(official); i++) {
    gsize length = strlen(official[i].variable);
    if (strncmp(text, official[i].variable, length) != 0 || text[length] != '=')
      continue;
    const char *value = text + length + 1;
    gsize size = strspn(value, "0123456789.");
    if (!size || size > 32)
      continue;
    gboolean is_alpine = os && !g_strcmp0(os->id, "alpine");
    return cr_arena_printf(arena, "%s:%.*s%s", official[i].name, (int)size, value, is_alpine ? "-alpine" : "");
  }
  return NULL;
}

/* ---- the walk ---- */

typedef struct {
  const char *name;
  guint layers;  /* up to and with its CMD */
  guint entries; /* history lines */
} End;

/* Docker's debian images since 2024 are one line; every other root file system brings its CMD as the next. */
static gboolean has_own_command(const char *root, const char *next)
{
  return next && is_instruction(next, "CMD") && !g_str_has_prefix(root, "# debian.sh");
}

/* Every CMD ends an image, but the last one ends this one: a base's end is a CMD that more instructions follow. The
 * root file system's end is its layer, with the CMD right behind it; past that only ends whose image names itself are
 * believed. */
static End find_end(const CrImage *image, const CrOs *os, const char *root_name, CrArena *arena)
{
  End end = {NULL, 0, 0};
  const char *pending = NULL;
  guint layers = 0, line = 0;
  for (line = 0; image->history[line]; line++) {
    const char *text = image->history[line], *next = image->history[line + 1];
    if (layers < image->layer_count && !g_strcmp0(text, image->layers[layers].created_by)) {
      if (!layers && !is_root(text))
        return (End){NULL, 0, 0};
      layers++;
      if (layers == 1)
        end = (End){root_name, 1, line + 1 + has_own_command(text, next)};
    }
    if (!layers || line < end.entries)
      continue;
    const char *named = find_official(text, os, arena);
    pending = named ? named : pending;
    if (!is_instruction(text, "CMD") || !pending || !next)
      continue;
    end = (End){pending, layers, line + 1};
    pending = NULL;
  }
  if (end.entries == line) /* nothing behind it: the image is that base itself */
    return (End){NULL, 0, 0};
  return end;
}

static const struct {
  const char *id;
  const char *name;
  guint parts; /* of VERSION_ID that make the tag; 0: all of it */
} distributions[] = {
    {"debian", "debian", 1},
    {"ubuntu", "ubuntu", 2},
    {"alpine", "alpine", 2},
    {"fedora", "fedora", 1},
    {"rocky", "rockylinux", 1},
    {"almalinux", "almalinux", 1},
    {"centos", "centos", 1},
    {"amzn", "amazonlinux", 0},
    {"ol", "oraclelinux", 1},
    {"opensuse-leap", "opensuse/leap", 2},
    {"photon", "photon", 2},
    {"sles", "registry.suse.com/bci/bci-base", 2},
    {"azurelinux", "mcr.microsoft.com/azurelinux/base/core", 2},
    {"mariner", "mcr.microsoft.com/cbl-mariner/base/core", 2},
};

static const char *make_distribution_name(const CrOs *os, CrArena *arena)
{
  for (guint i = 0; os && os->id && i < G_N_ELEMENTS(distributions); i++) {
    if (strcmp(os->id, distributions[i].id) != 0)
      continue;
    const char *tag = os->version && *os->version ? os->version : os->codename;
    if (!tag || !*tag)
      return NULL;
    if (strstr(tag, "_alpha"))
      tag = "edge";
    gsize length = 0;
    for (guint parts = 0; tag[length]; length++)
      if (tag[length] == '.' && ++parts == distributions[i].parts)
        break;
    return cr_arena_printf(arena, "%s:%.*s", distributions[i].name, (int)length, tag);
  }
  return NULL;
}

gboolean cr_lineage_by_history(const CrImage *image, const CrOs *os, CrArena *arena, CrBase *out)
{
  const char *root = make_distribution_name(os, arena);
  if (!image->has_config || !image->history || !image->layer_count || !root)
    return FALSE;
  End end = find_end(image, os, root, arena);
  if (!end.name)
    return FALSE;
  out->name = end.name;
  out->digest = NULL;
  out->layers = (int)end.layers;
  out->how = "history";
  return TRUE;
}

gboolean cr_lineage_by_guess(const CrImage *image, const CrOs *os, CrArena *arena, CrBase *out)
{
  const char *name = image->has_config ? make_distribution_name(os, arena) : NULL;
  /* an image with one layer and a root file system in it is not built on another: it is that image */
  gboolean itself = image->layer_count == 1 && image->layers[0].created_by && is_root(image->layers[0].created_by);
  if (!name || itself)
    return FALSE;
  out->name = name;
  out->digest = NULL;
  out->layers = 0;
  out->how = "guess";
  return TRUE;
}
