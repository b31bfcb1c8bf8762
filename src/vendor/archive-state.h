/* SPDX-License-Identifier: Apache-2.0 */
/* What an answer of archives hung on, for who keeps that answer and wants to know later, at the price of one
 * conditional request a suite, whether it would be given again. Nothing is verified here: the same bytes were. */
#pragma once
#include "vendor/vendor.h"

/* One suite as it was believed. */
typedef struct {
  char *type;    /* of its packages: "deb", "apk", "rpm" */
  char *name;    /* "bookworm-security", for people */
  char *key;     /* of it in the cache */
  char *folder;  /* where it was asked, mirrors applied */
  char *hash;    /* of the release file in use (CrSite.hash); NULL: none */
  char *failure; /* why nothing came when it was asked last; NULL: it answered */
  gint64 until;  /* seconds: the release file is believed until then; 0: its age does not matter */
} CrArchiveState;
void cr_archive_state_free(CrArchiveState *state);

/* Of every suite that was asked: CrArchiveState*, freed with the array. *SETTLED FALSE: something was not to be had, or
 * was refused, in a way that only another look can judge: the answer must not be kept. */
GPtrArray *cr_archives_list_states(const CrArchives *archives, gboolean *settled);
/* The same text for states that are asked as one. Free with g_free. */
char *cr_archive_state_format(const CrArchiveState *state);
/* Ask STATE's folder, unless it was asked within CR_ARCHIVE_FRESH_SECONDS: is it as STATE says? A server that has no
 * validators sends the whole file, whose digest is compared. What came that is new is not kept: who looks again asks
 * again. A failure is told to options->asked. `until` is the caller's to look at. Any number of threads. */
gboolean cr_archive_state_stands(const CrArchiveState *state, const CrVendorOptions *options);

/* Folders of this system that answers hang on, too: keys and data on support. NULL-terminated, in ARENA. */
CrStrv cr_vendor_list_places(const CrVendorOptions *options, CrArena *arena);
