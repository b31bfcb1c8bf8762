/* SPDX-License-Identifier: Apache-2.0 */
/* What an engine is told, by API version. The inspects are written from the engines' documentation and from what real
 * ones of 1.41 said; those of 1.44 and later are from documentation alone. */
#include "container/recreate.h"

#include <string.h>

#define ID    "0123456789ab0123456789ab0123456789ab0123456789ab0123456789abcdef"
#define SHORT "0123456789ab"

typedef struct {
  CrJsonDoc *container, *old_image, *new_image, *networks, *changes, *libpod, *body;
  CrRecreateRequest request;
  CrRecreation *out;
} Case;

static CrJsonDoc *parse(const char *text, const CrJson **root)
{
  g_autoptr(GError) error = NULL;
  CrJsonDoc *doc = text ? cr_json_parse(text, strlen(text), "test", &error) : NULL;
  g_assert_no_error(error);
  *root = doc ? cr_json_get_root(doc) : NULL;
  return doc;
}

/* TEXT is CONTAINER with ' for ". */
static Case *case_new(const char *container, const char *old_image, const char *new_image, guint api)
{
  Case *it = g_new0(Case, 1);
  const char *const texts[] = {container, old_image, new_image, "[]"};
  CrJsonDoc **docs[] = {&it->container, &it->old_image, &it->new_image, &it->changes};
  const CrJson **roots[] = {&it->request.container, &it->request.old_image, &it->request.new_image,
                            &it->request.changes};
  for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
    g_autofree char *text = g_strdelimit(g_strdup(texts[i]), "'", '"');
    *docs[i] = parse(text, roots[i]);
  }
  it->request.image = "app:1";
  it->request.new_image_id = "sha256:new";
  it->request.api = api;
  it->request.default_runtime = "runc";
  return it;
}

static const CrJson *case_run(Case *it)
{
  g_autoptr(GError) error = NULL;
  const CrJson *root = NULL;
  it->out = cr_recreation_new(&it->request, &error);
  g_assert_no_error(error);
  it->body = parse(it->out->body, &root);
  return root;
}

static void case_free(Case *it)
{
  cr_json_doc_free(it->container);
  cr_json_doc_free(it->old_image);
  cr_json_doc_free(it->new_image);
  cr_json_doc_free(it->networks);
  cr_json_doc_free(it->changes);
  cr_json_doc_free(it->libpod);
  cr_json_doc_free(it->body);
  cr_recreation_free(it->out);
  g_free(it);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Case, case_free)

static void assert_json(const CrJson *node, const char *expected)
{
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(FALSE);
  g_autofree char *text = g_strdelimit(g_strdup(expected), "'", '"');
  cr_json_node(writer, node);
  g_assert_cmpstr(cr_json_writer_get_text(writer, NULL), ==, text);
}

static const CrJson *find(const CrJson *node, const char *path)
{
  g_auto(GStrv) names = g_strsplit(path, "/", -1);
  for (guint i = 0; names[i]; i++)
    node = cr_json_find(node, names[i]);
  return node;
}

static const char *get_why(const Case *it)
{
  const char *why = NULL;
  return cr_recreation_is_allowed(it->out, &why) ? NULL : why;
}

/* ---- networks ---- */

#define WIRED(MAC)                                                                                                     \
  "{'Id':'" ID "','Name':'/web','Config':{'Hostname':'" SHORT "','MacAddress':'" MAC "'},"                             \
  "'HostConfig':{'NetworkMode':'front'},'NetworkSettings':{'Networks':{"                                               \
  "'front':{'NetworkID':'f1','Aliases':['web','" SHORT "'],'IPAMConfig':{'IPv4Address':'10.0.0.9'},"                   \
  "'IPAddress':'10.0.0.9','MacAddress':'02:42:0a:00:00:09','EndpointID':'e','Gateway':'10.0.0.1','GwPriority':5},"     \
  "'back':{'NetworkID':'b1','Aliases':['" SHORT "'],'IPAddress':'10.0.1.9','MacAddress':'02:42:0a:00:01:09',"          \
  "'DNSNames':['web']}}}}"
#define IMAGE "{'Config':{}}"

static void test_one_network_in_create(gconstpointer data)
{
  g_autoptr(Case) it = case_new(WIRED("02:42:ac:11:65:43"), IMAGE, IMAGE, GPOINTER_TO_UINT(data));
  const CrJson *body = case_run(it);
  assert_json(find(body, "NetworkingConfig/EndpointsConfig"),
              "{'front':{'IPAMConfig':{'IPv4Address':'10.0.0.9'},'Aliases':['web']}}");
  assert_json(find(body, "MacAddress"), "'02:42:ac:11:65:43'");
  g_assert_cmpuint(it->out->connects->len, ==, 1);
  const CrRecreateConnect *connect = it->out->connects->pdata[0];
  g_assert_cmpstr(connect->network, ==, "b1");
  g_assert_cmpstr(connect->body, ==, "{\"EndpointConfig\":{}}");
}

static void test_all_networks_in_create(void)
{
  static const struct {
    guint api;
    const char *mac, *expected;
  } rows[] = {
      {144, "02:42:ac:11:65:43",
       "{'front':{'IPAMConfig':{'IPv4Address':'10.0.0.9'},'Aliases':['web'],'MacAddress':'02:42:ac:11:65:43'},'back':{}"
       "}"},
      {144, "", "{'front':{'IPAMConfig':{'IPv4Address':'10.0.0.9'},'Aliases':['web']},'back':{}}"},
      {151, "", "{'front':{'IPAMConfig':{'IPv4Address':'10.0.0.9'},'GwPriority':5,'Aliases':['web']},'back':{}}"},
      {152, "", "{'front':{'IPAMConfig':{'IPv4Address':'10.0.0.9'},'GwPriority':5,'Aliases':['web']},'back':{}}"},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(Case) it = case_new(*rows[i].mac ? WIRED("02:42:ac:11:65:43") : WIRED(""), IMAGE, IMAGE, rows[i].api);
    const CrJson *body = case_run(it);
    assert_json(find(body, "NetworkingConfig/EndpointsConfig"), rows[i].expected);
    g_assert_null(find(body, "MacAddress"));
    g_assert_cmpuint(it->out->connects->len, ==, 0);
  }
}

/* From 1.52 on the endpoint alone says a configured one; a generated one is known by its form. */
static void test_mac_of_the_endpoint(void)
{
  g_autoptr(Case) it = case_new("{'Id':'" ID "','Config':{},'HostConfig':{'NetworkMode':'front'},'NetworkSettings':{"
                                "'Networks':{'front':{'IPAddress':'10.0.0.9','MacAddress':'92:d0:c6:0a:29:33'}}}}",
                                IMAGE, IMAGE, 152);
  assert_json(find(case_run(it), "NetworkingConfig/EndpointsConfig"), "{'front':{'MacAddress':'92:d0:c6:0a:29:33'}}");
}

/* The second network's can only be read from the endpoint. */
static void test_mac_of_the_second(void)
{
  for (guint api = 143; api < 146; api++) {
    g_autoptr(Case) it =
        case_new("{'Id':'" ID "','Config':{},'HostConfig':{'NetworkMode':'front'},'NetworkSettings':{'Networks':{"
                 "'front':{'IPAddress':'10.0.0.9','MacAddress':'92:d0:c6:0a:29:33'},"
                 "'back':{'IPAddress':'10.0.1.9','MacAddress':'00:16:3e:00:00:01'}}}}",
                 IMAGE, IMAGE, api);
    assert_json(find(case_run(it), "NetworkingConfig/EndpointsConfig"),
                api < 144 ? "{'front':{}}" : "{'front':{},'back':{'MacAddress':'00:16:3e:00:00:01'}}");
  }
}

static guint count_unknown_macs(const Case *it)
{
  guint count = 0;
  for (guint i = 0; i < cr_problems_get_count(it->out->problems); i++)
    count += strstr(cr_problems_get(it->out->problems, i)->what, "was set or drawn by the engine") != NULL;
  return count;
}

/* From 1.52 on an older version's inspect tells the first network's, and Docker's own record that of each; "" is none.
 */
static void test_mac_as_it_was_wished(void)
{
  static const struct {
    guint api;
    const char *first, *kept, *expected;
    guint unknown; /* networks of which it cannot be told */
  } rows[] = {
      {152, "", NULL, "{'front':{},'back':{'MacAddress':'86:50:e3:87:6c:09'}}", 1},
      {152, "92:d0:c6:0a:29:33", NULL,
       "{'front':{'MacAddress':'92:d0:c6:0a:29:33'},'back':{'MacAddress':'86:50:e3:87:6c:09'}}", 1},
      {152, NULL, NULL, "{'front':{'MacAddress':'5a:3d:3b:3c:8e:7d'},'back':{'MacAddress':'86:50:e3:87:6c:09'}}", 2},
      {152, NULL, "{'front':{'DesiredMacAddress':''},'back':{'DesiredMacAddress':''}}", "{'front':{},'back':{}}", 0},
      {151, NULL, "{'front':{'DesiredMacAddress':''},'back':{'DesiredMacAddress':''}}", "{'front':{},'back':{}}", 0},
      {144, NULL, "{'back':{'DesiredMacAddress':'86:50:e3:87:6c:09'}}",
       "{'front':{},'back':{'MacAddress':'86:50:e3:87:6c:09'}}", 0},
      {144, NULL, "{'back':{'DesiredMacAddress':7}}", "{'front':{},'back':{'MacAddress':'86:50:e3:87:6c:09'}}", 0},
      {144, NULL, "{}", "{'front':{},'back':{'MacAddress':'86:50:e3:87:6c:09'}}", 0},
      {148, NULL, "{}", "{'front':{},'back':{'MacAddress':'86:50:e3:87:6c:09'}}", 1},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(Case) it =
        case_new("{'Id':'" ID "','Config':{},'HostConfig':{'NetworkMode':'front'},'NetworkSettings':{'Networks':{"
                 "'front':{'IPAddress':'10.0.0.9','MacAddress':'5a:3d:3b:3c:8e:7d'},"
                 "'back':{'IPAddress':'10.0.1.9','MacAddress':'86:50:e3:87:6c:09'}}}}",
                 IMAGE, IMAGE, rows[i].api);
    g_autofree char *kept = rows[i].kept ? g_strdelimit(g_strdup(rows[i].kept), "'", '"') : NULL;
    g_test_message("1.%u %s %s", rows[i].api - 100, rows[i].first, rows[i].kept);
    it->request.first_mac = rows[i].first;
    it->networks = parse(kept, &it->request.kept);
    assert_json(find(case_run(it), "NetworkingConfig/EndpointsConfig"), rows[i].expected);
    g_assert_cmpuint(count_unknown_macs(it), ==, rows[i].unknown);
  }
}

static void test_no_network_of_its_own(void)
{
  static const char *const modes[] = {"host", "none", ("container:" ID)};
  for (guint i = 0; i < G_N_ELEMENTS(modes); i++) {
    g_autofree char *text =
        g_strdup_printf("{'Id':'" ID "','Config':{'Hostname':'" SHORT "','ExposedPorts':{'80/tcp':{}}},"
                        "'HostConfig':{'NetworkMode':'%s','Dns':['1.1.1.1'],'ExtraHosts':['a:1.1.1.1'],"
                        "'PortBindings':{}},'NetworkSettings':{'Networks':{}}}",
                        modes[i]);
    g_autoptr(Case) it = case_new(text, IMAGE, IMAGE, 144);
    const CrJson *body = case_run(it);
    g_assert_null(find(body, "NetworkingConfig"));
    g_assert_null(find(body, "Hostname"));
    if (strcmp(modes[i], "host") == 0 || strcmp(modes[i], "none") == 0)
      continue;
    g_assert_null(find(body, "ExposedPorts"));
    g_assert_null(find(body, "HostConfig/Dns"));
    g_assert_null(find(body, "HostConfig/ExtraHosts"));
    g_assert_null(find(body, "HostConfig/PortBindings"));
  }
}

static void test_names_of_others(void)
{
  g_autoptr(Case) it = case_new("{'Id':'" ID "','Config':{},'HostConfig':{'NetworkMode':'container:" ID
                                "','IpcMode':'container:" ID "','VolumesFrom':['" SHORT ":ro','kept'],"
                                "'Links':['/db:/web/alias','/plain:/web/plain','/first.old-0123456789ab:/web/one'],"
                                "'Runtime':'runc','Unknown':{'a':[1.5]}}}",
                                IMAGE, IMAGE, 141);
  g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);
  g_hash_table_insert(names, (gpointer)ID, (gpointer) "first");
  g_hash_table_insert(names, (gpointer) "first.old-0123456789ab", (gpointer) "first");
  it->request.names = names;
  const CrJson *body = case_run(it);
  assert_json(find(body, "HostConfig/NetworkMode"), "'container:first'");
  assert_json(find(body, "HostConfig/IpcMode"), "'container:first'");
  assert_json(find(body, "HostConfig/VolumesFrom"), "['first:ro','kept']");
  assert_json(find(body, "HostConfig/Links"), "['db:alias','plain:plain','first:one']");
  assert_json(find(body, "HostConfig/Unknown"), "{'a':[1.5]}");
  g_assert_null(find(body, "HostConfig/Runtime"));
}

/* ---- what the image set, and what the user did ---- */

static void test_parts_of_config(void)
{
  static const struct {
    const char *what, *container, *old_image, *member, *expected; /* NULL: not said */
  } rows[] = {
      {"the image's", "'User':'app'", "'User':'app'", "User", NULL},
      {"the user's", "'User':'me'", "'User':'app'", "User", "'me'"},
      {"environment", "'Env':['A=1','B=2','C=']", "'Env':['A=1','B=1']", "Env", "['B=2','C=']"},
      {"labels", "'Labels':{'a':'1','b':'2'}", "'Labels':{'a':'1','b':'1'}", "Labels", "{'b':'2'}"},
      {"both the image's", "'Entrypoint':['/e'],'Cmd':['c']", "'Entrypoint':['/e'],'Cmd':['c']", "Cmd", NULL},
      {"the command", "'Entrypoint':['/e'],'Cmd':['d']", "'Entrypoint':['/e'],'Cmd':['c']", "Cmd", "['d']"},
      {"the entrypoint, and with it the command", "'Entrypoint':['/x'],'Cmd':['c']", "'Entrypoint':['/e'],'Cmd':['c']",
       "Cmd", "['c']"},
      {"the image's entrypoint said by the user", "'Entrypoint':['/e'],'Cmd':null", "'Entrypoint':['/e'],'Cmd':['c']",
       "Entrypoint", "['/e']"},
      {"no entrypoint", "'Entrypoint':null,'Cmd':['c']", "'Entrypoint':['/e'],'Cmd':['c']", "Entrypoint", "['']"},
      {"health check, a part", "'Healthcheck':{'Test':['CMD','x'],'Interval':5,'StartInterval':7}",
       "'Healthcheck':{'Test':['CMD','x'],'Interval':5}", "Healthcheck", "{'StartInterval':7}"},
      {"health check, the image's", "'Healthcheck':{'Test':['CMD','x']}", "'Healthcheck':{'Test':['CMD','x']}",
       "Healthcheck", NULL},
      {"no health check", "'Healthcheck':{'Test':['NONE']}", "'Healthcheck':{'Test':['CMD','x']}", "Healthcheck",
       "{'Test':['NONE']}"},
      {"signal by number", "'StopSignal':'3'", "'StopSignal':'SIGQUIT'", "StopSignal", NULL},
      {"another signal", "'StopSignal':'SIGINT'", "'StopSignal':'SIGQUIT'", "StopSignal", "'SIGINT'"},
      {"time to stop", "'StopTimeout':3", "'StopTimeout':3", "StopTimeout", "3"},
      {"ports", "'ExposedPorts':{'80/tcp':{},'81/tcp':{}}", "'ExposedPorts':{'80/tcp':{}}", "ExposedPorts",
       "{'81/tcp':{}}"},
      {"volumes", "'Volumes':{'/a':{},'/b':{}}", "'Volumes':{'/a':{}}", "Volumes", "{'/b':{}}"},
      {"its id as a name", "'Hostname':'" SHORT "'", "", "Hostname", NULL},
      {"a name", "'Hostname':'web'", "", "Hostname", "'web'"},
      {"domain", "'Domainname':'example.org'", "", "Domainname", "'example.org'"},
      {"what nobody knows", "'New':{'x':[null]}", "", "New", "{'x':[null]}"},
      {"Compose's image", "'Labels':{'com.docker.compose.image':'sha256:old'}", "", "Labels",
       "{'com.docker.compose.image':'sha256:new'}"},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_test_message("%s", rows[i].what);
    g_autofree char *container = g_strdup_printf("{'Id':'" ID "','Config':{%s},'HostConfig':{}}", rows[i].container);
    g_autofree char *image = g_strdup_printf("{'Config':{%s}}", rows[i].old_image);
    g_autoptr(Case) it = case_new(container, image, IMAGE, 141);
    const CrJson *member = find(case_run(it), rows[i].member);
    if (rows[i].expected)
      assert_json(member, rows[i].expected);
    else
      g_assert_null(member);
    g_assert_null(get_why(it));
  }
}

/* One made from an id says what it follows; one that never had a name does not. */
static void test_followed(void)
{
  static const struct {
    const char *what, *image, *labels, *new_image, *expected;
  } rows[] = {
      {"by its name", "app:1", "{}", "app:1", "{}"},
      {"by an id", "app:1", "{}", "sha256:new", "{'careen.image':'app:1'}"},
      {"again by an id", "sha256:old", "{'careen.image':'app:1'}", "sha256:new", "{'careen.image':'app:1'}"},
      {"never had a name", "sha256:old", "{}", "sha256:new", "{}"},
      {"its owner's word", "app:1", "{'careen.image':'other:1'}", "sha256:new", "{'careen.image':'other:1'}"},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_test_message("%s", rows[i].what);
    g_autofree char *container =
        g_strdup_printf("{'Id':'" ID "','Image':'sha256:old','Config':{'Image':'%s','Labels':%s},'HostConfig':{}}",
                        rows[i].image, rows[i].labels);
    g_autoptr(Case) it = case_new(container, IMAGE, IMAGE, 141);
    it->request.image = rows[i].new_image;
    assert_json(find(case_run(it), "Labels"), rows[i].expected);
  }
}

static void test_old_image_is_gone(void)
{
  for (guint podman = 0; podman < 2; podman++) {
    g_autoptr(Case) it = case_new("{'Id':'" ID "','Config':{'Env':['A=1'],'Cmd':['c'],'Hostname':'" SHORT "'},"
                                  "'HostConfig':{}}",
                                  "null", "{'Config':{'Env':['A=2'],'Cmd':['d']}}", 141);
    it->request.old_image = NULL;
    it->request.podman = podman;
    const CrJson *libpod = NULL;
    it->libpod = parse("{}", &libpod);
    it->request.libpod = libpod;
    const CrJson *body = case_run(it);
    assert_json(find(body, "Env"), "['A=1']");
    assert_json(find(body, "Cmd"), "['c']");
    g_assert_null(find(body, "Hostname"));
    g_assert_null(get_why(it));
    g_assert_cmpuint(cr_problems_get_count(it->out->problems), ==, 1);
    const CrProblem *problem = cr_problems_get(it->out->problems, 0);
    g_assert_cmpint(problem->kind, ==, CR_PROBLEM_PARTIAL);
    g_assert_true(g_str_has_prefix(problem->what, podman ? "Podman no longer has" : "Docker no longer has"));
  }
}

/* ---- volumes ---- */

static void test_volumes_keep_their_names(void)
{
  g_autoptr(Case) it = case_new(
      "{'Id':'" ID "','Config':{'Volumes':{'/a':{},'/t':{}}},'HostConfig':{'Binds':['named:/n:ro','/h:/b','/s'],"
      "'Tmpfs':{'/t':''},'Mounts':[{'Type':'volume','Target':'/m/'},{'Type':'tmpfs','Target':'/y'}]},"
      "'Mounts':[{'Type':'volume','Name':'v1','Destination':'/a','RW':true},"
      "{'Type':'volume','Name':'v2','Destination':'/ro','RW':false},"
      "{'Type':'volume','Name':'named','Destination':'/n','RW':false},"
      "{'Type':'volume','Name':'v3','Destination':'/m','RW':true},"
      "{'Type':'volume','Name':'v4','Destination':'/s','RW':true},"
      "{'Type':'volume','Name':'v5','Destination':'/odd:path','RW':true},"
      "{'Type':'volume','Name':'v6','Destination':'/shared','RW':true},"
      "{'Type':'bind','Source':'/h','Destination':'/b'}]}",
      IMAGE, "{'Config':{'Volumes':{'/a':{},'/new':{}}}}", 141);
  g_autoptr(GHashTable) shared = g_hash_table_new(g_str_hash, g_str_equal);
  g_hash_table_add(shared, (gpointer) "v6:/shared");
  it->request.shared = shared;
  const CrJson *body = case_run(it);
  assert_json(find(body, "HostConfig/Binds"), "['named:/n:ro','/h:/b','v4:/s','v1:/a','v2:/ro:ro']");
  assert_json(find(body, "HostConfig/Mounts"),
              "[{'Type':'volume','Target':'/m/','Source':'v3'},{'Type':'tmpfs','Target':'/y'},"
              "{'Type':'volume','Source':'v5','Target':'/odd:path','ReadOnly':false}]");
  assert_json(find(body, "Volumes"), "{}");
  gboolean new_one = FALSE;
  for (guint i = 0; i < it->out->expected->len; i++) {
    g_assert_cmpstr(it->out->expected->pdata[i], !=, "Mounts[/a]");
    new_one = new_one || !strcmp(it->out->expected->pdata[i], "Mounts[/new]");
  }
  g_assert_true(new_one);
}

/* Docker 28.5.2 says where it unpacked an image that is mounted: for the next container elsewhere. */
static void test_mounted_image(void)
{
#define MOUNTED(WHERE)                                                                                                 \
  "{'Id':'" ID "','Config':{},'HostConfig':{'Mounts':[{'Type':'image','Source':'other:1','Target':'/im',"              \
  "'ImageOptions':{'Subpath':'etc'}}],'Umask':'0027'},'Mounts':[{'Type':'image','Name':'other:1','Source':"            \
  "'/var/lib/docker/overlay2/" WHERE "/merged','Destination':'/im','Mode':'','RW':false,'Propagation':'rprivate'}]}"
  g_autoptr(Case) it = case_new(MOUNTED("0"), IMAGE, MOUNTED("1"), 156);
  const CrJson *body = case_run(it);
  assert_json(find(body, "HostConfig/Mounts"),
              "[{'Type':'image','Source':'other:1','Target':'/im','ImageOptions':{'Subpath':'etc'}}]");
  assert_json(find(body, "HostConfig/Umask"), "'0027'"); /* from API 1.56 on */
  g_assert_null(cr_recreation_compare(it->out, it->request.container, it->request.new_image));
}

/* ---- what is refused ---- */

static void test_writable_layer(void)
{
  static const struct {
    const char *changes, *labels, *why;
    gboolean injected;
  } rows[] = {
      {"[]", "{}", NULL, FALSE},
      {"[{'Path':'/tmp/x','Kind':1},{'Path':'/run/p.pid','Kind':1},{'Path':'/root/.bash_history','Kind':1},"
       "{'Path':'/usr/lib/a.pyc','Kind':1},{'Path':'/etc/hosts','Kind':0}]",
       "{}", NULL, FALSE},
      {"[{'Path':'/data','Kind':1},{'Path':'/data/db','Kind':1}]", "{}", NULL, FALSE}, /* a volume is there */
      {"[{'Path':'/app','Kind':0},{'Path':'/app/db','Kind':1,'Mtime':'2020-01-01T00:00:00Z'}]", "{}",
       "'/app/db' would be lost", FALSE},
      {"[{'Path':'/app','Kind':0},{'Path':'/app-x','Kind':1,'Mode':2147484141},{'Path':'/app/db','Kind':1}]", "{}",
       "'/app/db' would be lost", FALSE},
      {"[{'Path':'/app/db','Kind':1}]", "{'careen.layer':'disposable'}", NULL, FALSE},
      {"[{'Path':'/etc/app.conf','Kind':0,'Mtime':'2026-01-01T00:00:30Z'}]", "{}", NULL, FALSE}, /* its start's */
      {"[{'Path':'/etc/app.conf','Kind':0,'Mtime':'2026-01-01T00:00:30Z'}]", "{}", "'/etc/app.conf' would be lost",
       TRUE},
      {"[{'Path':'/etc/app.conf','Kind':0,'Mtime':'2026-02-01T00:00:30.5Z'}]", "{}", NULL, TRUE},
      {"[{'Path':'/run/secrets/key','Kind':1,'Mtime':'2026-01-01T00:00:30Z'}]", "{}",
       "'/run/secrets/key' would be lost", FALSE},
      {"[{'Path':'/bin/ls','Kind':2}]", "{}", NULL, FALSE},
      {"[{'Path':7},{'Kind':1},3,null,{'Path':''},{'Path':'relative','Kind':1}]", "{}", NULL, FALSE},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_test_message("%s", rows[i].changes);
    g_autofree char *container =
        g_strdup_printf("{'Id':'" ID "','Created':'2026-01-01T00:00:00Z','State':{'StartedAt':'2026-02-01T00:00:00Z'},"
                        "'Config':{'Labels':%s},'HostConfig':{},'Mounts':[{'Type':'bind','Destination':'/data'}]}",
                        rows[i].labels);
    g_autoptr(Case) it = case_new(container, IMAGE, IMAGE, 141);
    g_autofree char *text = g_strdelimit(g_strdup(rows[i].changes), "'", '"');
    const CrJson *changes = NULL;
    it->networks = parse(text, &changes);
    it->request.changes = changes;
    it->request.injected = rows[i].injected;
    case_run(it);
    const char *why = get_why(it);
    if (rows[i].why)
      g_assert_true(why && g_str_has_prefix(why, rows[i].why));
    else
      g_assert_null(why);
  }
}

static void test_refused(void)
{
  g_autoptr(Case) removed = case_new("{'Id':'" ID "','Config':{},'HostConfig':{'AutoRemove':true}}", IMAGE, IMAGE, 141);
  case_run(removed);
  g_assert_true(strstr(get_why(removed), "--rm") != NULL);
  g_autoptr(Case) blind = case_new("{'Id':'" ID "','Config':{},'HostConfig':{}}", IMAGE, IMAGE, 141);
  blind->request.changes = NULL;
  case_run(blind);
  g_assert_false(cr_problems_are_complete(blind->out->problems));
}

/* Compose's config-hash: written as Compose was asked for it; where it could not be asked that is said. */
static void test_compose_hash(void)
{
  for (guint known = 0; known < 2; known++) {
    g_autoptr(Case) it = case_new("{'Id':'" ID "','Config':{'Labels':{'com.docker.compose.version':'2.26.1',"
                                  "'com.docker.compose.config-hash':'old'}},'HostConfig':{}}",
                                  IMAGE, IMAGE, 141);
    it->request.compose_stale = TRUE;
    it->request.compose_hash = known ? "new" : NULL;
    const CrJson *labels = find(case_run(it), "Labels");
    g_assert_cmpstr(cr_json_find_string(labels, "com.docker.compose.config-hash", NULL), ==, known ? "new" : "old");
    g_assert_cmpuint(cr_problems_get_count(it->out->problems), ==, !known);
  }
}

/* Options of `podman run` end at the image. */
static void test_podman_command(void)
{
  static const struct {
    const char *words, *why, *ip;
  } rows[] = {
      {"'podman','run','-d','--ip','10.0.0.7','--name','x','img'", NULL, "10.0.0.7"},
      {"'podman','run','-d','img','server','--ip','0.0.0.0','--tz=UTC'", NULL, NULL},
      {"'podman','--root','/r','container','create','--ip=10.0.0.8','img'", NULL, "10.0.0.8"},
      {"'podman','run','-dit','-p80:80','-v','/a:/b:ro','img'", NULL, NULL},
      {"'podman','run','-v','/a:/b:U','img'", "it was made with -v", NULL},
      {"'podman','run','--mount','type=image,source=x,target=/y','img'", "it was made with --mount", NULL},
      {"'podman','run','--umask','0027','img'", "it was made with --umask", NULL},
      {"'podman','run','--tz','UTC','img'", "it was made with --tz", NULL},
      {"'podman','run','--secret=s','img'", "it was made with --secret=s", NULL},
      {"'podman','run','--unheard-of','img'", "it was made with --unheard-of", NULL},
      {"'podman','run','--network','a:ip=10.0.0.3','img'", "it was made with --network", NULL},
      {"'podman','run','--device','/dev/fuse:/dev/fuse:r','img'", "it was made with --device", NULL},
      {"'podman','run','--device','/dev/fuse','img'", NULL, NULL},
      {"'podman','run','--ip'", NULL, NULL},
      {"", NULL, NULL},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_test_message("%s", rows[i].words);
    g_autoptr(Case) it = case_new("{'Id':'" ID "','Config':{},'HostConfig':{'NetworkMode':'bridge'},'NetworkSettings':{"
                                  "'Networks':{'n':{'NetworkID':'n','Aliases':['" SHORT "']}}}}",
                                  IMAGE, IMAGE, 141);
    g_autofree char *command = g_strdup_printf("{'Config':{'CreateCommand':[%s]}}", rows[i].words);
    g_strdelimit(command, "'", '"');
    it->request.podman = TRUE;
    const CrJson *libpod = NULL;
    it->libpod = parse(command, &libpod);
    it->request.libpod = libpod;
    const CrJson *body = case_run(it);
    const char *why = get_why(it);
    if (rows[i].why)
      g_assert_true(why && g_str_has_prefix(why, rows[i].why));
    else
      g_assert_null(why);
    g_assert_cmpstr(cr_json_get_string(find(body, "NetworkingConfig/EndpointsConfig/n/IPAMConfig/IPv4Address"), NULL),
                    ==, rows[i].ip);
  }
}

/* What Podman derives is nobody's, unless its command line says it. */
static void test_podman_environment(void)
{
#define USUAL "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
  static const struct {
    const char *words, *old_image, *expected;
  } rows[] = {
      {"'podman','run','img'", "{'Config':{}}", "['A=1']"},
      {"'podman','run','-e','" USUAL "','img'", "{'Config':{}}", "['" USUAL "','A=1']"},
      {"'podman','run','--env=TERM=xterm','-eHOME=/root','img'", "{'Config':{}}", "['TERM=xterm','HOME=/root','A=1']"},
      {"'podman','run','img'", "{'Config':{'Env':['" USUAL "']}}", "['A=1']"},
      {"'podman','run','img'", "{'Config':{'Env':['PATH=/bin','A=2']}}", "['" USUAL "','A=1']"},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_test_message("%s", rows[i].words);
    g_autoptr(Case) it = case_new("{'Id':'" ID "','Config':{'Env':['" USUAL "','TERM=xterm','container=podman',"
                                  "'HOME=/root','HOME=','A=1','HOSTNAME=web'],'Hostname':'web'},'HostConfig':{}}",
                                  rows[i].old_image, IMAGE, 141);
    g_autofree char *command = g_strdup_printf("{'Config':{'CreateCommand':[%s]}}", rows[i].words);
    g_strdelimit(command, "'", '"');
    it->request.podman = TRUE;
    it->libpod = parse(command, &it->request.libpod);
    assert_json(find(case_run(it), "Env"), rows[i].expected);
  }
}

/* ---- before and after ---- */

#define BEFORE                                                                                                         \
  "{'Id':'" ID "','Name':'/web','Config':{'Env':['A=1','B=2'],'Labels':{'l':'1'},'Cmd':['c']},'HostConfig':{"          \
  "'Memory':5,'Binds':['/h:/b','v:/v'],'PidsLimit':null},'Mounts':[{'Type':'volume','Name':'v','Destination':'/v'}],"  \
  "'NetworkSettings':{'Networks':{'n':{'Aliases':['" SHORT "','web'],'IPAddress':'10.0.0.2'}}}}"

static void test_compare(void)
{
  static const struct {
    const char *what, *to, *by, *line; /* NULL: no difference */
  } rows[] = {
      {"nothing", "'/web'", "'/web.new'", NULL},
      {"order", "'A=1','B=2'", "'B=2','A=1'", NULL},
      {"another word for nothing", "'PidsLimit':null", "'PidsLimit':0", NULL},
      {"what newer engines fill in", "'PidsLimit':null", "'CgroupnsMode':'private'", NULL},
      {"a limit", "'Memory':5", "'Memory':0", "HostConfig.Memory: 5, and now 0"},
      {"a variable", "'A=1',", "", "Config.Env[A]: \"A=1\", and now nothing"},
      {"a label", "'l':'1'", "'l':'2'", "Config.Labels[l]: \"1\", and now \"2\""},
      {"a bind", "'/h:/b',", "", "HostConfig.Binds[/b]: \"/h:/b\", and now nothing"},
      {"a volume", "'Name':'v'", "'Name':'w'", "Mounts[/v].Name: \"v\", and now \"w\""},
      {"an address", "10.0.0.2", "10.0.0.3", NULL},
      {"an alias", ",'web']", "]", "NetworkSettings.Networks[n].Aliases[web]: \"web\", and now nothing"},
      {"a network", "'n':{", "'m':{",
       "NetworkSettings.Networks[n]: connected, and now nothing\nNetworkSettings.Networks[m]: nothing, and now "
       "connected"},
      {"a member", "'Memory':5,", "'Memory':5,'More':'x',", "HostConfig.More: nothing, and now \"x\""},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_test_message("%s", rows[i].what);
    g_autoptr(Case) it = case_new(BEFORE, IMAGE, IMAGE, 141);
    case_run(it);
    GString *text = g_string_new(BEFORE);
    g_string_replace(text, rows[i].to, rows[i].by, 1);
    g_autofree char *after = g_strdelimit(g_string_free(text, FALSE), "'", '"');
    const CrJson *root = NULL;
    it->networks = parse(after, &root);
    g_autofree char *difference = cr_recreation_compare(it->out, it->request.container, root);
    g_assert_cmpstr(difference, ==, rows[i].line);
  }
}

/* ---- what no engine should say ---- */

static void test_hostile(void)
{
  static const char *const broken[] = {"{}",
                                       "[]",
                                       "null",
                                       "{'Id':7,'Config':{},'HostConfig':{}}",
                                       "{'Id':'" ID "','Config':[],'HostConfig':{}}",
                                       "{'Id':'" ID "','Config':{}}"};
  static const char *const odd[] = {
      "{'Id':'" ID "','Config':{'Env':'x','Labels':[1],'Cmd':7,'Entrypoint':{},'Healthcheck':[],'Volumes':['a'],"
      "'ExposedPorts':'80','Hostname':[]},'HostConfig':{'Binds':{},'Mounts':'x','Devices':[3],'Links':[1,'a','/','::'],"
      "'NetworkMode':7,'Tmpfs':[],'VolumesFrom':'x','Ulimits':[null],'PortBindings':[1]},'Mounts':{'a':1},"
      "'NetworkSettings':{'Networks':[{}]}}",
      "{'Id':'" ID
      "','Config':{'Env':[null,1,'','=','A'],'Volumes':{'':{},'relative':null}},'HostConfig':{'Binds':['',':',"
      "'::','a'],'Mounts':[{},null,{'Type':'volume'}],'NetworkMode':''},'Mounts':[null,{'Type':'volume','Name':'v'},"
      "{'Type':'volume','Destination':'/x'}],'NetworkSettings':{'Networks':{'':null,'n':7}},'Created':'never'}",
  };
  for (guint i = 0; i < G_N_ELEMENTS(broken); i++) {
    g_autoptr(Case) it = case_new(broken[i], IMAGE, IMAGE, 141);
    g_autoptr(GError) error = NULL;
    g_assert_null(cr_recreation_new(&it->request, &error));
    g_assert_nonnull(error);
  }
  for (guint i = 0; i < G_N_ELEMENTS(odd) * 4; i++) {
    g_autoptr(Case) it = case_new(odd[i / 4], odd[i / 4], odd[i / 4], i % 2 ? 141 : 152);
    it->request.podman = i % 4 > 1;
    case_run(it); /* a JSON object, whatever is in it */
    g_free(cr_recreation_compare(it->out, it->request.container, it->request.container));
  }
}

/* A hundred thousand of everything is quick: nothing is quadratic where an engine says how many there are. */
static void test_many_changes(void)
{
  GString *text = g_string_new("[");
  for (guint i = 0; i < 100000; i++)
    g_string_append_printf(text, "%s{\"Path\":\"/app/f%u\",\"Kind\":1}", i ? "," : "", i);
  g_string_append_c(text, ']');
  g_autoptr(Case) it = case_new("{'Id':'" ID "','Config':{},'HostConfig':{}}", IMAGE, IMAGE, 141);
  const CrJson *changes = NULL;
  it->networks = parse(text->str, &changes);
  g_string_free(text, TRUE);
  it->request.changes = changes;
  case_run(it);
  g_assert_cmpstr(
      get_why(it), ==,
      "'/app/f0' and others would be lost: nothing mounted holds them (label careen.layer=disposable: let go)");
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_data_func("/container/recreate/1.41", GUINT_TO_POINTER(141), test_one_network_in_create);
  g_test_add_data_func("/container/recreate/1.43", GUINT_TO_POINTER(143), test_one_network_in_create);
  g_test_add_func("/container/recreate/1.44-and-later-from-documentation", test_all_networks_in_create);
  g_test_add_func("/container/recreate/1.52-mac-from-documentation", test_mac_of_the_endpoint);
  g_test_add_func("/container/recreate/mac-of-the-second", test_mac_of_the_second);
  g_test_add_func("/container/recreate/mac-as-it-was-wished", test_mac_as_it_was_wished);
  g_test_add_func("/container/recreate/mounted-image", test_mounted_image);
  g_test_add_func("/container/recreate/podman-environment", test_podman_environment);
  g_test_add_func("/container/recreate/no-network-of-its-own", test_no_network_of_its_own);
  g_test_add_func("/container/recreate/names-of-others", test_names_of_others);
  g_test_add_func("/container/recreate/parts-of-config", test_parts_of_config);
  g_test_add_func("/container/recreate/old-image-is-gone", test_old_image_is_gone);
  g_test_add_func("/container/recreate/volumes-keep-their-names", test_volumes_keep_their_names);
  g_test_add_func("/container/recreate/writable-layer", test_writable_layer);
  g_test_add_func("/container/recreate/refused", test_refused);
  g_test_add_func("/container/recreate/compose-hash", test_compose_hash);
  g_test_add_func("/container/recreate/podman-command", test_podman_command);
  g_test_add_func("/container/recreate/compare", test_compare);
  g_test_add_func("/container/recreate/followed", test_followed);
  g_test_add_func("/container/recreate/hostile", test_hostile);
  g_test_add_func("/container/recreate/many-changes", test_many_changes);
  return g_test_run();
}
