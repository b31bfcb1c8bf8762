/* SPDX-License-Identifier: Apache-2.0 */
#include "image/registry.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  g_auto(CrCredentials) credentials = {NULL, NULL, NULL, NULL};
  g_autofree char *helper = NULL;
  if (cr_credentials_match((const char *)data, size, "input", "registry.example", "team/app", &credentials, &helper,
                           NULL))
    g_assert(helper || credentials.user || credentials.identity_token || credentials.registry_token);
  return 0;
}
