/* SPDX-License-Identifier: Apache-2.0 */
/* What the database has of one file of a feed, in memory. */
#include "advisory/database-write.h"

void cr_database_file_free(CrDatabaseFile *file)
{
  if (!file)
    return;
  g_free(file->name);
  g_free(file->state);
  g_free(file->source);
  g_free(file->licence);
  g_free(file->etag);
  g_free(file->last_modified);
  g_free(file->date);
  g_free(file->fetched);
  g_free(file->error);
  g_free(file);
}

CrDatabaseFile *cr_database_file_copy(const CrDatabaseFile *file)
{
  CrDatabaseFile *copy = g_new0(CrDatabaseFile, 1);
  *copy = *file;
  copy->name = g_strdup(file->name);
  copy->state = g_strdup(file->state);
  copy->source = g_strdup(file->source);
  copy->licence = g_strdup(file->licence);
  copy->etag = g_strdup(file->etag);
  copy->last_modified = g_strdup(file->last_modified);
  copy->date = g_strdup(file->date);
  copy->fetched = g_strdup(file->fetched);
  copy->error = g_strdup(file->error);
  return copy;
}
