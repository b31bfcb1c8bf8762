/* SPDX-License-Identifier: Apache-2.0 */
/* Files that no package owns because maintainer scripts and triggers keep them: what they are, for the proof. */
#pragma once
#include <glib.h>

/* What PATH (without a leading '/') is and who keeps it, or NULL: nothing that is known. */
const char *cr_kept_up_explain(const char *path);
/* PATH as another version of a configuration file ("etc/x.dpkg-dist"): how much of it is the name of that file; 0: it
 * is none (dpkg(1), ucf(1), apk's ".apk-new"). */
gsize cr_kept_up_measure_plain(const char *path);
/* Likewise, but 0 unless PATH is the new version beside one that was kept because its user had changed it. */
gsize cr_kept_up_measure_kept(const char *path);
