/* SPDX-License-Identifier: Apache-2.0 */
/* gpgv's verdict on a release file, read from its status lines (GnuPG's doc/DETAILS), by apt's rules (its method gpgv):
 * one good signature by a trusted key with a hash that still proves something, and none that is bad. */
#include "vendor/keyring.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/process.h"

#define GOOD "careen: good\n"
#define BAD  "careen: bad: "
/* Keys expire and are revoked in their own keyring: a verdict is worth a day. */
#define VERDICT_SECONDS (24 * 60 * 60)

/* ---- kept verdicts ---- */

static char *name_verdict(const CrKeyring *keyring, const char *hash)
{
  if (!keyring->fingerprints)
    return g_strdup_printf("verdicts/%s-%s", hash, keyring->hash);
  g_autofree char *joined = g_strjoinv(" ", keyring->fingerprints);
  g_autofree char *digest = cr_digest_of(joined, strlen(joined));
  return g_strdup_printf("verdicts/%s-%s-%.16s", hash, keyring->hash, cr_digest_get_hex(digest));
}

static gboolean is_recent(const CrCache *cache, const char *name)
{
  g_autofree char *path = cr_cache_get_path(cache, "archives", name);
  struct stat info;
  gint64 now = g_get_real_time() / G_USEC_PER_SEC;
  return stat(path, &info) == 0 && info.st_mtime <= now && now - info.st_mtime < VERDICT_SECONDS;
}

/* TRUE: there is one; *TEXT or ERROR is it. */
static gboolean load_verdict(const CrCache *cache, const char *name, GBytes **text, GError **error)
{
  *text = NULL;
  if (!is_recent(cache, name))
    return FALSE;
  g_autoptr(GBytes) bytes = cr_cache_load(cache, "archives", name);
  gsize size = 0;
  const char *data = bytes ? g_bytes_get_data(bytes, &size) : NULL;
  if (data && size > strlen(GOOD) && memcmp(data, GOOD, strlen(GOOD)) == 0) {
    *text = g_bytes_new_from_bytes(bytes, strlen(GOOD), size - strlen(GOOD));
    return TRUE;
  }
  if (data && size > strlen(BAD) && memcmp(data, BAD, strlen(BAD)) == 0) {
    g_autofree char *why = g_strndup(data + strlen(BAD), size - strlen(BAD));
    g_set_error_literal(error, CR_ERROR, CR_ERROR_TRUST, why);
    return TRUE;
  }
  return FALSE;
}

static void keep_verdict(const CrCache *cache, const char *name, const char *head, const void *data, gsize size)
{
  g_autoptr(GByteArray) bytes = g_byte_array_new();
  g_byte_array_append(bytes, (const guint8 *)head, (guint)strlen(head));
  g_byte_array_append(bytes, data, (guint)size);
  cr_cache_store(cache, "archives", name, bytes->data, bytes->len, NULL); /* not kept: asked again, no more */
}

/* ---- gpgv ---- */

/* The signature of a Release stands in a file of its own, which gpgv needs by name. */
static char *write_signature(const CrCache *cache, GBytes *signature, GError **error)
{
  gsize size = 0;
  const void *data = g_bytes_get_data(signature, &size);
  g_autofree char *digest = cr_digest_of(data, size);
  g_autofree char *name = g_strdup_printf("releases/%s", cr_digest_get_hex(digest));
  if (!cr_cache_store(cache, "archives", name, data, size, error))
    return NULL;
  return cr_cache_get_path(cache, "archives", name);
}

static CrProcessResult *run_gpgv(const CrKeyring *keyring, GBytes *release, GBytes *signature, const CrCache *cache,
                                 GError **error)
{
  g_autofree char *file = signature ? write_signature(cache, signature, error) : NULL;
  if (signature && !file)
    return NULL;
  /* with its kind before it, else gpgv looks for one before the first ':' of the path */
  g_autofree char *ring = g_strconcat("gnupg-ring:", keyring->path, NULL);
  /* status on stderr beside the words for people: those escape what comes from keys, so no user id can fake a line */
  const char *const cut[] = {
      "gpgv", "--homedir", "/nonexistent", "--status-fd", "2", "--keyring", ring, "--output", "-", "-", NULL};
  const char *const beside[] = {"gpgv",      "--homedir", "/nonexistent", "--status-fd", "2",
                                "--keyring", ring,        file,           "-",           NULL};
  CrProcessRequest request = {.argv = signature ? beside : cut, .input = release, .max_output = CR_LIMIT_RELEASE_BYTES};
  CrProcessResult *result = cr_process_run(&request, error);
  if (!result && error && *error)
    cr_error_set_hint(*error, "signatures are checked by gpgv: install the package gpgv");
  return result;
}

typedef struct {
  guint good, plaintexts;
  gboolean bad, no_key, expired, revoked, weak, other_key;
} Status;

/* MD5, SHA1, RIPEMD160: numbers of RFC 9580 §9.5. */
static gboolean is_weak_hash(const char *number)
{
  static const char *const weak[] = {"1", "2", "3", NULL};
  return g_strv_contains(weak, number);
}

static gboolean is_wanted(const CrKeyring *keyring, const char *fingerprint)
{
  for (guint i = 0; keyring->fingerprints && fingerprint && keyring->fingerprints[i]; i++)
    if (g_str_has_suffix(fingerprint, keyring->fingerprints[i]))
      return TRUE;
  return !keyring->fingerprints;
}

/* VALIDSIG fingerprint date time expires version reserved key-algorithm hash-algorithm class primary-fingerprint */
static void take_valid(const CrKeyring *keyring, Status *status, gchar *const *words, guint count, gboolean good)
{
  if (count < 10 || !good)
    return;
  if (is_weak_hash(words[8]))
    status->weak = TRUE;
  else if (!is_wanted(keyring, words[1]) && !is_wanted(keyring, count > 10 ? words[10] : NULL))
    status->other_key = TRUE;
  else
    status->good++;
}

static void read_status(const CrKeyring *keyring, const char *errors, Status *status)
{
  g_auto(GStrv) lines = g_strsplit(errors, "\n", -1);
  gboolean good = FALSE;
  for (guint i = 0; lines[i]; i++) {
    if (!g_str_has_prefix(lines[i], "[GNUPG:] "))
      continue;
    g_auto(GStrv) words = g_strsplit(lines[i] + strlen("[GNUPG:] "), " ", -1);
    const char *word = words[0];
    if (strcmp(word, "NEWSIG") == 0)
      good = FALSE;
    else if (strcmp(word, "GOODSIG") == 0)
      good = TRUE;
    else if (strcmp(word, "VALIDSIG") == 0)
      take_valid(keyring, status, words, g_strv_length(words), good);
    else if (strcmp(word, "BADSIG") == 0)
      status->bad = TRUE;
    else if (strcmp(word, "NO_PUBKEY") == 0)
      status->no_key = TRUE;
    else if (strcmp(word, "EXPKEYSIG") == 0 || strcmp(word, "EXPSIG") == 0)
      status->expired = TRUE;
    else if (strcmp(word, "REVKEYSIG") == 0)
      status->revoked = TRUE;
    else if (strcmp(word, "PLAINTEXT") == 0)
      status->plaintexts++;
    else if (strcmp(word, "ERRSIG") == 0 && g_strv_length(words) > 3)
      status->weak |= is_weak_hash(words[3]);
  }
}

static const char *judge(const Status *status, gboolean cut)
{
  if (status->bad)
    return "its signature does not fit its text: it was changed";
  if (cut && status->plaintexts != 1 && status->good)
    return "it holds more than one signed text";
  if (status->good)
    return NULL;
  if (status->revoked)
    return "it is signed by a key that was revoked";
  if (status->expired)
    return "it is signed by a key that has expired";
  if (status->weak)
    return "its signature uses a hash that proves nothing (MD5, SHA1)";
  if (status->other_key)
    return "it is signed by another key than Signed-By names";
  return status->no_key ? "it is signed by no key that may vouch for it" : "it has no signature";
}

GBytes *cr_keyring_verify(const CrKeyring *keyring, const char *hash, GBytes *release, GBytes *signature,
                          const CrCache *cache, GError **error)
{
  g_autofree char *name = name_verdict(keyring, hash);
  GBytes *kept = NULL;
  if (load_verdict(cache, name, &kept, error))
    return kept;
  if (!release)
    return NULL;
  g_autoptr(CrProcessResult) result = run_gpgv(keyring, release, signature, cache, error);
  if (!result)
    return NULL;
  Status status = {0};
  read_status(keyring, result->errors, &status);
  const char *why = judge(&status, !signature);
  if (why) {
    keep_verdict(cache, name, BAD, why, strlen(why));
    g_set_error_literal(error, CR_ERROR, CR_ERROR_TRUST, why);
    return NULL;
  }
  gsize size = 0;
  GBytes *text = signature ? release : result->output;
  const void *data = g_bytes_get_data(text, &size);
  keep_verdict(cache, name, GOOD, data, size);
  return g_bytes_ref(text);
}
