/* SPDX-License-Identifier: Apache-2.0 */
/* apt_auth.conf(5): netrc's words, with a protocol and a path allowed in front of and behind the machine's name. */
#include <string.h>

#include "base/http-private.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/order.h"

typedef struct {
  char *scheme, *host, *path;
  int port;
} Place;

static void place_clear(Place *place)
{
  g_free(place->scheme);
  g_free(place->host);
  g_free(place->path);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Place, place_clear)

static gboolean place_parse(Place *place, const char *url)
{
  GUriFlags flags = G_URI_FLAGS_ENCODED | G_URI_FLAGS_PARSE_RELAXED;
  return g_uri_split(url, flags, &place->scheme, NULL, &place->host, &place->port, &place->path, NULL, NULL, NULL) &&
         place->scheme && place->host;
}

/* Does MACHINE ("[protocol://]host[:port][/path]") cover URL? Without a protocol only where passwords are not sent in
 * the clear. */
static gboolean fits(const char *machine, const char *url)
{
  g_auto(Place) want = {0};
  g_auto(Place) have = {0};
  gboolean named = strstr(machine, "://") != NULL;
  g_autofree char *full = named ? g_strdup(machine) : g_strconcat("https://", machine, NULL);
  if (!place_parse(&want, full) || !place_parse(&have, url))
    return FALSE;
  return g_ascii_strcasecmp(want.scheme, have.scheme) == 0 && g_ascii_strcasecmp(want.host, have.host) == 0 &&
         (want.port < 0 || want.port == have.port) && g_str_has_prefix(have.path, want.path);
}

/* The next word of *TEXT, or NULL; '#' starts a comment. */
static char *next_word(const char **text)
{
  static const char blanks[] = " \t\r\n";
  *text += strspn(*text, blanks);
  while (**text == '#') {
    *text += strcspn(*text, "\n");
    *text += strspn(*text, blanks);
  }
  gsize length = strcspn(*text, blanks);
  char *word = length ? g_strndup(*text, length) : NULL;
  *text += length;
  return word;
}

gboolean cr_http_auth_match(const char *text, const char *url, char **login, char **password)
{
  g_autofree char *user = NULL;
  g_autofree char *secret = NULL;
  gboolean active = FALSE;
  for (;;) {
    g_autofree char *key = next_word(&text);
    gboolean ends = !key || strcmp(key, "machine") == 0;
    if (ends && active && user) { /* the entry before is complete */
      *login = g_steal_pointer(&user);
      *password = secret ? g_steal_pointer(&secret) : g_strdup("");
      return TRUE;
    }
    if (!key)
      return FALSE;
    g_autofree char *value = next_word(&text);
    if (!value)
      continue;
    if (ends) {
      active = fits(value, url);
    } else if (active && strcmp(key, "login") == 0) {
      g_free(user);
      user = g_steal_pointer(&value);
    } else if (active && strcmp(key, "password") == 0) {
      g_free(secret);
      secret = g_steal_pointer(&value);
    }
  }
}

static gboolean match_file(const char *path, const char *url, char **login, char **password)
{
  g_autofree char *text = NULL;
  gsize size = 0;
  g_autoptr(GError) error = NULL;
  if (!g_file_get_contents(path, &text, &size, &error)) {
    if (!g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
      cr_log_verbose("no credentials from %s", error->message);
    return FALSE;
  }
  return size <= CR_LIMIT_SMALL_FILE && cr_http_auth_match(text, url, login, password);
}

/* apt's rule for configuration folders: "NAME.conf", or a name with no dot at all. */
static gboolean is_part(const char *name)
{
  return g_str_has_suffix(name, ".conf") ? name[0] != '.' : !strchr(name, '.');
}

gboolean cr_http_auth_find(const char *folder, const char *url, char **login, char **password)
{
  g_autofree char *above = g_path_get_dirname(folder);
  g_autofree char *single = g_build_filename(above, "auth.conf", NULL);
  if (match_file(single, url, login, password))
    return TRUE;
  g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
  if (!dir)
    return FALSE;
  g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
  for (const char *name; (name = g_dir_read_name(dir));) {
    if (is_part(name))
      g_ptr_array_add(names, g_strdup(name));
  }
  g_ptr_array_sort(names, cr_compare_texts);
  for (guint i = 0; i < names->len; i++) {
    g_autofree char *path = g_build_filename(folder, names->pdata[i], NULL);
    if (match_file(path, url, login, password))
      return TRUE;
  }
  return FALSE;
}
