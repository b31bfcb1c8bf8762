/* SPDX-License-Identifier: Apache-2.0 */
#include "report/sbom.h"

#include <string.h>

static const CrSbomFormat *const formats[] = {&cr_sbom_cyclonedx, &cr_sbom_spdx, &cr_sbom_json};

const CrSbomFormat *cr_sbom_format_get(const char *name)
{
  for (guint i = 0; name && i < G_N_ELEMENTS(formats); i++)
    if (!strcmp(formats[i]->name, name))
      return formats[i];
  return formats[0];
}

GPtrArray *cr_sbom_references_new(const CrScan *scan)
{
  g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
  GPtrArray *references = g_ptr_array_new_with_free_func(g_free);
  for (guint i = 0; i < scan->packages->len; i++) {
    const CrPackage *package = scan->packages->pdata[i];
    char *reference = g_strdup(package->purl ? package->purl : package->name);
    if (g_hash_table_contains(seen, reference)) {
      g_autofree char *first = reference;
      reference = g_strdup_printf("%s#%u", first, i);
    }
    g_hash_table_add(seen, reference);
    g_ptr_array_add(references, reference);
  }
  return references;
}

char *cr_sbom_format_uuid(const CrScan *scan, const char *salt)
{
  g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
  g_checksum_update(sum, (const guchar *)salt, -1);
  const char *id = scan->image->id ? scan->image->id : scan->image->ref;
  g_checksum_update(sum, (const guchar *)id, -1);
  for (guint i = 0; i < scan->packages->len; i++) {
    const CrPackage *package = scan->packages->pdata[i];
    const char *purl = package->purl ? package->purl : package->name;
    g_checksum_update(sum, (const guchar *)purl, (gssize)strlen(purl) + 1);
  }
  g_autofree char *hex = g_strdup(g_checksum_get_string(sum));
  hex[12] = '8';                                       /* version: custom */
  hex[16] = "89ab"[g_ascii_xdigit_value(hex[16]) & 3]; /* variant */
  return g_strdup_printf("urn:uuid:%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16, hex + 20);
}

char *cr_sbom_format_layer(const CrScan *scan, int layer)
{
  if (layer < 0 || (guint)layer >= scan->image->layer_count || !scan->image->has_config)
    return NULL;
  const char *diff_id = scan->image->layers[layer].diff_id;
  return g_strdup_printf("layer %d (%s)", layer, diff_id ? diff_id : "digest unknown");
}
