/* SPDX-License-Identifier: Apache-2.0 */
#include "base/http-private.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  g_autofree char *text = g_strndup((const char *)data, size);
  g_autofree char *login = NULL;
  g_autofree char *password = NULL;
  cr_http_auth_match(text, "https://deb.example.org:8443/debian/dists", &login, &password);
  return 0;
}
