/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"

#include <stdarg.h>

typedef struct {
  char *hint, *place, *reason;
} CrErrorPrivate;

static void cr_error_private_init(CrErrorPrivate *priv)
{
  *priv = (CrErrorPrivate){.hint = NULL};
}

static void cr_error_private_copy(const CrErrorPrivate *from, CrErrorPrivate *to)
{
  to->hint = g_strdup(from->hint);
  to->place = g_strdup(from->place);
  to->reason = g_strdup(from->reason);
}

static void cr_error_private_clear(CrErrorPrivate *priv)
{
  g_free(priv->hint);
  g_free(priv->place);
  g_free(priv->reason);
}

/* Written out by G_DEFINE_EXTENDED_ERROR: cr_error_quark() and cr_error_get_private(). */
G_DEFINE_EXTENDED_ERROR(CrError, cr_error)

void cr_error_set_hint(GError *error, const char *format, ...)
{
  if (!error || error->domain != CR_ERROR)
    return;
  va_list args;
  va_start(args, format);
  CrErrorPrivate *priv = cr_error_get_private(error);
  g_free(priv->hint);
  priv->hint = g_strdup_vprintf(format, args);
  va_end(args);
}

const char *cr_error_get_hint(const GError *error)
{
  if (!error || error->domain != CR_ERROR)
    return NULL;
  return cr_error_get_private(error)->hint;
}

void cr_error_set_group(GError *error, const char *place, const char *reason)
{
  if (!error || error->domain != CR_ERROR)
    return;
  CrErrorPrivate *priv = cr_error_get_private(error);
  char *copies[] = {g_strdup(place), g_strdup(reason)};
  g_free(priv->place);
  g_free(priv->reason);
  priv->place = copies[0];
  priv->reason = copies[1];
}

const char *cr_error_get_place(const GError *error)
{
  return error && error->domain == CR_ERROR ? cr_error_get_private(error)->place : NULL;
}

const char *cr_error_get_reason(const GError *error)
{
  return error && error->domain == CR_ERROR ? cr_error_get_private(error)->reason : NULL;
}

static const struct {
  int exit_code;
  const char *name;
} codes[] = {
    [CR_ERROR_USAGE] = {2, "usage"},
    [CR_ERROR_INPUT] = {2, "input"},
    [CR_ERROR_LIMIT] = {2, "limit"},
    [CR_ERROR_GATE] = {1, "gate"},
    [CR_ERROR_ENVIRONMENT] = {4, "environment"},
    [CR_ERROR_NOT_FOUND] = {4, "not-found"},
    [CR_ERROR_OFFLINE] = {3, "offline"},
    [CR_ERROR_TRUST] = {2, "trust"},
    [CR_ERROR_INTERNAL] = {70, "internal"},
};

int cr_error_get_exit_code(const GError *error)
{
  if (!error)
    return 0;
  if (error->domain == CR_ERROR && error->code >= 0 && (gsize)error->code < G_N_ELEMENTS(codes))
    return codes[error->code].exit_code;
  return 4;
}

const char *cr_error_get_name(const GError *error)
{
  if (error && error->domain == CR_ERROR && error->code >= 0 && (gsize)error->code < G_N_ELEMENTS(codes))
    return codes[error->code].name;
  return "environment";
}

void cr_error_set_errno(GError **error, int errnum, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  g_autofree char *text = g_strdup_vprintf(format, args);
  va_end(args);
  g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "%s: %s", text, g_strerror(errnum));
}

gboolean cr_error_refuse(GError **error, CrErrorCode code, const char *hint, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  GError *cause = g_error_new_valist(CR_ERROR, code, format, args);
  va_end(args);
  if (hint)
    cr_error_set_hint(cause, "%s", hint);
  g_propagate_error(error, cause);
  return FALSE;
}
