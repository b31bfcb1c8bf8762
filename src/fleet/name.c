/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet/fleet.h"
#include "image/manifest.h"

#include <string.h>

/* Would REPOSITORY without its registry be read as another registry's ("docker.io/a.b/c")? */
static gboolean looks_like_registry(const char *repository)
{
  const char *slash = strchr(repository, '/');
  g_autofree char *first = slash ? g_strndup(repository, (gsize)(slash - repository)) : NULL;
  return first && (strpbrk(first, ".:") || !strcmp(first, "localhost"));
}

char *cr_fleet_normalise_name(const char *name)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  CrReference parts;
  while (g_str_has_prefix(name, "docker://"))
    name += strlen("docker://");
  if (!cr_reference_parse(name, arena, &parts, NULL))
    return g_strdup(name);
  const char *repository = parts.repository;
  gboolean hub = !strcmp(parts.registry, "docker.io");
  if (hub && g_str_has_prefix(repository, "library/") && !strchr(repository + strlen("library/"), '/'))
    repository += strlen("library/");
  /* "localhost/" is podman's word for "made here, of no registry"; docker has no word for that */
  gboolean plain = (hub || !strcmp(parts.registry, "localhost")) && !looks_like_registry(repository);
  return g_strconcat(plain ? "" : parts.registry, plain ? "" : "/", repository, parts.tag ? ":" : "",
                     parts.tag ? parts.tag : "", parts.digest ? "@" : "", parts.digest ? parts.digest : "", NULL);
}

char *cr_fleet_pin_name(const char *name, const char *digest)
{
  const char *at = strchr(name, '@');
  g_autofree char *plain = g_strndup(name, at ? (gsize)(at - name) : strlen(name));
  char *slash = strrchr(plain, '/'), *colon = strrchr(plain, ':');
  if (colon && (!slash || colon > slash))
    *colon = 0;
  return g_strdup_printf("%s@%s", plain, digest);
}

const char *cr_confidence_get_name(CrConfidence confidence)
{
  static const char *const names[] = {"guess", "likely", "certain"};
  return names[confidence];
}
