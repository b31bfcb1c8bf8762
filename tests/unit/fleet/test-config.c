/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet/config.h"

#include <string.h>

#include "fleet/window.h"

static CrFleetConfig *parse(const char *text, GError **error)
{
  return cr_fleet_config_parse(text, strlen(text), "careen.yaml", "/srv/shop", error);
}

/* ---- what CONTRACT.md shows ---- */

static void test_contract(void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(CrFleetConfig) config =
      parse("images:\n"
            "  shop/base:1: {build: ./base}\n"
            "  shop/web:4:  {build: {context: ./web, dockerfile: Dockerfile, args: {V: \"4\"}, network: host}}\n"
            "  postgres:16: {}\n"
            "containers: [shop-*]\n"
            "policy:\n"
            "  updates: security\n"
            "  hold: [linux-libc-dev]\n"
            "  window: \"Mon..Fri 02:00-05:00 Europe/Berlin\"\n"
            "  restart: auto\n"
            "notify: {mail: root, report: on-change}\n",
            &error);
  g_assert_no_error(error);
  g_assert_cmpuint(config->images->len, ==, 3);
  const CrImageConfig *base = config->images->pdata[0],
                      *web = cr_fleet_config_find_image(config, "docker.io/shop/web:4");
  g_assert_cmpstr(base->name, ==, "shop/base:1");
  g_assert_cmpstr(base->build->context, ==, "/srv/shop/base");
  g_assert_null(base->build->dockerfile);
  g_assert_nonnull(web);
  g_assert_cmpstr(web->build->context, ==, "/srv/shop/web");
  g_assert_cmpstr(web->build->dockerfile, ==, "/srv/shop/web/Dockerfile");
  g_assert_cmpstr(web->build->args[0], ==, "V=4");
  g_assert_null(web->build->args[1]);
  g_assert_cmpstr(web->build->network, ==, "host");
  g_assert_cmpuint(web->place.line, ==, 3);
  g_assert_null(cr_fleet_config_find_image(config, "postgres:16")->build);
  g_assert_null(cr_fleet_config_find_image(config, "postgres"));
  g_assert_cmpstr(config->containers[0], ==, "shop-*");
  g_assert_cmpint(config->policy->updates, ==, CR_WANTED_SECURITY);
  g_assert_cmpuint(config->policy->windows->len, ==, 1);
  g_assert_cmpuint(config->notify.targets->len, ==, 1);
  g_assert_cmpint(config->notify.report, ==, CR_REPORT_ON_CHANGE);
}

static void test_nothing(void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(CrFleetConfig) config = parse("fail-on: security # an option, not the fleet's\n", &error);
  g_assert_no_error(error);
  g_assert_cmpuint(config->images->len, ==, 0);
  g_assert_true(config->policy->rollback);
  g_assert_cmpuint(config->policy->maximum_at_once, ==, 4);
  g_assert_cmpuint(config->policy->keep_seconds, ==, 7 * 86400);
}

/* ---- policies ---- */

static void test_policies(void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(CrFleetConfig) config =
      parse("images:\n"
            "  own: {policy: {canary: yes, soak: 2m, actions: [patch]}}\n"
            "  named: {policy: careful}\n"
            "  other:\n"
            "policies:\n"
            "  careful: {canary: \"*-1\", cool-down: 3d, minimum: {severity: high, exploited: no}}\n"
            "policy: {updates: reached, gate: 5m, jitter: 1h, origins: \"o=Debian,l=Debian-Security\", keep: 0}\n",
            &error);
  g_assert_no_error(error);
  const CrPolicy *own = cr_fleet_config_find_image(config, "own")->policy;
  g_assert_cmpuint(own->soak_seconds, ==, 120);
  g_assert_cmpuint(own->gate_seconds, ==, 300); /* the fleet's, though that stands below */
  g_assert_true(own->patch);
  g_assert_false(own->rebuild);
  const CrPolicy *named = cr_fleet_config_find_image(config, "named")->policy;
  g_assert_cmpstr(named->name, ==, "careful");
  g_assert_cmpstr(named->canary, ==, "*-1");
  g_assert_null(own->canary); /* yes: the first by name */
  g_assert_cmpuint(named->cooldown_seconds, ==, 3 * 86400);
  g_assert_cmpint(named->minimum, ==, CR_SEVERITY_HIGH);
  g_assert_cmpint(named->updates, ==, CR_WANTED_REACHED);
  const CrPolicy *other = cr_fleet_config_find_image(config, "other")->policy;
  g_assert_true(other == config->policy);
  g_assert_cmpuint(other->keep_seconds, ==, 0);
  g_assert_cmpuint(other->jitter_seconds, ==, 3600);
  const CrOriginPattern *origin = other->origins->pdata[0];
  g_assert_cmpstr(origin->keys[0], ==, "origin");
  g_assert_cmpstr(origin->keys[1], ==, "label");
  g_assert_cmpstr(origin->patterns[1], ==, "Debian-Security");
}

/* `hold:` at the top is `careen patch --hold`, and every policy's too. */
static void test_hold(void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(CrFleetConfig) config = parse("images:\n"
                                          "  own: {policy: {hold: [tzdata, perl*]}}\n"
                                          "  named: {policy: careful}\n"
                                          "policies:\n"
                                          "  careful: {soak: 1m}\n"
                                          "policy: {hold: linux-*}\n"
                                          "hold: [\"perl*,shop/db\", openssl]\n",
                                          &error);
  g_assert_no_error(error);
  static const struct {
    const char *image, *hold;
  } rows[] = {{"own", "perl* shop/db openssl tzdata"}, {"named", "perl* shop/db openssl linux-*"}};
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    const CrPolicy *policy = cr_fleet_config_find_image(config, rows[i].image)->policy;
    g_autofree char *hold = g_strjoinv(" ", (char **)policy->hold);
    g_assert_cmpstr(hold, ==, rows[i].hold);
    g_assert_true(cr_policy_holds_image(policy, "shop/db:3"));
  }
}

static void test_notify(void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(CrFleetConfig) config =
      parse("notify:\n"
            "  mail: [root, ops@example.org]\n"
            "  webhook: {url: \"https://example.org/hook\", token-file: token, headers: [\"X-Team: shop\"]}\n"
            "  ntfy: https://ntfy.example.org/careen\n"
            "  command: [/usr/local/bin/tell, --now]\n"
            "  journal: yes\n"
            "  smtp: smtp://mail.example.org:587\n"
            "  report: only-on-error\n",
            &error);
  g_assert_no_error(error);
  g_autoptr(GString) kinds = g_string_new(NULL);
  for (guint i = 0; i < config->notify.targets->len; i++)
    g_string_append_printf(kinds, "%s ", ((const CrNotifyTarget *)config->notify.targets->pdata[i])->kind);
  g_assert_cmpstr(kinds->str, ==, "mail mail webhook ntfy command journal ");
  const CrNotifyTarget *hook = config->notify.targets->pdata[2];
  g_assert_cmpstr(hook->secret_file, ==, "/srv/shop/token");
  g_assert_cmpstr(hook->headers[0], ==, "X-Team: shop");
  g_assert_cmpint(config->notify.report, ==, CR_REPORT_ON_ERROR);
}

/* ---- what is wrong is named with its place; that of a list or map is its first element's ---- */

static const struct {
  const char *text, *place, *why;
} wrong[] = {
    {"images: []", "line 1, column 1", "'images' is a map"},
    {"images:\n  a/b:1: {bild: .}", "line 2, column 11", "unknown key 'bild' in 'a/b:1'"},
    {"images:\n  UPPER: {}", "line 2, column 3", "not the name of an image"},
    {"images:\n  a: {}\n  docker.io/library/a:latest: {}", "line 3, column 3", "is there twice"},
    {"images:\n  a: {build: {dockerfile: D}}", "line 2, column 15", "needs a context"},
    {"images:\n  a: {build: [x]}", "line 2, column 15", "'build' is a map"},
    {"images:\n  a: {policy: none}", "line 2, column 15", "there is no 'none'"},
    {"images:\n  a: {build: {context: ., args: {V: [1]}}}", "line 2, column 34", "NAME: VALUE"},
    {"policy:\n  updates: some", "line 2, column 12", "one of security, all, reached"},
    {"policy:\n  window: \"Mon 02:00\"", "line 2, column 11", "its end is missing"},
    {"policy:\n  window: [\"02:00-03:00\", \"02:00-03:00 Mars\"]", "line 2, column 27", "no such time zone"},
    {"policy:\n  soak: soon", "line 2, column 9", "a time such as"},
    {"policy:\n  soak: 30", "line 2, column 9", "a time such as"},
    {"policy:\n  soak: 99999999999d", "line 2, column 9", "a time such as"},
    {"policy:\n  canary: web one", "line 2, column 11", "the container that goes first, or yes"},
    {"policy:\n  canary: [web]", "line 2, column 12", "the container that goes first, or yes"},
    {"policy:\n  maximum-at-once: 0", "line 2, column 20", "a number from 1"},
    {"policy:\n  origins: [\"Debian\"]", "line 2, column 13", "not KEY=GLOB"},
    {"policy:\n  origins: [\"colour=red\"]", "line 2, column 13", "not KEY=GLOB"},
    {"policy:\n  actions: [reboot]", "line 2, column 13", "patch, rebuild and pull"},
    {"policy:\n  restart:", "line 2, column 3", "needs a value"},
    {"policy: yes", "line 1, column 9", "'policy' is a map"},
    {"policies:\n  a: {b: c}", "line 2, column 7", "unknown key 'b'"},
    {"notify:\n  mail: \"a b\"", "line 2, column 9", "not one address"},
    {"notify:\n  mail: -oQ/tmp", "line 2, column 9", "not one address"},
    {"notify:\n  webhook: ftp://x", "line 2, column 12", "http:// or https://"},
    {"notify:\n  webhook: {token-file: t}", "line 2, column 13", "needs a url"},
    {"notify:\n  webhook: {url: \"http://x\", headers: [\"no colon\"]}", "line 2, column 40", "Name: value"},
    {"notify:\n  smtp: mail.example.org", "line 2, column 9", "smtp://"},
    {"notify:\n  smtp: smtp://me@mail.example.org", "line 2, column 9", "smtp://"},
    {"notify:\n  smtp: smtp://", "line 2, column 9", "smtp://"},
    {"notify:\n  smtp: {url: smtp://a, user: me}", "line 2, column 10", "both user and password-file"},
    {"notify:\n  smtp: {user: me, password-file: p}", "line 2, column 10", "needs a url"},
    {"notify:\n  report: never", "line 2, column 11", "always, only-on-error, on-change"},
    {"containers: {a: b}", "line 1, column 14", "is a list"},
    {"compose:", "line 1, column 1", "needs a value"},
    {"- a", "line 1, column 3", "not a map"},
    {"images: {}\n---\npolicy: {hold: [x]}", "line 3, column 1", "a second document begins here"},
    {"---\n---\n- a", "line 3, column 3", "a second document begins here"},
    {"hold: {a: b}", "line 1, column 8", "'hold' is a list"},
};

static void test_wrong(void)
{
  for (guint i = 0; i < G_N_ELEMENTS(wrong); i++) {
    g_autoptr(GError) error = NULL;
    g_test_message("%s", wrong[i].text);
    g_assert_null(parse(wrong[i].text, &error));
    g_assert_error(error, CR_ERROR, CR_ERROR_USAGE);
    if (!strstr(error->message, wrong[i].place) || !strstr(error->message, wrong[i].why))
      g_error("'%s' does not say '%s' and '%s'", error->message, wrong[i].place, wrong[i].why);
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/fleet/config/contract", test_contract);
  g_test_add_func("/fleet/config/nothing", test_nothing);
  g_test_add_func("/fleet/config/policies", test_policies);
  g_test_add_func("/fleet/config/hold", test_hold);
  g_test_add_func("/fleet/config/notify", test_notify);
  g_test_add_func("/fleet/config/wrong", test_wrong);
  return g_test_run();
}
