/* SPDX-License-Identifier: Apache-2.0 */
/* Sections of the table of a patch, each written whole or not at all. Private to report/remedy-*.c. */
#pragma once
#include "report/remedy.h"
#include "report/table-parts.h"

/* What it came to, what changed, how it was proved: all of one platform but where it is. */
void cr_remedy_write_answers(CrText *text, const CrRemedy *remedy, gboolean all);
/* remedy-result.c: the checks, and with ALL every file; the new layer and where the image is; what to run next. */
void cr_remedy_write_proof(CrText *text, const CrRemedy *remedy, gboolean all);
void cr_remedy_write_result(CrText *text, const CrRemedy *remedy);
void cr_remedy_write_next(CrText *text, const CrRemedy *remedy);
/* Rows of the result: where it is (CrPublished*), and what stayed behind (CrDropped*). */
void cr_remedy_add_places(CrTextGrid *grid, const GPtrArray *published);
void cr_remedy_add_dropped(CrTextGrid *grid, const GPtrArray *dropped);
