/* SPDX-License-Identifier: Apache-2.0 */
#include "vendor/apk-file.h"

#include <string.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/limits.h"

static gboolean refuse(GError **error, CrErrorCode code, const char *why)
{
  g_set_error_literal(error, CR_ERROR, code, why);
  return FALSE;
}

const char *cr_apk_package_find(const CrApkPackageFile *file, const char *name, guint count, CrArena *arena)
{
  gsize length = strlen(name);
  const char *end = file->info + file->info_bytes;
  for (const char *at = file->info; at < end;) {
    const char *stop = memchr(at, '\n', (gsize)(end - at));
    stop = stop ? stop : end;
    gsize size = (gsize)(stop - at);
    if (size > length + 3 && !strncmp(at, name, length) && !strncmp(at + length, " = ", 3) && !count--)
      return cr_arena_strndup(arena, at + length + 3, size - length - 3);
    at = stop + 1;
  }
  return NULL;
}

static gboolean take_info(const GByteArray *control, CrArena *arena, CrApkPackageFile *out)
{
  CrApkTar tar = {.data = control->data, .size = control->len};
  while (cr_apk_tar_next(&tar)) {
    if (strcmp(tar.name, ".PKGINFO") != 0)
      continue;
    out->info = cr_arena_strndup(arena, (const char *)tar.body, tar.body_bytes);
    out->info_bytes = strlen(out->info); /* a NUL would end it for others too */
    return out->info_bytes > 0;
  }
  return FALSE;
}

static char *format_identity(const guint8 *control, gsize size, CrArena *arena)
{
  guint8 value[64];
  guint bytes = cr_apk_compute("SHA1", control, size, value);
  g_autofree char *text = bytes ? g_base64_encode(value, bytes) : NULL;
  return text ? (char *)cr_arena_printf(arena, "Q1%s", text) : NULL;
}

gboolean cr_apk_package_read(GBytes *file, CrArena *arena, CrApkPackageFile *out, GError **error)
{
  gsize size = 0;
  const guint8 *data = g_bytes_get_data(file, &size);
  *out = (CrApkPackageFile){0};
  if (size > 4 && !memcmp(data, "ADB", 3))
    return refuse(error, CR_ERROR_INPUT, "it is a package of apk's version 3, which careen does not read");
  gsize from = cr_apk_read_signatures(data, size, arena, &out->seal);
  if (!from || !out->seal.count)
    return refuse(error, CR_ERROR_TRUST, "it has no signature");
  g_autoptr(GByteArray) control = g_byte_array_new();
  gsize bytes = cr_apk_inflate_member(data + from, size - from, CR_LIMIT_APK_CONTROL_BYTES, control);
  if (!bytes || !take_info(control, arena, out))
    return refuse(error, CR_ERROR_INPUT, "it has no control data that can be read");
  out->identity = format_identity(data + from, bytes, arena);
  if (!out->identity || !cr_apk_seal_digest(&out->seal, data + from, bytes))
    return refuse(error, CR_ERROR_ENVIRONMENT, "OpenSSL cannot compute its digest");
  const char *wanted = cr_apk_package_find(out, "datahash", 0, arena);
  g_autofree char *digest = cr_digest_of(data + from + bytes, size - from - bytes);
  if (!wanted || strcmp(cr_digest_get_hex(digest), wanted) != 0)
    return refuse(error, CR_ERROR_TRUST, "its files are not those that its control data name");
  return TRUE;
}
