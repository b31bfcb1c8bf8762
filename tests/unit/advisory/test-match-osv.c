/* SPDX-License-Identifier: Apache-2.0 */
#include "match-case.h"

static const MatchRow rows[] = {
    {"debian", "12", "npm", "tough-cookie", "4.1.2",
     .findings = "CVE-2023-26136 fixable 4.1.3 medium GHSA-72xf-g2v4-qvf3\n"},
    {"debian", "12", "npm", "tough-cookie", "4.1.3", .findings = ""},
    /* one flaw by two databases is one finding; a record that knows no end yields to one that knows the fix */
    {"debian", "12", "golang", "github.com/biscuit-auth/biscuit-go", "v1.0.0",
     .findings = "CVE-2022-31053 fixable v2.0.0 critical GHSA-75rw-34q6-72cr,GO-2022-0564,HSEC-2023-0002\n"},
    {"debian", "12", "golang", "k8s.io/ingress-nginx", "v1.8.0",
     .findings =
         "CVE-2023-5044 fixable v1.9.0 high BIT-nginx-ingress-controller-2023-5044,GHSA-fp9f-44c2-cw27,GO-2024-2428\n"},
    {"debian", "12", "golang", "k8s.io/ingress-nginx", "v1.9.0", .findings = ""},
    /* …unless the Go team has named the packages (2.0.0 is another module there: …/v2) */
    {"debian", "12", "golang", "github.com/biscuit-auth/biscuit-go", "v2.0.0",
     .findings = "CVE-2022-31053 unfixed - critical GHSA-75rw-34q6-72cr,GO-2022-0564,HSEC-2023-0002\n"},
    {"debian", "12", "golang", "github.com/aws/aws-sdk-go", "v1.44.0",
     .findings = "CVE-2020-8912 unfixed - low GHSA-7f33-f4f5-xwgw,GO-2022-0635\n"},
    {"debian", "12", "golang", "github.com/aws/aws-sdk-go", "", .findings = ""},
    {"debian", "12", "gem", "rails", "1.0", .findings = NULL},
    {NULL, NULL, "npm", "tough-cookie", "0.1.0",
     .findings = "CVE-2023-26136 fixable 4.1.3 medium GHSA-72xf-g2v4-qvf3\n"},
};

int main(int argc, char **argv)
{
  return match_main(argc, argv, "/match-osv/rows", rows, G_N_ELEMENTS(rows), FALSE);
}
