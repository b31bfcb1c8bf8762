/* SPDX-License-Identifier: Apache-2.0 */
/* "+name\0detail\0" for what passed, "-name\0detail\0" for what did not. */
#include "remedy/check-list.h"

#include <fcntl.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/write-all.h"

#define DETAIL_BYTES 8192U

struct CrCheckList {
  GString *text;
  gboolean failed;
};

CrCheckList *cr_check_list_new(void)
{
  CrCheckList *list = g_new0(CrCheckList, 1);
  list->text = g_string_new(NULL);
  return list;
}

void cr_check_list_free(CrCheckList *list)
{
  if (!list)
    return;
  g_string_free(list->text, TRUE);
  g_free(list);
}

void cr_check_list_add(CrCheckList *list, const char *name, gboolean passed, const char *detail)
{
  g_autofree char *valid = g_utf8_make_valid(detail, (gssize)strnlen(detail, DETAIL_BYTES));
  list->failed |= !passed;
  g_string_append_c(list->text, passed ? '+' : '-');
  g_string_append_len(list->text, name, (gssize)strlen(name) + 1);
  g_string_append_len(list->text, valid, (gssize)strlen(valid) + 1);
}

gboolean cr_check_list_is_good(const CrCheckList *list)
{
  return !list->failed;
}

gboolean cr_check_list_store(const CrCheckList *list, const char *path, GError **error)
{
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0) {
    cr_error_set_errno(error, errno, "cannot make '%s'", path);
    return FALSE;
  }
  gboolean good = cr_write_all(fd, list->text->str, list->text->len, "the checks", error);
  close(fd);
  return good;
}

gboolean cr_check_list_load(const char *path, CrPatchProof *proof, GError **error)
{
  g_autofree char *text = NULL;
  gsize size = 0;
  if (!g_file_get_contents(path, &text, &size, error))
    return FALSE;
  for (gsize at = 0; at < size;) {
    const char *name = text + at;
    const char *detail = name + strlen(name) + 1; /* g_file_get_contents ends it with a NUL of its own */
    if (detail >= text + size)
      break;
    cr_patch_proof_add_check(proof, name + 1, *name == '+', detail);
    at = (gsize)(detail - text) + strlen(detail) + 1;
  }
  return TRUE;
}
