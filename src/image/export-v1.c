/* SPDX-License-Identifier: Apache-2.0 */
/* Docker before 25 names an exported layer by a "legacy id": a digest over its description, with "layer_id" (the chain
 * id: OCI config.md, "Layer ChainID") and "parent" added, members sorted by name. Trying every layer's chain id gives
 * the layer, and known ones can be skipped without a look at their bytes. */
#include <string.h>

#include "base/digest.h"
#include "base/limits.h"
#include "image/engine.h"

typedef struct {
  char *name;
  const char *value; /* raw bytes in the text */
  gsize length;
} Member;

static void member_free(Member *member)
{
  g_free(member->name);
  g_free(member);
}

/* The length of the JSON value at TEXT[AT], by its brackets and strings alone: what is not JSON ends in no match. */
static gsize measure_value(const char *text, gsize size, gsize at)
{
  guint depth = 0;
  gboolean quoted = FALSE;
  gsize i = at;
  for (; i < size; i++) {
    char c = text[i];
    if (quoted) {
      if (c == '\\')
        i++;
      else if (c == '"')
        quoted = FALSE;
    } else if (c == '"') {
      quoted = TRUE;
    } else if (c == '{' || c == '[') {
      depth++;
    } else if (!depth && (c == ',' || c == '}')) {
      break;
    } else if (c == '}' || c == ']') {
      depth--;
    }
  }
  return MIN(i, size) - at;
}

/* The members of the object TEXT as they are written; NULL: not an object in Go's compact form. */
static GPtrArray *split_members(const char *text, gsize size)
{
  g_autoptr(GPtrArray) members = g_ptr_array_new_with_free_func((GDestroyNotify)member_free);
  gsize at = 1;
  if (size < 2 || text[0] != '{')
    return NULL;
  while (at < size && text[at] == '"' && members->len < 64) {
    const char *end = memchr(text + at + 1, '"', size - at - 1);
    if (!end || (gsize)(end - text) + 2 >= size || end[1] != ':')
      return NULL;
    Member *member = g_new0(Member, 1);
    member->name = g_strndup(text + at + 1, (gsize)(end - text) - at - 1);
    at = (gsize)(end - text) + 2;
    member->value = text + at;
    member->length = measure_value(text, size, at);
    at += member->length + 1;
    g_ptr_array_add(members, member);
  }
  return g_steal_pointer(&members);
}

static int compare_members(gconstpointer a, gconstpointer b)
{
  return strcmp((*(const Member *const *)a)->name, (*(const Member *const *)b)->name);
}

static const Member *find_member(const GPtrArray *members, const char *name)
{
  for (guint i = 0; i < members->len; i++) {
    const Member *member = members->pdata[i];
    if (strcmp(member->name, name) == 0)
      return member;
  }
  return NULL;
}

/* What the id is a digest of, once "@" stands for the chain id. "os" was added to the descriptions of all but the top
 * layer (the one with a "config") after their ids were made. */
static char *build_preimage(GPtrArray *members)
{
  const Member *parent = find_member(members, "parent");
  gboolean top = find_member(members, "config") != NULL;
  g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func((GDestroyNotify)member_free);
  for (guint i = 0; i < members->len; i++) {
    const Member *member = members->pdata[i];
    if (!strcmp(member->name, "id") || !strcmp(member->name, "parent") || (!top && !strcmp(member->name, "os")))
      continue;
    Member *copy = g_memdup2(member, sizeof *member);
    copy->name = g_strdup(member->name);
    g_ptr_array_add(lines, copy);
  }
  Member *layer = g_new0(Member, 1);
  *layer = (Member){g_strdup("layer_id"), "\"@\"", 3};
  g_ptr_array_add(lines, layer);
  g_autofree char *quoted = NULL;
  if (parent && parent->length > 2) {
    quoted = g_strdup_printf("\"sha256:%.*s\"", (int)parent->length - 2, parent->value + 1);
    Member *above = g_new0(Member, 1);
    *above = (Member){g_strdup("parent"), quoted, strlen(quoted)};
    g_ptr_array_add(lines, above);
  }
  g_ptr_array_sort(lines, compare_members);
  g_autoptr(GString) text = g_string_new("{");
  for (guint i = 0; i < lines->len; i++) {
    const Member *line = lines->pdata[i];
    g_string_append_printf(text, "%s\"%s\":", i ? "," : "", line->name);
    g_string_append_len(text, line->value, (gssize)line->length);
  }
  return g_strconcat(text->str, "}", NULL);
}

int cr_export_find_legacy(const CrImage *image, const char *hex, const char *text, gsize size)
{
  g_autoptr(GPtrArray) members = size <= CR_LIMIT_SMALL_FILE ? split_members(text, size) : NULL;
  if (!members)
    return -1;
  g_autofree char *preimage = build_preimage(members);
  const char *mark = strstr(preimage, "\"layer_id\":\"@\"");
  if (!mark)
    return -1;
  gsize before = (gsize)(mark - preimage) + strlen("\"layer_id\":\"");
  g_autofree char *chain = NULL;
  for (guint i = 0; i < image->layer_count && image->layers[i].diff_id; i++) {
    g_autofree char *pair = chain ? g_strdup_printf("%s %s", chain, image->layers[i].diff_id) : NULL;
    g_free(chain);
    chain = pair ? cr_digest_of(pair, strlen(pair)) : g_strdup(image->layers[i].diff_id);
    g_autofree char *whole = g_strdup_printf("%.*s%s%s", (int)before, preimage, chain, preimage + before + 1);
    g_autofree char *digest = cr_digest_of(whole, strlen(whole));
    if (strcmp(cr_digest_get_hex(digest), hex) == 0)
      return (int)i;
  }
  return -1;
}
