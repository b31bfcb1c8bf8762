/* SPDX-License-Identifier: Apache-2.0 */
#include "web/root.h"

#include <string.h>

#include "base/error.h"
#include "web/web.h"

#define LONGEST 200U

/* Of what is no page of the table. */
static const char *const others[] = {"fleet", "openapi", "assets", "events", "healthz", "apply"};

/* Is WORD, without an end like ".json", what a path of ours begins with? */
static gboolean is_own(const char *word)
{
  g_autofree char *name = g_strndup(word, strcspn(word, "."));
  for (guint i = 0; i < G_N_ELEMENTS(others); i++)
    if (!strcmp(others[i], name))
      return TRUE;
  for (guint i = 0; cr_web_pages_get()[i]; i++) {
    const char *path = cr_web_pages_get()[i]->path + 1;
    gsize length = strcspn(path, "/");
    if (length && strlen(name) == length && !strncmp(path, name, length))
      return TRUE;
  }
  return FALSE;
}

static gboolean is_word(const char *text)
{
  return *text && strcmp(text, ".") != 0 && strcmp(text, "..") != 0 &&
         strspn(text, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "._~-") == strlen(text);
}

gboolean cr_root_check(const char *root, GError **error)
{
  gboolean plain = *root == '/' && strlen(root) <= LONGEST;
  g_auto(GStrv) words = g_strsplit(plain ? root + 1 : "", "/", -1);
  for (guint i = 0; words[i]; i++)
    plain = plain && is_word(words[i]);
  if (!plain || !words[0])
    return cr_error_refuse(error, CR_ERROR_USAGE, "as in --base-path /careen: letters, digits and . _ ~ - between '/'",
                           "cannot serve the page below '%s': it is no path that every address could begin with", root);
  if (is_own(words[0]))
    return cr_error_refuse(error, CR_ERROR_USAGE, "another name, as in --base-path /careen",
                           "cannot serve the page below '%s': a page of its own is called so", root);
  return TRUE;
}

const char *cr_root_take(const char *root, const char *path)
{
  gsize length = strlen(root);
  if (!length || strncmp(path, root, length) != 0 || (path[length] && path[length] != '/'))
    return path;
  return path[length] ? path + length : NULL;
}
