/* SPDX-License-Identifier: Apache-2.0 */
/* careen policy test: what a policy would decide. */
#include "base/error.h"
#include "cli/fleet-look.h"
#include "fleet/policy-test.h"

#include <string.h>

/* "2026-11-30T02:00", local time unless it says else; NULL: now. */
static gboolean parse_at(const char *text, gint64 now, gint64 *at, GError **error)
{
  g_autoptr(GTimeZone) local = g_time_zone_new_local();
  g_autofree char *whole = text ? g_strdup(text) : NULL;
  if (whole && strlen(whole) == strlen("2026-11-30T02:00")) {
    g_free(whole);
    whole = g_strconcat(text, ":00", NULL);
  }
  g_autoptr(GDateTime) time = whole ? g_date_time_new_from_iso8601(whole, local) : NULL;
  *at = time ? g_date_time_to_unix(time) : now;
  if (time || !text)
    return TRUE;
  g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot use --at '%s': it is a time such as 2026-11-30T02:00", text);
  return FALSE;
}

static void test_image(CrPolicyTest *test, const CrLook *look, const CrCall *call, const CrFleetImage *image,
                       const char *name, const CrPolicy *policy)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(CrScan) scan = cr_look_scan(look, call->settings, image ? image->source : name, &error);
  cr_policy_test_add(test, image, image ? image->name : name, policy, scan, error);
}

/* Names of the fleet are judged by its policies; any other IMAGE by the fleet's. */
static void test_all(CrPolicyTest *test, const CrLook *look, const CrCall *call, const CrFleet *fleet)
{
  gboolean asks_fleet = !*call->arguments;
  for (guint i = 0; call->arguments[i]; i++) {
    const CrFleetImage *image = cr_fleet_find_image(fleet, call->arguments[i]);
    asks_fleet = asks_fleet || image;
    test_image(test, look, call, image, call->arguments[i], image ? image->policy : fleet->config->policy);
  }
  for (guint i = 0; !*call->arguments && i < fleet->images->len; i++) {
    const CrFleetImage *image = fleet->images->pdata[i];
    if (image->ours || image->containers->len)
      test_image(test, look, call, image, image->name, image->policy);
  }
  if (asks_fleet) /* of an image beside it nothing hangs on a daemon */
    cr_problems_add_all(test->problems, fleet->problems);
}

static int run(const CrCall *call, GError **error)
{
  gint64 at = 0;
  if (!parse_at(call->settings->at, g_get_real_time() / G_USEC_PER_SEC, &at, error))
    return -1;
  g_autoptr(CrFleetLook) it = cr_fleet_look_new(call->settings, NULL, CR_FLEET_LOOK_REGISTRIES, error);
  if (!it)
    return -1;
  g_autoptr(CrPolicyTest) test = cr_policy_test_new(at);
  test_all(test, it->look, call, it->fleet);
  cr_problems_sort(test->problems);
  g_autoptr(CrReport) report = cr_look_report_new(call);
  if (cr_look_wants_json(call))
    cr_policy_test_write_json(test, report);
  else
    cr_policy_test_write_table(test, report);
  if (!cr_look_flush(call, report, error))
    return -1;
  return cr_problems_are_complete(test->problems) ? 0 : 3;
}

static const CrExample examples[] = {
    {"careen policy test", "for every image of the fleet: which updates the policy wants, and by which rule"},
    {"careen policy test --at 2026-11-30T02:30 shop/web:4", "would it act then?"},
    {"careen policy test -f json web.tar | jq '.images[].updates'", "an image without a daemon"},
    {NULL, NULL},
};

const CrCommand cr_command_policy_test = {
    .name = "policy test",
    .arguments = "[IMAGE…]",
    .max = 100,
    .summary = "what a policy would decide, and by which rule",
    .description =
        "For each image say which pending updates the policy of careen.yaml wants, which it does not, and the rule "
        "that "
        "decided; whether it may act at that time, and when its window opens next; which containers would be "
        "re-created. Nothing is changed.\n\n"
        "IMAGE is one of the fleet, or any other: that is judged by the fleet's policy.",
    .examples = examples,
    .run = run,
};
