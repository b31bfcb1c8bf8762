/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet/notify.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

#define SECRET_BYTES 4096

static const CrNotifyKind *const kinds[] = {&cr_notify_mail, &cr_notify_webhook, &cr_notify_ntfy, &cr_notify_command,
                                            &cr_notify_journal};

static const CrNotifyKind *find_kind(const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS(kinds); i++)
    if (!strcmp(kinds[i]->kind, name))
      return kinds[i];
  return NULL;
}

/* https://user:password@host/services/T0/B0/XX?token=x → https://host/…: the path is often the secret. */
static char *strip_url(const char *url)
{
  const char *host = strstr(url, "://");
  host = host ? host + 3 : url;
  gsize authority = strcspn(host, "/?#");
  const char *at = NULL;
  for (const char *p = host; p < host + authority; p++)
    at = *p == '@' ? p : at;
  const char *from = at ? at + 1 : host, *path = host + authority;
  gboolean more = *path && strcmp(path, "/") != 0;
  return g_strdup_printf("%.*s%.*s%s", (int)(host - url), url, (int)(path - from), from, more ? "/\xe2\x80\xa6" : "");
}

char *cr_notify_format_target(const CrNotifyTarget *target)
{
  if (!strcmp(target->kind, "command"))
    return g_strdup_printf("command %s", *target->command ? *target->command : "");
  if (!strcmp(target->kind, "mail"))
    return g_strdup_printf("mail %s", target->target);
  g_autofree char *safe = target->target ? strip_url(target->target) : NULL;
  return !safe ? g_strdup(target->kind) : g_strdup_printf("%s %s", target->kind, safe);
}

/* Two of the same name have had different messages. Of the address, which may be a secret, so much of a hash that it
 * can be told from others and not be found again. */
char *cr_notify_format_key(const CrNotifyTarget *target)
{
  g_autofree char *name = cr_notify_format_target(target);
  g_autoptr(GString) all = g_string_new(target->target);
  for (guint i = 0; target->command && target->command[i]; i++)
    g_string_append_printf(all, "\n%s", target->command[i]);
  g_autofree char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, all->str, (gssize)all->len);
  return g_strdup_printf("%s %.8s", name, hash);
}

gboolean cr_notify_tell(const CrNotifyConfig *config, const CrNotifyTarget *target, const CrNotice *notice,
                        GError **error)
{
  const CrNotifyKind *kind = find_kind(target->kind);
  g_autofree char *name = cr_notify_format_target(target);
  if (kind && kind->tell(config, target, notice, error))
    return TRUE;
  if (!kind)
    g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "there is no such kind");
  g_prefix_error(error, "%s was not told: ", name);
  return FALSE;
}

/* ---- secrets ---- */

static gboolean refuse_secret(const char *file, const char *why, GError **error)
{
  g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "cannot use the secret in '%s': %s", file, why);
  return FALSE;
}

gboolean cr_notify_read_secret_line(const char *file, char **line, GError **error)
{
  char bytes[SECRET_BYTES + 1] = {0};
  struct stat status;
  int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (fd < 0)
    return refuse_secret(file, g_strerror(errno), error);
  gboolean known = !fstat(fd, &status);
  gssize size = known && S_ISREG(status.st_mode) ? read(fd, bytes, SECRET_BYTES) : -1;
  close(fd);
  if (size < 0)
    return refuse_secret(file, "it is no file that can be read", error);
  if (status.st_mode & (S_IROTH | S_IWOTH | S_IWGRP))
    return refuse_secret(file, "others on this machine can read or write it (chmod 600)", error);
  bytes[strcspn(bytes, "\r\n")] = 0;
  if (!*bytes)
    return refuse_secret(file, "its first line is empty", error);
  *line = g_strdup(bytes);
  return TRUE;
}

gboolean cr_notify_read_secret(const CrNotifyTarget *target, char **header, GError **error)
{
  g_autofree char *token = NULL;
  *header = NULL;
  if (!target->secret_file)
    return TRUE;
  if (!cr_notify_read_secret_line(target->secret_file, &token, error))
    return FALSE;
  for (const char *p = token; *p; p++)
    if (!g_ascii_isgraph(*p))
      return refuse_secret(target->secret_file, "its first line is not a token", error);
  *header = g_strconcat("Authorization: Bearer ", token, NULL);
  return TRUE;
}
