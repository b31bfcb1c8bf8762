/* SPDX-License-Identifier: Apache-2.0 */
/* --new-since: what changed since an earlier report, under debsecan's headings ("--format report"), for mail from cron:
 *
 *   New security updates      open before or not, the fix can now be installed and could not then
 *   Fixed vulnerabilities     open then, not any more
 *   New vulnerabilities       not known then, and no fix yet
 *   Available security updates   as many as were ready then and still are: a line, not a list
 *
 * Nothing new: nothing is written, so that cron sends no mail. */
#pragma once
#include "report/report.h"

/* Read FILE. CR_ERROR_USAGE, CR_ERROR_INPUT. */
CrNews *cr_news_load(const char *file, GError **error);
void cr_news_free(CrNews *news);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrNews, cr_news_free)

/* Formats of what is new since report->news, as text and as careen.news/1. An image that the earlier report has not is
 * new as a whole, and said. */
extern const CrReportFormat cr_report_news, cr_report_news_json;
