/* SPDX-License-Identifier: Apache-2.0 */
/* For tests/oracle/versions and language-versions: `compare-versions TYPE` (a purl type) reads lines "A<tab>B" and
 * writes -1, 0 or 1 for each.
 */
#include "model/version.h"

#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
  CrVersionScheme scheme = cr_version_scheme_for(argc > 1 ? argv[1] : "");
  char line[65536];
  while (fgets(line, sizeof line, stdin)) {
    line[strcspn(line, "\n")] = '\0';
    char *b = strchr(line, '\t');
    if (!b)
      return 2;
    *b++ = '\0';
    int order = cr_version_compare(scheme, line, b);
    printf("%d\n", (order > 0) - (order < 0));
  }
  return 0;
}
