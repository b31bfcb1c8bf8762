/* SPDX-License-Identifier: Apache-2.0 */
/* A relation of a list becomes libsolv's, and its names are found in it. */
#include <stdint.h>
#include <string.h>

#include "vendor/list-format.h"
#include "vendor/rpmmd.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static gboolean count(const char *name, gsize length, gpointer data)
{
  *(gsize *)data += length;
  return name != NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  if (size > 65536 || memchr(data, 0, size)) /* a list's texts end at NUL */
    return 0;
  gsize total = 0;
  cr_list_foreach_mention((const char *)data, size, count, &total);
  g_assert_cmpuint(total, <=, size);
  Pool *pool = pool_create();
  pool_setdisttype(pool, DISTTYPE_RPM);
  cr_rpmmd_parse_relation(pool, (const char *)data, size);
  pool_free(pool);
  return 0;
}
