/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of careen.remedy/1 that a patch and a rebuild have alike, each an object of its list. */
#pragma once
#include "base/json.h"
#include "remedy/check-list.h"
#include "remedy/publish.h"
#include "remedy/remedy.h"

/* FIXES: flaws that it mends, NULL: not known. */
void cr_remedy_write_change(CrJsonWriter *writer, const char *platform, const CrChange *change, CrStrv fixes);
void cr_remedy_write_state(CrJsonWriter *writer, const char *platform, const CrFix *fix, CrStrv fixes);
void cr_remedy_write_check(CrJsonWriter *writer, const char *platform, const CrCheck *check);
/* The whole list, with its key; PUBLISHED: CrPublished*. */
void cr_remedy_write_published(CrJsonWriter *writer, const GPtrArray *published);
