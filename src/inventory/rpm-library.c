/* SPDX-License-Identifier: Apache-2.0 */
/* librpm pulls in a Lua interpreter, SQLite and a crypto library: its start-up is paid by rpm images only. */
#include <dlfcn.h>

#include "base/error.h"
#include "inventory/rpm.h"

/* The releases that Debian has shipped since bookworm; only functions whose ABI they share are used (no struct of
 * librpm is laid out by us). */
static const char *const names[] = {"librpm.so.9", "librpm.so.10"};

static gboolean find(void *handle, const char *name, gpointer to, GError **error)
{
  *(void **)to = dlsym(handle, name);
  if (*(void **)to)
    return TRUE;
  g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "cannot use librpm: it has no %s", name);
  return FALSE;
}

static gboolean load(CrRpmLibrary *library, GError **error)
{
  void *handle = NULL;
  for (guint i = 0; !handle && i < G_N_ELEMENTS(names); i++)
    handle = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
  if (!handle) {
    g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "cannot load librpm, which takes rpm's records apart: %s",
                dlerror());
    if (error)
      cr_error_set_hint(*error, "install librpm9 (apt-get install librpm9)");
    return FALSE;
  }
  /* clang-format off */
  return find(handle, "headerImport", &library->header_import, error) &&
         find(handle, "headerFree", &library->header_free, error) &&
         find(handle, "headerGet", &library->header_get, error) &&
         find(handle, "headerGetString", &library->header_get_string, error) &&
         find(handle, "headerGetNumber", &library->header_get_number, error) &&
         find(handle, "headerIsEntry", &library->header_is_entry, error) &&
         find(handle, "rpmtdNew", &library->td_new, error) &&
         find(handle, "rpmtdFree", &library->td_free, error) &&
         find(handle, "rpmtdFreeData", &library->td_free_data, error) &&
         find(handle, "rpmtdCount", &library->td_count, error) &&
         find(handle, "rpmtdNext", &library->td_next, error) &&
         find(handle, "rpmtdGetString", &library->td_get_string, error) &&
         find(handle, "rpmtdGetNumber", &library->td_get_number, error) &&
         find(handle, "rpmlogSetMask", &library->log_set_mask, error);
  /* clang-format on */
}

const CrRpmLibrary *cr_rpm_library_get(GError **error)
{
  static CrRpmLibrary library;
  static GError *failure;
  static gsize loaded;
  if (g_once_init_enter(&loaded)) {
    gboolean good = load(&library, &failure);
    if (good)
      library.log_set_mask(RPMLOG_MASK(RPMLOG_EMERG)); /* nothing of it reaches the terminal, nothing is collected */
    g_once_init_leave(&loaded, good ? 1 : 2);
  }
  if (loaded == 1)
    return &library;
  if (error) {
    *error = g_error_copy(failure);
    if (cr_error_get_hint(failure))
      cr_error_set_hint(*error, "%s", cr_error_get_hint(failure));
  }
  return NULL;
}
