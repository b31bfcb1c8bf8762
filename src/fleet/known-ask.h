/* SPDX-License-Identifier: Apache-2.0 */
/* Inside known*.c: asking what is known whether it is so still, each thing once a round, whatever hangs on it. */
#pragma once
#include "fleet/known.h"

typedef struct CrKnownAsker CrKnownAsker;
CrKnownAsker *cr_known_asker_new(void);
void cr_known_asker_free(CrKnownAsker *asker);
/* Begin a round for HANGS (const CrHangsOn*): LOCAL and OPTIONS must outlive it. */
void cr_known_asker_ask(CrKnownAsker *asker, const GPtrArray *local, const CrScanOptions *options, CrStrv files,
                        const GPtrArray *hangs);
/* As this round found it. Any thread. */
const CrKnownNow *cr_known_asker_get_now(const CrKnownAsker *asker);

/* known.c: the same of its asker. */
const CrKnownNow *cr_known_get_now(const CrKnown *known);
