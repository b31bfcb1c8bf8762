/* SPDX-License-Identifier: Apache-2.0 */
/* Private to loader.c (what a process loads) and loader-places.c (where files are). */
#pragma once
#include "reach/loader.h"

struct CrLoader {
  CrReachWork *work;
  CrArena *arena;
  CrTree *tree;
  CrLoaderConfig config;
  GHashTable *libs;     /* canonical path → CrLib */
  GHashTable *kinds;    /* interpreter as spelled → CrLoaderKind */
  GHashTable *variants; /* folder → CrStrv of its folders for CPU levels */
  GHashTable *shared;   /* canonical folders that a loader searches, and those above them */
  GPtrArray *private;   /* paths of the libraries outside them, sorted; made when asked for */
  GHashTable *entered;  /* of cr_loader_enter_folder */
  GHashTable *named;    /* their last component → GPtrArray of paths */
  GHashTable *programs; /* PATH, with the working folder where it matters → name → path of every program in it; made
                           when asked for */
  const CrLoaderKind *usual;
  guint steps;
};
