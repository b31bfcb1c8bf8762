/* SPDX-License-Identifier: Apache-2.0 */
/* Orders of arrays that more than one place sorts by. */
#pragma once
#include <string.h>

#include <glib.h>

/* For g_ptr_array_sort and qsort over char*: by strcmp. */
static inline int cr_compare_texts(gconstpointer a, gconstpointer b)
{
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}
