/* SPDX-License-Identifier: Apache-2.0 */
/* A signed envelope, the statement in it, and what cosign signs: all that is read of a record before its hash is known.
 */
#include "remedy/dsse.h"
#include "remedy/statement.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  g_autoptr(GBytes) bytes = g_bytes_new(data, size);
  g_autoptr(GBytes) payload = cr_dsse_open(bytes, CR_TYPE_INTOTO, NULL, NULL);
  g_autofree char *digest = cr_signing_read_digest(bytes, NULL);
  g_auto(CrStatement) statement = {0};
  if (cr_statement_parse(payload ? payload : bytes, "input", &statement, NULL))
    cr_statement_is_about(&statement, digest ? digest : statement.predicate_type);
  return 0;
}
