/* SPDX-License-Identifier: Apache-2.0 */
#include "base/library.h"

#include <dlfcn.h>
#include <stdio.h>
#include <unistd.h>

#include "base/error.h"

static gpointer open_library(CrLibrary *library, GError **error)
{
  for (guint i = 0; !library->handle && library->names[i]; i++)
    library->handle = dlopen(library->names[i], RTLD_LAZY | RTLD_LOCAL);
  if (library->handle)
    return library->handle;
  const char *why = dlerror();
  g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "cannot load '%s', which %s: %s", library->names[0],
              library->purpose, why ? why : "it is not on this system");
  if (error)
    cr_error_set_hint(*error, "apt install %s", library->package);
  return NULL;
}

static gpointer find(CrLibrary *library, const char *name, GError **error)
{
  gpointer handle = open_library(library, error);
  gpointer function = handle ? dlsym(handle, name) : NULL;
  if (handle && !function)
    g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "cannot use '%s', which %s: it has no %s", library->names[0],
                library->purpose, name);
  return function;
}

static gboolean load(CrLibrary *library, GError **error)
{
  for (const CrLibraryRow *row = library->rows; row->name; row++) {
    gpointer function = find(library, row->name, error);
    if (!function)
      return FALSE;
    *(gpointer *)row->function = function;
  }
  if (!library->start || library->start())
    return TRUE;
  g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "cannot start '%s', which %s", library->names[0],
              library->purpose);
  return FALSE;
}

gboolean cr_library_load(CrLibrary *library, GError **error)
{
  g_mutex_lock(&library->lock);
  library->loaded = library->loaded || load(library, error);
  gboolean loaded = library->loaded;
  g_mutex_unlock(&library->lock);
  return loaded;
}

static void (*on_absence)(const GError *error, gpointer data);
static gpointer on_absence_data;

void cr_library_on_absence(void (*absent)(const GError *error, gpointer data), gpointer data)
{
  on_absence = absent;
  on_absence_data = data;
}

gpointer cr_library_need(CrLibrary *library, const char *name, gpointer *place)
{
  g_autoptr(GError) error = NULL;
  g_mutex_lock(&library->lock);
  gpointer function = find(library, name, &error);
  g_mutex_unlock(&library->lock);
  if (!function && on_absence)
    on_absence(error, on_absence_data);
  if (!function) {
    const char *hint = cr_error_get_hint(error);
    fprintf(stderr, "careen: %s\n%s%s%s", error->message, hint ? "hint: " : "", hint ? hint : "", hint ? "\n" : "");
    fflush(stderr);
    _exit(cr_error_get_exit_code(error)); /* other threads may be at work: nothing of theirs is torn down */
  }
  g_atomic_pointer_set(place, function);
  return function;
}
