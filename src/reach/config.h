/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration files, read as words: which libraries, programs and further files they name.
 *
 * No file format is known here. A line is its words; a word that names a library that exists is a way to it. What is
 * known are the words by which programs load modules (`LoadModule`, `load_module`, `extension`, …) and include files;
 * they make a module certain where the file is certain and no `<If…>` is around it. */
#pragma once
#include "reach/loader.h"

extern const CrCollector cr_config_collector;

typedef struct {
  CrReachWork *work;
  const char *program; /* canonical path of what reads it: the ways start there */
  CrLib *lib;
  const CrReachContext *context;
  gboolean starts_programs; /* it calls exec: programs named are ways too */
  const GPtrArray *bases;   /* const char*: folders that relative names may be meant in, canonical */
  guint files, depth;
  GHashTable *seen; /* path and level, each once */
} CrConfigWalk;
/* The configuration file at PATH, if it is one: its words at LEVEL. */
void cr_config_follow(CrConfigWalk *walk, const char *path, CrReachLevel level);
/* TEXT as if it were such a file at PLACE (for the evidence): "daemon off; load_module x.so;". */
void cr_config_follow_text(CrConfigWalk *walk, const char *text, const char *place, CrReachLevel level);
/* Every one right in FOLDER; DEEP: and below. */
void cr_config_follow_folder(CrConfigWalk *walk, const char *folder, gboolean deep, CrReachLevel level);
