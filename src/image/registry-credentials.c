/* SPDX-License-Identifier: Apache-2.0 */
/* What systemd was given for this unit, and what `docker login` and `podman login` have stored: ~/.docker/config.json
 * and containers-auth.json(5), which is the same format with keys that may go down to a repository. Secrets leave this
 * file only in a CrCredentials. */
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/process.h"
#include "image/registry.h"

/* docker login's name for Docker Hub, in its files and with its helpers. */
#define HUB_KEY       "https://index.docker.io/v1/"
#define HELPER_MS     30000U
#define HELPER_OUTPUT (64 * CR_KIB)

void cr_credentials_clear(CrCredentials *credentials)
{
  g_clear_pointer(&credentials->user, g_free);
  g_clear_pointer(&credentials->password, g_free);
  g_clear_pointer(&credentials->identity_token, g_free);
  g_clear_pointer(&credentials->registry_token, g_free);
}

/* A key as the place it stands for: "https://REGISTRY/v1/" and "REGISTRY" are one; Docker Hub has three names. */
static char *normalise_key(const char *key)
{
  const char *scheme = strstr(key, "://");
  g_autofree char *place = g_strdup(scheme ? scheme + 3 : key);
  static const char *const endings[] = {"/", "/v1", "/v2"};
  for (guint i = 0; i < G_N_ELEMENTS(endings); i++) {
    if (g_str_has_suffix(place, endings[i]))
      place[strlen(place) - strlen(endings[i])] = 0;
  }
  static const char *const hub[] = {"index.docker.io", "registry-1.docker.io"};
  for (guint i = 0; i < G_N_ELEMENTS(hub); i++) {
    if (strcmp(place, hub[i]) == 0)
      return g_strdup("docker.io");
  }
  return g_steal_pointer(&place);
}

/* The value of the most special key of OBJECT that covers HOST/REPOSITORY; NULL: none. */
static const CrJson *find_special(const CrJson *object, const char *host, const char *repository)
{
  g_autofree char *full = g_strconcat(host, "/", repository, NULL);
  const CrJson *best = NULL;
  gsize best_length = 0;
  guint count = cr_json_is(object, CR_JSON_OBJECT) ? cr_json_get_length(object) : 0;
  for (guint i = 0; i < count; i++) {
    g_autofree char *key = normalise_key(cr_json_get_member_name(object, i));
    gsize length = strlen(key);
    gboolean covers = strncmp(full, key, length) == 0 && (full[length] == '/' || !full[length]);
    if (length > best_length && covers) {
      best = cr_json_get_element(object, i);
      best_length = length;
    }
  }
  return best;
}

static char *dup_filled(const CrJson *object, const char *name)
{
  const char *text = cr_json_find_string(object, name, NULL);
  return text && *text ? g_strdup(text) : NULL;
}

/* "auth" is base64 of USER:PASSWORD. */
static void take_auth(const char *encoded, CrCredentials *out)
{
  gsize size = 0;
  g_autofree guchar *raw = g_base64_decode(encoded, &size);
  g_autofree char *plain = g_strndup((const char *)raw, size);
  char *colon = strchr(plain, ':');
  if (!colon)
    return;
  *colon = 0;
  out->user = g_strdup(plain);
  out->password = g_strdup(colon + 1);
}

static gboolean take_entry(const CrJson *entry, CrCredentials *out)
{
  const char *auth = cr_json_find_string(entry, "auth", "");
  if (*auth) {
    take_auth(auth, out);
  } else {
    out->user = dup_filled(entry, "username");
    out->password = dup_filled(entry, "password");
  }
  out->identity_token = dup_filled(entry, "identitytoken");
  out->registry_token = dup_filled(entry, "registrytoken");
  if ((out->user && out->password) || out->identity_token || out->registry_token)
    return TRUE;
  cr_credentials_clear(out); /* `docker login` with a store leaves "HOST": {} behind */
  return FALSE;
}

/* It becomes part of a program's name. */
static gboolean is_helper(const char *name)
{
  return name && *name && strlen(name) < 64 &&
         strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == strlen(name);
}

gboolean cr_credentials_match(const char *text, gsize size, const char *what, const char *host, const char *repository,
                              CrCredentials *out, char **helper, GError **error)
{
  *helper = NULL;
  g_autoptr(CrJsonDoc) doc = cr_json_parse(text, size, what, error);
  if (!doc)
    return FALSE;
  const CrJson *root = cr_json_get_root(doc);
  if (!cr_json_is(root, CR_JSON_OBJECT)) {
    g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "cannot read %s: it is not an object", what);
    return FALSE;
  }
  /* docker's order: a helper of its own, else the store of all, else the file itself. The file is also asked where the
   * store knows nothing, which is the caller's second look. */
  const CrJson *special = find_special(cr_json_find(root, "credHelpers"), host, repository);
  const char *name = cr_json_get_string(special, cr_json_find_string(root, "credsStore", NULL));
  gboolean stored = take_entry(find_special(cr_json_find(root, "auths"), host, repository), out);
  if (is_helper(name))
    *helper = g_strdup(name);
  return stored || *helper;
}

/* ---- credential helpers: docker-credential-NAME get (github.com/docker/docker-credential-helpers) ---- */

static gboolean take_helper_answer(GBytes *output, const char *program, CrCredentials *out, GError **error)
{
  gsize size = 0;
  const char *text = g_bytes_get_data(output, &size);
  g_autofree char *what = g_strdup_printf("the answer of '%s'", program);
  g_autoptr(CrJsonDoc) doc = cr_json_parse(text ? text : "", size, what, error);
  if (!doc)
    return FALSE;
  const CrJson *root = cr_json_get_root(doc);
  g_autofree char *user = dup_filled(root, "Username");
  g_autofree char *secret = dup_filled(root, "Secret");
  if (!user || !secret)
    return FALSE;
  cr_credentials_clear(out);
  if (strcmp(user, "<token>") == 0) {
    out->identity_token = g_steal_pointer(&secret);
  } else {
    out->user = g_steal_pointer(&user);
    out->password = g_steal_pointer(&secret);
  }
  return TRUE;
}

/* FALSE without ERROR: the helper knows nothing of HOST. */
static gboolean ask_helper(const char *helper, const char *host, CrCredentials *out, GError **error)
{
  g_autofree char *program = g_strconcat("docker-credential-", helper, NULL);
  const char *argv[] = {program, "get", NULL};
  const char *key = strcmp(host, "docker.io") == 0 ? HUB_KEY : host;
  g_autoptr(GBytes) input = g_bytes_new(key, strlen(key));
  CrProcessRequest request = {.argv = argv, .input = input, .timeout_ms = HELPER_MS, .max_output = HELPER_OUTPUT};
  g_autoptr(CrProcessResult) result = cr_process_run(&request, error);
  if (!result)
    return FALSE;
  if (result->status == 0)
    return take_helper_answer(result->output, program, out, error);
  gsize size = 0;
  const char *said = g_bytes_get_data(result->output, &size);
  g_autofree char *text = g_strndup(said ? said : "", MIN(size, 200));
  if (!strstr(text, "credentials not found"))
    g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "cannot ask '%s': it ended with %d: %s", program, result->status,
                *text ? g_strstrip(text) : g_strstrip(result->errors));
  return FALSE;
}

/* ---- the places ---- */

static void add_place(GPtrArray *places, const char *folder, const char *name)
{
  if (folder && *folder)
    g_ptr_array_add(places, g_build_filename(folder, name, NULL));
}

static GPtrArray *list_places(void)
{
  GPtrArray *places = g_ptr_array_new_with_free_func(g_free);
  add_place(places, g_getenv("CREDENTIALS_DIRECTORY"), "careen.registry-publish"); /* of the unit that publishes */
  add_place(places, g_getenv("CREDENTIALS_DIRECTORY"), "careen.registry");
  if (g_getenv("REGISTRY_AUTH_FILE"))
    g_ptr_array_add(places, g_strdup(g_getenv("REGISTRY_AUTH_FILE")));
  if (g_getenv("DOCKER_CONFIG"))
    add_place(places, g_getenv("DOCKER_CONFIG"), "config.json");
  else
    add_place(places, g_get_home_dir(), ".docker/config.json");
  add_place(places, g_getenv("XDG_RUNTIME_DIR"), "containers/auth.json");
  add_place(places, g_get_user_config_dir(), "containers/auth.json");
  return places;
}

static void say(CrProblems *problems, const char *host, const GError *error)
{
  if (problems && error)
    cr_problems_add(problems, CR_PROBLEM_NOTE, host, "stored credentials are not used: %s", error->message);
}

static gboolean find_in_file(const char *path, const char *host, const char *repository, CrCredentials *out,
                             CrProblems *problems)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *text = NULL;
  gsize size = 0;
  if (!g_file_get_contents(path, &text, &size, &error)) {
    if (!g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_NOENT) &&
        !g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_NOTDIR))
      say(problems, host, error);
    return FALSE;
  }
  g_autofree char *helper = NULL;
  g_autofree char *what = g_strdup_printf("'%s'", path);
  if (!cr_credentials_match(text, size, what, host, repository, out, &helper, &error)) {
    say(problems, host, error);
    return FALSE;
  }
  gboolean stored = out->user || out->identity_token || out->registry_token;
  if (helper && ask_helper(helper, host, out, &error))
    return TRUE;
  say(problems, host, error);
  return stored;
}

gboolean cr_credentials_find(const char *host, const char *repository, CrCredentials *out, CrProblems *problems)
{
  g_autoptr(GPtrArray) places = list_places();
  for (guint i = 0; i < places->len; i++) {
    if (find_in_file(places->pdata[i], host, repository, out, problems))
      return TRUE;
  }
  return FALSE;
}
