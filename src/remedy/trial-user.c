/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/openat2.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/error.h"
#include "remedy/trial.h"

#define RECORDS 100000U /* of one file */

static FILE *open_file(const char *root, const char *path)
{
  int folder = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
  struct open_how how = {.flags = O_RDONLY | O_NONBLOCK | O_CLOEXEC,
                         .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
  int fd = folder >= 0 ? (int)syscall(SYS_openat2, folder, path, &how, sizeof how) : -1;
  struct stat status;
  if (folder >= 0)
    close(folder);
  FILE *file = fd >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode) ? fdopen(fd, "r") : NULL;
  if (fd >= 0 && !file)
    close(fd);
  return file;
}

static gboolean parse_id(const char *text, guint *id)
{
  char *end = NULL;
  guint64 value = g_ascii_isdigit(*text) ? g_ascii_strtoull(text, &end, 10) : 0;
  if (!end || *end || value > G_MAXINT32)
    return FALSE;
  *id = (guint)value;
  return TRUE;
}

/* A name, or a number that may have a record. *NAME: the record's name, to be freed. */
static gboolean find_user(const char *root, const char *word, CrTrialUser *out, char **name)
{
  gboolean number = parse_id(word, &out->uid), found = FALSE;
  FILE *file = open_file(root, "etc/passwd");
  for (guint i = 0; file && i < RECORDS && !found; i++) {
    const struct passwd *record = fgetpwent(file);
    if (!record)
      break;
    found = number ? record->pw_uid == out->uid : !strcmp(record->pw_name, word);
    if (!found)
      continue;
    out->uid = record->pw_uid;
    out->gid = record->pw_gid;
    out->home = g_strdup(record->pw_dir);
    *name = g_strdup(record->pw_name);
  }
  if (file)
    fclose(file);
  return number || found;
}

static gboolean is_member(const struct group *record, const char *name)
{
  for (guint i = 0; name && record->gr_mem[i]; i++)
    if (!strcmp(record->gr_mem[i], name))
      return TRUE;
  return FALSE;
}

/* The group called WORD (or NULL: those that NAME is a member of are added). */
static gboolean find_group(const char *root, const char *word, const char *name, CrTrialUser *out)
{
  gboolean number = word && parse_id(word, &out->gid), found = number;
  FILE *file = number ? NULL : open_file(root, "etc/group");
  for (guint i = 0; file && i < RECORDS; i++) {
    const struct group *record = fgetgrent(file);
    if (!record)
      break;
    if (word && !strcmp(record->gr_name, word)) {
      out->gid = record->gr_gid;
      found = TRUE;
    } else if (!word && is_member(record, name)) {
      guint id = record->gr_gid;
      g_array_append_val(out->groups, id);
    }
  }
  if (file)
    fclose(file);
  return found;
}

gboolean cr_trial_user_find(const char *root, const char *user, CrTrialUser *out, GError **error)
{
  const char *colon = strchr(user, ':');
  g_autofree char *word = colon ? g_strndup(user, (gsize)(colon - user)) : g_strdup(user);
  g_autofree char *name = NULL;
  *out = (CrTrialUser){.groups = g_array_new(FALSE, FALSE, sizeof(guint))};
  if (!find_user(root, *word ? word : "0", out, &name)) {
    g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "the image has no user '%s'", word);
    return FALSE;
  }
  if (colon && colon[1]) {
    if (find_group(root, colon + 1, NULL, out))
      return TRUE;
    g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "the image has no group '%s'", colon + 1);
    return FALSE;
  }
  find_group(root, NULL, name, out);
  return TRUE;
}

void cr_trial_user_clear(CrTrialUser *user)
{
  g_clear_pointer(&user->groups, g_array_unref);
  g_clear_pointer(&user->home, g_free);
}
