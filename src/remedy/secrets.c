/* SPDX-License-Identifier: Apache-2.0 */
#include "remedy/secrets.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/limits.h"

#define HEAD_BYTES  (64U * 1024U) /* a key with its certificates before it is within */
#define SMALL_BYTES (64U * 1024U) /* keys, cookies and seeds are small */

static const char *get_name(const char *path)
{
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

static gboolean contains(const char *head, gsize size, const char *text)
{
  return memmem(head, size, text, strlen(text)) != NULL;
}

/* "-----BEGIN PRIVATE KEY-----", "-----BEGIN OPENSSH PRIVATE KEY-----", "-----BEGIN PGP PRIVATE KEY BLOCK-----"
 * (RFC 7468, RFC 4880 §6.2); PuTTY's own. */
static gboolean has_private_key(const char *head, gsize size)
{
  for (const char *at = head, *end = head + size; at < end;) {
    const char *begin = memmem(at, (gsize)(end - at), "-----BEGIN ", 11);
    if (!begin)
      break;
    const char *line = memchr(begin, '\n', (gsize)(end - begin));
    gsize length = (gsize)((line ? line : end) - begin);
    if (contains(begin, MIN(length, 80), "PRIVATE KEY"))
      return TRUE;
    at = begin + 11;
  }
  return contains(head, MIN(size, 64), "PuTTY-User-Key-File-");
}

static gboolean is_machine_id(const char *path)
{
  return !strcmp(path, "etc/machine-id") || !strcmp(path, "var/lib/dbus/machine-id");
}

/* Thirty-two hex digits; empty and "uninitialized" are what an image should have (machine-id(5)). */
static gboolean has_id(const char *head, gsize size)
{
  gsize digits = 0;
  while (digits < size && g_ascii_isxdigit(head[digits]))
    digits++;
  return digits >= 32;
}

/* Nobody but its owner may read it, and its name says what it is: "rndc.key", "munge.key", ".erlang.cookie",
 * "random-seed". */
static gboolean is_named_so(const char *path, guint mode)
{
  static const char *const words[] = {"key", "secret", "cookie", "token", "seed", "password", "passphrase"};
  g_autofree char *name = g_ascii_strdown(get_name(path), -1);
  if (g_str_has_prefix(path, "var/cache/debconf/"))
    return FALSE; /* answers to questions that nobody was asked */
  for (guint i = 0; !(mode & 07) && i < G_N_ELEMENTS(words); i++)
    if (strstr(name, words[i]))
      return TRUE;
  return FALSE;
}

const char *cr_secret_identify(const char *path, guint mode, guint64 size, const char *head, gsize head_bytes)
{
  const char *name = get_name(path);
  if (!size || g_str_has_prefix(path, "var/lib/dpkg/")) /* scripts that packages bring: what they make is seen */
    return NULL;
  if (is_machine_id(path))
    return has_id(head, head_bytes) ? "the id of one machine" : NULL;
  if (g_str_has_prefix(path, "etc/ssh/ssh_host_") && !g_str_has_suffix(name, ".pub"))
    return "the key of an SSH host";
  if (has_private_key(head, head_bytes))
    return "a private key";
  if (!strcmp(path, "var/lib/systemd/random-seed") || !strcmp(path, "var/lib/systemd/credential.secret") ||
      strstr(path, "private-keys-v1.d/"))
    return "a private key";
  if (size <= SMALL_BYTES && is_named_so(path, mode))
    return "a secret by its name, which only its owner may read";
  return NULL;
}

static gboolean look_at(struct archive *tar, struct archive_entry *entry, char *head, GHashTable *found)
{
  const char *path = archive_entry_pathname(entry);
  if (!path || archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry) ||
      g_str_has_prefix(get_name(path), ".wh."))
    return TRUE;
  gsize size = 0;
  for (la_ssize_t n = 1; n > 0 && size<HEAD_BYTES; size += n> 0 ? (gsize)n : 0) {
    n = archive_read_data(tar, head + size, HEAD_BYTES - size);
    if (n < 0)
      return FALSE;
  }
  const char *what =
      cr_secret_identify(path, archive_entry_perm(entry), (guint64)archive_entry_size(entry), head, size);
  if (what)
    g_hash_table_replace(found, g_strdup(path), (gpointer)what);
  return TRUE;
}

GHashTable *cr_secrets_find(const char *path, GError **error)
{
  g_autoptr(GHashTable) found = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  g_autofree char *head = g_malloc(HEAD_BYTES);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  struct archive *tar = archive_read_new();
  struct archive_entry *entry = NULL;
  archive_read_support_format_tar(tar);
  int result = archive_read_open_fd(tar, fd, 128 * CR_KIB);
  gboolean good = result == ARCHIVE_OK;
  while (good && (result = archive_read_next_header(tar, &entry)) != ARCHIVE_EOF)
    good = result >= ARCHIVE_WARN && look_at(tar, entry, head, found);
  if (!good)
    g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "cannot read the new layer: %s", archive_error_string(tar));
  archive_read_free(tar);
  if (fd >= 0)
    close(fd);
  return good ? g_steal_pointer(&found) : NULL;
}
