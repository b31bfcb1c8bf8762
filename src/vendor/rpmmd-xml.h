/* SPDX-License-Identifier: Apache-2.0 */
/* Inside list-primary.c and list-rpmmd.c: XML that becomes stanzas as it comes in. */
#pragma once
#include "vendor/rpmmd.h"

#define CR_RPMMD_RELATIONS 9 /* fields of a package that list others (list-primary.c) */

typedef struct CrRpmmdTranslation CrRpmmdTranslation;
typedef struct {
  const char *path; /* the element and its parent: "package/name" */
  void (*start)(CrRpmmdTranslation *translation, const char **names, const char **values);
  void (*end)(CrRpmmdTranslation *translation, const char *text);
} CrRpmmdElement;

struct CrRpmmdTranslation {
  CrStream base;
  CrStream *source;
  GMarkupParseContext *context;
  const CrRpmmdElement *elements;
  guint element_count;
  GPtrArray *stack; /* interned names of open elements */
  GString *text, *out;
  /* what is open */
  GString *name, *arch, *version, *source_rpm, *href, *checksum, *size, *installed, *built, *vendor;
  GString *relations[CR_RPMMD_RELATIONS], *scratch;
  guint open; /* the one of them whose entries come; CR_RPMMD_RELATIONS: none */
  GString *kind, *fixes, *packages;
  gboolean sha256;
  guint64 total, quiet; /* bytes so far, and since the last element: GMarkup holds those */
};

/* The value of attribute NAME, or NULL. */
const char *cr_rpmmd_find_attribute(const char **names, const char **values, const char *name);
/* "NAME: VALUE" as a line; nothing where VALUE is empty. */
void cr_rpmmd_put(GString *out, const char *name, const GString *value);
gboolean cr_rpmmd_is_word(const char *text);
/* "[epoch:]version[-release]" of attributes; no epoch 0. Empty where there is no version. */
void cr_rpmmd_format_version(GString *out, const char **names, const char **values);
/* SOURCE (owned) as what ELEMENTS make of it. */
CrStream *cr_rpmmd_translate(CrStream *source, const CrRpmmdElement *elements, guint count);
