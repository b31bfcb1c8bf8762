/* SPDX-License-Identifier: Apache-2.0 */
/* Which version of the Engine API an engine is asked in: the newest that both it and careen know, decided once when it
 * is opened (container/daemon.h). What an engine says and takes differs from one version to the next; every such
 * difference that careen minds is a name here, with the source
 * (docs.docker.com/reference/api/engine/version-history). Versions are numbers: 1.41 is 141.
 *
 * Reading an image alone (image/source.h) names no version: what it asks is the same in all of them, so that a scan
 * works with an engine that is too new to be acted on. */
#pragma once
#include <glib.h>

/* The newest that careen was written for. */
#define CR_ENGINE_API_NEWEST 156U

/* From this version on … */
typedef enum {
  CR_ENGINE_API_ENDPOINTS = 144,    /* create takes every network, and a MAC address belongs to one of them */
  CR_ENGINE_API_GW_PRIORITY = 148,  /* an endpoint may have one */
  CR_ENGINE_API_ENDPOINT_MAC = 152, /* Config.MacAddress is neither said nor taken any more */
} CrEngineApiChange;

/* "1.41" is 141; 0: not a version. */
guint cr_engine_api_parse(const char *text);
/* "1.41" of 141. Free with g_free. */
char *cr_engine_api_format(guint api);
/* The version to ask the engine at NAME ("Docker at 'unix:///run/docker.sock'") in, of what its /version says: NEWEST
 * (ApiVersion) and OLDEST (MinAPIVersion; NULL: not said, as of engines before 1.25). 0 with CR_ERROR_ENVIRONMENT: it
 * does not say, or it knows none that careen knows. */
guint cr_engine_api_choose(const char *name, const char *newest, const char *oldest, GError **error);
