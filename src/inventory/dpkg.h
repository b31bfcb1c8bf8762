/* SPDX-License-Identifier: Apache-2.0 */
/* Inside dpkg's two files: dpkg.c reads packages, dpkg-files.c their file lists. Private to them, their tests and fuzz
 * targets. */
#pragma once
#include "inventory/database.h"
#include "inventory/stanza.h"

/* Names of the collectors: the database itself, and info/NAME.list. */
#define CR_DPKG_STATUS "dpkg"
#define CR_DPKG_LIST   "dpkg-list"

/* The fields of a stanza that are looked at; those that are missing are empty. */
typedef struct {
  CrSlice stanza;
  CrSlice name, version, arch, source_name, source_version, status, maintainer, origin;
  CrSlice essential, protected, important, automatic;
  CrSlice want, state; /* of Status: "hold", "installed"; without a Status the state is "installed" */
  gboolean has_status;
} CrDpkgStanza;
void cr_dpkg_parse_stanza(CrSlice stanza, CrDpkgStanza *out);

/* Give every package of WORK its info/NAME.list (own and locator: bytes and size), and say which lists belong to no
 * package of NAMES (cut database) and which packages have none. Returns the number of the former. */
guint cr_dpkg_match_lists(CrDatabaseWork *work, GHashTable *names);
/* As CrDatabase.foreach_file. */
void cr_dpkg_foreach_file(CrDatabaseWork *work, const CrDatabasePackage *only, CrDatabaseFileVisit visit,
                          gpointer data);

/* A diversion (dpkg-divert(1)): what other packages than OWNER ship as FROM stands at TO. */
typedef struct {
  CrSlice from, to, owner; /* without leading '/'; OWNER ":" is the administrator, so everyone's is diverted */
} CrDpkgDiversion;
/* The next diversion of REST: three lines. */
gboolean cr_dpkg_next_diversion(CrSlice *rest, CrDpkgDiversion *out);
