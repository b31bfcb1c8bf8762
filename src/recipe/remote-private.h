/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "recipe/remote.h"

/* remote-git.c: as cr_remote_fetch. */
gboolean cr_remote_clone(const CrRemote *remote, const char *folder, const CrRemoteOptions *options,
                         CrRemoteContext *context, GError **error);
