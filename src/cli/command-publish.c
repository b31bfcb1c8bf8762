/* SPDX-License-Identifier: Apache-2.0 */
/* careen __publish: what careen-publish@.service runs, with a connection of careen-publish.socket as its stdin. It has
 * the login that writes; who connects has made an image (image/handover.h). */
#include <unistd.h>

#include "base/error.h"
#include "cli/command.h"
#include "fleet/config.h"
#include "image/publisher.h"

/* The other side may have to fetch a layer before it can send it on. */
#define WAIT_MS 900000U

static char **list_names(const CrFleetConfig *config)
{
  g_autoptr(GStrvBuilder) names = g_strv_builder_new();
  for (guint i = 0; i < config->images->len; i++) {
    const CrImageConfig *image = config->images->pdata[i];
    if (image->push)
      g_strv_builder_add(names, image->push);
  }
  return g_strv_builder_end(names);
}

static int run(const CrCall *call, GError **error)
{
  const CrSettings *settings = call->settings;
  g_autoptr(CrFleetConfig) config = cr_fleet_config_load(settings->config, error);
  if (!config)
    return -1;
  g_auto(GStrv) names = list_names(config);
  CrSourceOptions source = {.plain_http = settings->plain_http, .ca_file = settings->ca_file};
  CrPublisherOptions options = {.source = &source, .names = (CrStrv)names, .wait_ms = WAIT_MS};
  return cr_publisher_serve(STDIN_FILENO, &options, error) ? 0 : -1;
}

const CrCommand cr_command_publish = {
    .name = "__publish",
    .hidden = TRUE,
    .summary = "write to a registry what another unit made",
    .description = "For careen-publish@.service: an image comes by the socket that is stdin.",
    .run = run,
};
