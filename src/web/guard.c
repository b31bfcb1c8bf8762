/* SPDX-License-Identifier: Apache-2.0 */
#include "web/guard.h"

#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/read-file.h"

#define RATE      200U
#define BURST     10U    /* times the rate */
#define ADDRESSES 10000U /* whose rates are kept; then all begin anew */
#define SHORTEST  16U

struct CrGuard {
  char **hosts;
  char *token; /* its SHA-256, or NULL */
  char *user_header;
  gboolean unix_socket;
  double rate;
  GMutex lock;
  GHashTable *buckets; /* char* → Bucket* */
};

typedef struct {
  double tokens;
  gint64 when;
} Bucket;

/* ---- the token ---- */

static char *digest(const char *text, gsize size)
{
  return g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *)text, size);
}

static char *load_token(const char *path, GError **error)
{
  g_autoptr(GBytes) bytes = cr_read_file(path, 4096, error);
  struct stat st;
  if (!bytes)
    return NULL;
  if (stat(path, &st) == 0 && (st.st_mode & S_IROTH)) {
    cr_error_refuse(error, CR_ERROR_USAGE, "chmod o-r", "cannot use the token of '%s': everybody may read it", path);
    return NULL;
  }
  g_autofree char *text = g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
  g_strstrip(text);
  if (strlen(text) >= SHORTEST && !strpbrk(text, " \t\r\n"))
    return digest(text, strlen(text));
  cr_error_refuse(error, CR_ERROR_USAGE, "openssl rand -hex 24 makes one",
                  "cannot use the token of '%s': it is not one word of at least %u letters", path, SHORTEST);
  return NULL;
}

/* In a time that does not depend on where they differ. */
static gboolean is_token(const CrGuard *guard, const char *text, gsize size)
{
  g_autofree char *given = digest(text, size);
  guint other = 0;
  for (guint i = 0; i < 64; i++)
    other |= (guint)(given[i] ^ guard->token[i]);
  return !other;
}

/* "Bearer TOKEN", or "Basic" with whatever name and TOKEN as the password: what browsers ask for by themselves. */
static gboolean has_token(const CrGuard *guard, const char *header)
{
  if (!header)
    return FALSE;
  if (!g_ascii_strncasecmp(header, "Bearer ", 7))
    return is_token(guard, header + 7, strlen(header + 7));
  if (g_ascii_strncasecmp(header, "Basic ", 6) != 0 || strlen(header) > 4096)
    return FALSE;
  gsize size = 0;
  g_autofree guchar *text = g_base64_decode(header + 6, &size);
  const guchar *colon = text ? memchr(text, ':', size) : NULL;
  return colon && is_token(guard, (const char *)colon + 1, size - (gsize)(colon + 1 - text));
}

/* ---- the name that was asked for ---- */

static gboolean is_host(const CrGuard *guard, const char *header)
{
  static const char *const own[] = {"localhost", "127.0.0.1", "[::1]", NULL};
  if (!header)
    return FALSE;
  const char *colon = strrchr(header, ':');
  gboolean port = colon && !strchr(colon, ']');
  g_autofree char *name = port ? g_strndup(header, (gsize)(colon - header)) : g_strdup(header);
  for (guint i = 0; own[i]; i++)
    if (!g_ascii_strcasecmp(own[i], name))
      return TRUE;
  for (guint i = 0; guard->hosts && guard->hosts[i]; i++)
    if (!g_ascii_strcasecmp(guard->hosts[i], name))
      return TRUE;
  return FALSE;
}

/* ---- how often ---- */

static gboolean may_ask_now(CrGuard *guard, const char *address, gint64 now)
{
  g_mutex_lock(&guard->lock);
  Bucket *bucket = g_hash_table_lookup(guard->buckets, address);
  if (!bucket) {
    if (g_hash_table_size(guard->buckets) >= ADDRESSES)
      g_hash_table_remove_all(guard->buckets);
    bucket = g_new0(Bucket, 1);
    *bucket = (Bucket){guard->rate * BURST, now};
    g_hash_table_insert(guard->buckets, g_strdup(address), bucket);
  }
  double since = (double)MAX(now - bucket->when, 0) / G_USEC_PER_SEC;
  bucket->tokens = MIN(bucket->tokens + since * guard->rate, guard->rate * BURST);
  bucket->when = now;
  gboolean may = bucket->tokens >= 1;
  bucket->tokens -= may;
  g_mutex_unlock(&guard->lock);
  return may;
}

/* ---- all of it ---- */

static gboolean check_options(const CrGuardOptions *options, gboolean loopback, GError **error)
{
  if (loopback || options->token_file)
    return !options->user_header || loopback ||
           cr_error_refuse(error, CR_ERROR_USAGE, "listen on 127.0.0.1 or a unix socket, where only the proxy asks",
                           "cannot believe the header '%s' of others than a proxy on this machine",
                           options->user_header);
  return cr_error_refuse(error, CR_ERROR_USAGE,
                         "listen on 127.0.0.1 or a unix socket with a proxy in front, or give --token-file",
                         "others would reach this address, and nobody would be asked who they are");
}

CrGuard *cr_guard_new(const CrGuardOptions *options, gboolean loopback, gboolean unix_socket, GError **error)
{
  if (!check_options(options, loopback, error))
    return NULL;
  g_autofree char *token = options->token_file ? load_token(options->token_file, error) : NULL;
  if (options->token_file && !token)
    return NULL;
  CrGuard *guard = g_new0(CrGuard, 1);
  guard->hosts = g_strdupv((char **)options->hosts);
  guard->token = g_steal_pointer(&token);
  guard->user_header = g_strdup(options->user_header);
  guard->unix_socket = unix_socket;
  guard->rate = options->rate ? options->rate : RATE;
  guard->buckets = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
  g_mutex_init(&guard->lock);
  return guard;
}

void cr_guard_free(CrGuard *guard)
{
  if (!guard)
    return;
  g_strfreev(guard->hosts);
  g_free(guard->token);
  g_free(guard->user_header);
  g_hash_table_unref(guard->buckets);
  g_mutex_clear(&guard->lock);
  g_free(guard);
}

guint cr_guard_check(CrGuard *guard, const CrGuardRequest *request, gint64 now)
{
  if (!may_ask_now(guard, request->address, now))
    return 429;
  if (guard->user_header && (!request->user || !*request->user))
    return 403;
  if (guard->token)
    return has_token(guard, request->authorization) ? 0 : 401;
  return guard->unix_socket || guard->user_header || is_host(guard, request->host) ? 0 : 421;
}

const char *cr_guard_get_user_header(const CrGuard *guard)
{
  return guard->user_header;
}

gboolean cr_guard_asks(const CrGuard *guard)
{
  return guard->token || guard->user_header;
}
