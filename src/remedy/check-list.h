/* SPDX-License-Identifier: Apache-2.0 */
/* Checks on their way from the workspace's process, which has the files, to careen's, which has the proof. What the
 * image's programs wrote is in them: they are texts to be shown, never more. */
#pragma once
#include "remedy/verify.h"

typedef struct CrCheckList CrCheckList;
CrCheckList *cr_check_list_new(void);
void cr_check_list_free(CrCheckList *list);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrCheckList, cr_check_list_free)
/* Bytes that are not UTF-8 become U+FFFD; more than 8 KiB of DETAIL are cut. */
void cr_check_list_add(CrCheckList *list, const char *name, gboolean passed, const char *detail);
/* All so far have passed. */
gboolean cr_check_list_is_good(const CrCheckList *list);
/* To a file that is not there yet. CR_ERROR_ENVIRONMENT. */
gboolean cr_check_list_store(const CrCheckList *list, const char *path, GError **error);
/* Behind the checks of PROOF. */
gboolean cr_check_list_load(const char *path, CrPatchProof *proof, GError **error);
