/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet/signature.h"

#include <string.h>

#include "base/error.h"
#include "fleet/fleet.h"
#include "image/artifact.h"
#include "remedy/dsse.h"

#define SIGNATURE "dev.cosignproject.cosign/signature"

/* One signature of many: the payload is about DIGEST, and KEY signed it. */
static gboolean holds(const CrArtifact *artifact, const char *digest, const CrKey *key)
{
  const char *base64 = cr_artifact_find_annotation(artifact, SIGNATURE);
  if (!base64 || strcmp(artifact->type, CR_TYPE_SIGNING) != 0)
    return FALSE;
  gsize size = 0;
  guchar *data = g_base64_decode(base64, &size);
  g_autoptr(GBytes) signature = g_bytes_new_take(data, size);
  g_autofree char *of = cr_signing_read_digest(artifact->content, NULL);
  return of && !strcmp(of, digest) && cr_key_verify(key, artifact->content, signature);
}

/* *SEEN counts signatures of any key. FALSE with ERROR: the registry cannot be asked. */
static gboolean find_signature(const CrImage *image, const char *digest, const CrKey *key,
                               const CrSourceOptions *options, guint *seen, gboolean *found, GError **error)
{
  CrImage of = *image;
  of.digest = digest;
  g_autoptr(CrArtifacts) artifacts = cr_artifacts_list_tagged(&of, ".sig", options, error);
  if (!artifacts)
    return FALSE;
  for (guint i = 0; !*found && i < artifacts->list->len; i++)
    *found = holds(artifacts->list->pdata[i], digest, key);
  *seen += artifacts->list->len;
  return TRUE;
}

gboolean cr_signature_check(const char *reference, const char *key_file, const CrSourceOptions *options, char **pinned,
                            GError **error)
{
  g_autoptr(CrKey) key = cr_key_load_public(key_file, error);
  g_autoptr(CrProblems) problems = cr_problems_new();
  g_autofree char *name = g_strconcat("registry:", reference, NULL);
  g_autoptr(CrSource) source = key ? cr_source_open(name, options, problems, error) : NULL;
  if (!source)
    return FALSE;
  const CrImage *image = cr_source_get_image(source);
  const char *const digests[] = {cr_source_get_index_digest(source), image->digest};
  guint seen = 0;
  for (guint i = 0; i < G_N_ELEMENTS(digests); i++) {
    gboolean found = FALSE;
    if (digests[i] && !find_signature(image, digests[i], key, options, &seen, &found, error))
      return FALSE;
    if (!found)
      continue;
    *pinned = cr_fleet_pin_name(reference, digests[i]);
    return TRUE;
  }
  g_set_error(error, CR_ERROR, CR_ERROR_TRUST, "'%s' is not signed by the key of policy: signature: (%s)", reference,
              seen ? "others signed it" : "nobody signed it");
  return FALSE;
}
