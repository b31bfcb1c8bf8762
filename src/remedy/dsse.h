/* SPDX-License-Identifier: Apache-2.0 */
/* What is signed, and how signatures travel: DSSE envelopes (secure-systems-lab/dsse, protocol.md and envelope.md) for
 * statements, and cosign's simple signing (cosign specs/SIGNATURE_SPEC.md, containers-signature(5)) for an image's
 * digest. */
#pragma once
#include "remedy/key.h"

#define CR_TYPE_DSSE    "application/vnd.dsse.envelope.v1+json"
#define CR_TYPE_INTOTO  "application/vnd.in-toto+json"
#define CR_TYPE_SIGNING "application/vnd.dev.cosign.simplesigning.v1+json"

/* DSSE's pre-authentication encoding: the bytes that are signed. */
GBytes *cr_dsse_encode(const char *payload_type, GBytes *payload);
/* An envelope with one signature, by the private KEY. */
GBytes *cr_dsse_sign(const CrKey *key, const char *payload_type, GBytes *payload, GError **error);
/* The payload of ENVELOPE, which must be of PAYLOAD_TYPE. With KEY one of its signatures must be KEY's, or it is
 * CR_ERROR_TRUST; without, none is checked. CR_ERROR_INPUT: no envelope. */
GBytes *cr_dsse_open(GBytes *envelope, const char *payload_type, const CrKey *key, GError **error);

/* The payload that says "this digest, under this name" (REFERENCE without a tag). */
GBytes *cr_signing_format(const char *reference, const char *digest);
/* The digest that PAYLOAD is about. NULL with CR_ERROR_INPUT. Free with g_free. */
char *cr_signing_read_digest(GBytes *payload, GError **error);
