/* SPDX-License-Identifier: Apache-2.0 */
/* OpenSSL's digests. Its relocations and its configuration take 1.3 ms at start, more than hashing 256 KiB without it
 * (digest.c). */
#include <openssl/evp.h>

#include "base/library.h"

static const char *const names[] = {"libcrypto.so.3", NULL};
static CrLibrary library = {.names = names, .purpose = "computes digests", .package = "libssl3"};

#define FORWARD(type, name, parameters, arguments) CR_LIBRARY_FORWARD(library, type, name, parameters, arguments)

/* clang-format off */
FORWARD(EVP_MD *, EVP_MD_fetch, (OSSL_LIB_CTX *c, const char *name, const char *properties), (c, name, properties))
FORWARD(EVP_MD_CTX *, EVP_MD_CTX_new, (void), ())
CR_LIBRARY_FORWARD_VOID(library, EVP_MD_CTX_free, (EVP_MD_CTX *c), (c))
FORWARD(int, EVP_DigestInit_ex, (EVP_MD_CTX *c, const EVP_MD *md, ENGINE *engine), (c, md, engine))
FORWARD(int, EVP_DigestUpdate, (EVP_MD_CTX *c, const void *data, size_t size), (c, data, size))
FORWARD(int, EVP_DigestFinal_ex, (EVP_MD_CTX *c, unsigned char *value, unsigned int *size), (c, value, size))
FORWARD(const EVP_MD *, EVP_sha1, (void), ())
FORWARD(const EVP_MD *, EVP_sha256, (void), ())
/* clang-format on */
