/* SPDX-License-Identifier: Apache-2.0 */
/* Private to packages-rpm*.c: the programs that manage packages of rpm. All are given the same thing: a repository of
 * exactly the files of the plan, below /tmp and nothing else, and are asked for these by name, version and
 * architecture. They check each file's own signature with the image's keys, as they always do. */
#pragma once
#include "remedy/packages.h"

#define CR_RPM_REPOSITORY "careen-patch"

typedef struct {
  const char *name, *path;  /* of the program, in the image */
  const char *const *words; /* its command line before the packages; NULL ends */
  const char *format;       /* of a package, with $N its name, $V [epoch:]version-release, $A architecture */
  const char *replaced;     /* the folder that the repository's file is bound over; NULL: WORDS name another */
} CrRpmTool;

/* NULL-terminated, the one that is preferred where several are there first. */
const CrRpmTool *const *cr_rpm_tools_get(void);
/* TOOL's command line for the changes of PLAN, NULL-terminated. NULL with CR_ERROR_GATE: a name or version in it could
 * be taken for something else. */
GPtrArray *cr_rpm_tool_format_command(const CrRpmTool *tool, const CrPlan *plan, GError **error);
/* The .repo file: CHANGES from /tmp/packages, signed by one of KEYS (paths in the image). */
char *cr_rpm_tools_format_repository(CrStrv keys);
/* repomd.xml for that PRIMARY; DATE in seconds. */
char *cr_rpm_tools_format_repomd(GBytes *primary, gint64 date);
/* Does LINE of `rpm -V` say that a file is not as its package has it? What the user may change and what images do
 * without (configuration, documentation, licences, files made at run time) does not count. */
gboolean cr_rpm_tools_is_complaint(const char *line);
