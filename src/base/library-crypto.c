/* SPDX-License-Identifier: Apache-2.0 */
/* OpenSSL's digests and signatures. Its relocations and its configuration take 1.3 ms at start, more than hashing
 * 256 KiB without it (digest.c). */
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "base/library.h"

static const char *const names[] = {"libcrypto.so.3", NULL};
static CrLibrary library = {
    .names = names, .purpose = "computes digests and verifies signatures", .package = "libssl3"};

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
FORWARD(const EVP_MD *, EVP_sha512, (void), ())
FORWARD(BIO *, BIO_new_mem_buf, (const void *data, int size), (data, size))
FORWARD(int, BIO_free, (BIO *bio), (bio))
FORWARD(EVP_PKEY *, PEM_read_bio_PUBKEY, (BIO *bio, EVP_PKEY **key, pem_password_cb *ask, void *data), (bio, key, ask, data))
CR_LIBRARY_FORWARD_VOID(library, EVP_PKEY_free, (EVP_PKEY *key), (key))
FORWARD(int, EVP_PKEY_is_a, (const EVP_PKEY *key, const char *name), (key, name))
FORWARD(int, EVP_PKEY_get_bits, (const EVP_PKEY *key), (key))
FORWARD(EVP_PKEY_CTX *, EVP_PKEY_CTX_new, (EVP_PKEY *key, ENGINE *engine), (key, engine))
CR_LIBRARY_FORWARD_VOID(library, EVP_PKEY_CTX_free, (EVP_PKEY_CTX *c), (c))
FORWARD(int, EVP_PKEY_verify_init, (EVP_PKEY_CTX *c), (c))
FORWARD(int, EVP_PKEY_CTX_set_rsa_padding, (EVP_PKEY_CTX *c, int padding), (c, padding))
FORWARD(int, EVP_PKEY_CTX_set_signature_md, (EVP_PKEY_CTX *c, const EVP_MD *md), (c, md))
FORWARD(int, EVP_PKEY_verify, (EVP_PKEY_CTX *c, const unsigned char *signature, size_t signature_size, const unsigned char *value, size_t value_size), (c, signature, signature_size, value, value_size))
FORWARD(EVP_PKEY *, PEM_read_bio_PrivateKey, (BIO *bio, EVP_PKEY **key, pem_password_cb *ask, void *data), (bio, key, ask, data))
FORWARD(int, PEM_read_bio, (BIO *bio, char **name, char **header, unsigned char **data, long *size), (bio, name, header, data, size))
FORWARD(EVP_PKEY *, d2i_PrivateKey_bio, (BIO *bio, EVP_PKEY **key), (bio, key))
FORWARD(int, i2d_PUBKEY, (const EVP_PKEY *key, unsigned char **der), (key, der))
FORWARD(int, EVP_PKEY_get_group_name, (const EVP_PKEY *key, char *name, size_t size, size_t *length), (key, name, size, length))
FORWARD(int, EVP_DigestSignInit, (EVP_MD_CTX *c, EVP_PKEY_CTX **key_context, const EVP_MD *md, ENGINE *engine, EVP_PKEY *key), (c, key_context, md, engine, key))
FORWARD(int, EVP_DigestSign, (EVP_MD_CTX *c, unsigned char *signature, size_t *signature_size, const unsigned char *data, size_t size), (c, signature, signature_size, data, size))
FORWARD(int, EVP_DigestVerifyInit, (EVP_MD_CTX *c, EVP_PKEY_CTX **key_context, const EVP_MD *md, ENGINE *engine, EVP_PKEY *key), (c, key_context, md, engine, key))
FORWARD(int, EVP_DigestVerify, (EVP_MD_CTX *c, const unsigned char *signature, size_t signature_size, const unsigned char *data, size_t size), (c, signature, signature_size, data, size))
CR_LIBRARY_FORWARD_VOID(library, CRYPTO_free, (void *data, const char *file, int line), (data, file, line))
FORWARD(EVP_PKEY_CTX *, EVP_PKEY_CTX_new_from_name, (OSSL_LIB_CTX *c, const char *name, const char *properties), (c, name, properties))
FORWARD(int, EVP_PKEY_keygen_init, (EVP_PKEY_CTX *c), (c))
FORWARD(int, EVP_PKEY_CTX_set_rsa_keygen_bits, (EVP_PKEY_CTX *c, int bits), (c, bits))
FORWARD(int, EVP_PKEY_generate, (EVP_PKEY_CTX *c, EVP_PKEY **key), (c, key))
FORWARD(int, EVP_PKEY_sign_init, (EVP_PKEY_CTX *c), (c))
FORWARD(int, EVP_PKEY_sign, (EVP_PKEY_CTX *c, unsigned char *signature, size_t *signature_size, const unsigned char *value, size_t value_size), (c, signature, signature_size, value, value_size))
FORWARD(const BIO_METHOD *, BIO_s_mem, (void), ())
FORWARD(BIO *, BIO_new, (const BIO_METHOD *method), (method))
FORWARD(int, BIO_read, (BIO *bio, void *data, int size), (bio, data, size))
FORWARD(int, PEM_write_bio_PUBKEY, (BIO *bio, const EVP_PKEY *key), (bio, key))
/* clang-format on */
