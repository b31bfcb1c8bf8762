/* SPDX-License-Identifier: Apache-2.0 */
/* For tests/oracle/cvss: reads one CVSS vector a line and writes its score, or -1, for each. */
#include <stdio.h>
#include <string.h>

#include "model/cvss.h"

int main(void)
{
  char line[65536];
  while (fgets(line, sizeof line, stdin)) {
    line[strcspn(line, "\n")] = '\0';
    printf("%.1f\n", cr_cvss_score(line));
  }
  return 0;
}
