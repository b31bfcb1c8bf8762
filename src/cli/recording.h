/* SPDX-License-Identifier: Apache-2.0 */
/* Inside cli/: --record and --sign of `careen patch`. The key is read before any work is done, and the record is made
 * once the result has its name. */
#pragma once
#include "cli/look.h"
#include "remedy/platforms.h"
#include "report/record.h"

typedef struct CrRecording CrRecording;

/* SINKS (CrImageSink*): where the result goes. CR_ERROR_USAGE: the key cannot be used, or there will be no result to
 * record. */
CrRecording *cr_recording_new(const CrSettings *settings, const GPtrArray *sinks, GError **error);
void cr_recording_free(CrRecording *recording);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrRecording, cr_recording_free)

/* The record of REMEDY, where it patched something: into the folder that was asked for, and beside the image in every
 * registry of SINKS. */
gboolean cr_recording_write(const CrRecording *recording, const CrLook *look, const CrRemedy *remedy,
                            const GPtrArray *sinks, GError **error);
/* A record for each platform that was patched, beside its own manifest; in the folder each has one, "linux-arm64-v8".
 */
gboolean cr_recording_write_platforms(const CrRecording *recording, const CrLook *look, const CrPlatforms *platforms,
                                      const GPtrArray *sinks, GError **error);
/* The options of `careen patch` that decide what comes of it, as NAMES and VALUES (char*), for the provenance. */
void cr_settings_list_given(const CrSettings *settings, GPtrArray *names, GPtrArray *values);
