/* SPDX-License-Identifier: Apache-2.0 */
/* Inside lineage/: the rules, each a pure function of what is at hand, so that each can be tested alone. Asking
 * registries and daemons is lineage.c's. Each rule fills name, digest, layers and how of OUT (strings in ARENA or
 * static), and gives FALSE when it has nothing to say. */
#pragma once
#include "lineage/lineage.h"

/* org.opencontainers.image.base.name and .digest on the manifest (OCI image spec, annotations.md). Not inherited by
 * children: the best witness. */
gboolean cr_lineage_by_annotation(const CrImage *image, CrArena *arena, CrBase *out);
/* The same names as labels, Copacetic's BaseImage, and Cloud Native Buildpacks' lifecycle metadata (which also tells
 * the run image's top layer). Labels are inherited, so what they name may be the base's base. */
gboolean cr_lineage_by_label(const CrImage *image, CrArena *arena, CrBase *out);
/* The longest proper prefix among KNOWN (CrImage*): its layers are the lowest of IMAGE's and fewer. Of several names
 * the best known is kept: those that came from a registry before those that were only made here (the former can be
 * asked whether they moved), official ones before others, a version before "latest", the shorter; PREFERRED (may be
 * NULL) before all. An image that lost its tag to a newer pull is known by its repository's digest; its tag is the one
 * that the repository has here now, if it is one. *FOUND (may be NULL): the known image. */
gboolean cr_lineage_by_layers(const CrImage *image, GPtrArray *known, const char *preferred, CrArena *arena,
                              CrBase *out, const CrImage **found);
/* History: a root file system in the lowest layer (`ADD file:… in /`, `# debian.sh --arch …`, a buildkit ADD of a
 * tarball to /), named by the operating system; then, past it, an official image that ends in its CMD and names itself
 * by its ENV (PYTHON_VERSION=3.12.4). FALSE for an image that is nothing but that. */
gboolean cr_lineage_by_history(const CrImage *image, const CrOs *os, CrArena *arena, CrBase *out);
/* The name that OS's own image has: "debian:12". `layers` stays unknown. */
gboolean cr_lineage_by_guess(const CrImage *image, const CrOs *os, CrArena *arena, CrBase *out);

/* How many of IMAGE's lowest layers are exactly those of BASE; -1 if BASE's layers are no prefix (equal ones are). */
int cr_lineage_count_prefix(const CrImage *image, const CrImage *base);
/* The manifest digest by which IMAGE came from (or went to) the repository of NAME, or NULL: it never did. */
const char *cr_lineage_find_digest(const CrImage *image, const char *name, CrArena *arena);
/* "docker.io/library/debian:12" and "index.docker.io/library/debian:12" are "debian:12"; a missing tag is "latest", a
 * digest behind the name is cut off. */
const char *cr_lineage_format_name(const char *ref, CrArena *arena);
