/* SPDX-License-Identifier: Apache-2.0 */
/* This machine as the ground that containers stand on: its kernel, the tools that run them, with what is pending for
 * each, and the engines' settings that decide what an update of them costs. Packages and archives are those of an
 * ordinary scan of host:/, of a few places only; what was put beside the package manager (a static dockerd in
 * /usr/local/bin) is looked into as any Go program is. */
#pragma once
#include "container/processes.h"
#include "fleet/kernel.h"
#include "scan/scan.h"

/* One tool: a package, or a program that no package owns. */
typedef struct {
  const char *name;                /* of the package, or the program's path */
  gboolean loose;                  /* no package owns it */
  const char *version;             /* of the package; of a program its module's, or NULL */
  const char *built_with;          /* "go1.19.8", of a program; or NULL */
  const CrPackage *package;        /* or NULL */
  const CrUpdate *update;          /* what is pending for it, or NULL */
  guint flaws, fixable, exploited; /* of all that is in it */
  CrSeverity worst;
  const char *running_old; /* "dockerd": a process of it still runs the file of before; or NULL */
} CrHostTool;

typedef struct {
  const char *daemon, *name; /* "docker", "live-restore" */
  const char *value;         /* "off" */
  gboolean good;             /* or nothing to say */
  const char *what;          /* why it matters, and what to do; one sentence */
} CrHostSetting;

typedef struct {
  CrArena *arena;
  CrScan *scan; /* of what was looked at */
  CrKernel *kernel;
  const CrUpdate *kernel_update;        /* the archive's newer kernel, or NULL */
  guint kernel_flaws, kernel_exploited; /* of the installed one with the running release */
  GPtrArray *tools;                     /* CrHostTool*, packages first, by name */
  GPtrArray *settings;                  /* CrHostSetting*, those that are not good first */
  GPtrArray *engines;                   /* char*: "docker 20.10.24, API 1.41" */
  GPtrArray *held; /* CrContainerProcess*: of containers whose runtime's file was replaced since they began */
  CrProblems *problems;
} CrHost;

/* What a daemon says of itself (GET /info and /version), or NULL: none answers. */
typedef struct {
  const char *kind; /* "docker" */
  const CrJson *info, *version;
} CrHostEngine;

/* OPTIONS of the scan; ENGINES: COUNT. */
CrHost *cr_host_look(const CrScanOptions *options, const CrHostEngine *engines, guint count, GError **error);
void cr_host_free(CrHost *host);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrHost, cr_host_free)
/* A tool or the kernel with a pending fix, a reboot, a process of before an update. */
gboolean cr_host_needs_something(const CrHost *host);
/* host-settings.c: what ENGINE's settings mean, appended to SETTINGS. */
void cr_host_judge_engine(const CrHostEngine *engine, CrArena *arena, GPtrArray *settings, GPtrArray *engines);
/* host-tools.c: where tools are looked for, and which packages are some. */
CrStrv cr_host_list_places(CrArena *arena);
gboolean cr_host_is_tool(const char *package);
gboolean cr_host_is_tool_program(const char *path);
void cr_host_list_tools(CrHost *host);
