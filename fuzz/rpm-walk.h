/* SPDX-License-Identifier: Apache-2.0 */
/* For the targets of rpm's three kinds of databases: every record that the input has. */
#pragma once
#include "inventory/rpm.h"

static gboolean visit(guint64 number, const guint8 *blob, gsize size, gpointer data)
{
  return number != G_MAXUINT64 && (!size || blob[size - 1] != 1);
}

static inline void walk_records(const CrRpmBackend *backend, const guint8 *data, gsize size)
{
  g_autoptr(GBytes) bytes = g_bytes_new_static(data, size);
  CrRpmWalk walk = {.bytes = bytes, .visit = visit, .thorough = TRUE};
  backend->walk(&walk);
  cr_rpm_walk_clear(&walk);
}
