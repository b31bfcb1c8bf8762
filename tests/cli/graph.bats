#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
load common

# engine FLEET.json: a made-up Docker that holds that fleet, and a made-up Podman that holds nothing
engine() {
  export CAREEN_OFFLINE=yes # names that it has not are Docker Hub's
  export DOCKER_HOST=unix://$BATS_TEST_TMPDIR/docker.sock CONTAINER_HOST=unix://$BATS_TEST_TMPDIR/podman.sock
  mkfifo hold ready
  "$top/tests/tools/fake-engine.py" docker.sock "$@" <hold >ready 3>&- &
  "$top/tests/tools/fake-engine.py" podman.sock <hold >ready 3>&- &
  exec 8>hold 9<ready
  read -r _ <&9
  read -r _ <&9
}

teardown() {
  exec 8>&- 9<&-
  wait
}

# A web image on its own base on an older Debian, a database that nobody declares, and containers of all kinds.
shop() {
  mkdir -p base web
  printf 'ARG V=12\nFROM debian:$V\nRUN apt-get install -y nginx\n' >base/Dockerfile
  printf 'FROM golang:1 AS build\nFROM shop/base:1\nCOPY --from=build /x /x\nCOPY --from=busybox:1 /b /b\n' >web/Dockerfile
  cat >careen.yaml <<'END'
images:
  shop/base:1: {build: ./base}
  shop/web:4: {build: ./web}
  postgres:16: {}
containers: [web*, db]
END
  cat >fleet.json <<'END'
{"images": [
  {"id": "debian new", "tags": ["debian:12"], "digests": ["debian@sha256:1111111111111111111111111111111111111111111111111111111111111111"], "layers": ["new"]},
  {"id": "debian old", "digests": ["debian@sha256:2222222222222222222222222222222222222222222222222222222222222222"], "layers": ["old"]},
  {"id": "base", "tags": ["shop/base:1"], "layers": ["old", "b"]},
  {"id": "web", "tags": ["shop/web:4", "shop/web:latest"], "layers": ["old", "b", "w"]},
  {"id": "postgres", "tags": ["postgres:16"], "layers": ["new", "p"]},
  {"id": "tool", "tags": ["tool:3"], "layers": ["old", "t"]},
  {"id": "left over", "tags": ["unused:1"], "layers": ["new", "u"]}],
 "containers": [
  {"name": "web-1", "image": "shop/web:4", "image_id": "web"},
  {"name": "web-2", "image": "shop/web:4", "image_id": "web before"},
  {"name": "db", "image": "docker.io/library/postgres:16", "image_id": "postgres", "labels": {"careen.hold": ""}},
  {"name": "tool", "image": "tool:3", "image_id": "tool before", "state": "exited"},
  {"name": "web.old-0123456789ab", "image": "shop/web:4", "image_id": "web before", "state": "exited"}]}
END
  engine fleet.json
}

@test "the tree: declared parents, parents by layers, older bases, outdated containers" {
  shop
  run careen graph
  code 0
  expect graph-shop
}

@test "outside UTF-8 the lines are ASCII, and with a name only what is related to it is shown" {
  shop
  LC_ALL=C run careen graph tool:3
  code 0
  expect graph-tool
}

@test "--all: also local images that nobody names, and why containers may be re-created" {
  shop
  COLUMNS=200 run careen graph --all
  says unused:1
  says 'containers: web*'
  says 'label careen.hold'
  says 'kept by careen from an earlier change'
}

@test "json is as its schema says, and names parent, method and why" {
  shop
  careen graph -f json >graph.json
  python3 - "$top/doc/schema/careen.graph-1.json" <<'END'
import json, jsonschema, sys
graph = json.load(open('graph.json'))
jsonschema.Draft202012Validator(json.load(open(sys.argv[1]))).validate(graph)
images = {i['name']: i for i in graph['images']}
assert [(p['image'], p['how'], p['outdated']) for p in images['shop/base:1']['parents']] == [('debian:12', 'declared', True)]
assert images['shop/base:1']['parents'][0]['built_on'] is not None
assert [(p['image'], p['copied']) for p in images['shop/web:4']['parents']] == [('shop/base:1', False), ('golang:1', True), ('busybox:1', True)]
assert [(p['image'], p['how'], p['confidence']) for p in images['postgres:16']['parents']] == [('debian:12', 'layers', 'certain')]
assert images['shop/web:4']['level'] == 2 and images['shop/web:4']['also'] == ['shop/web:latest']
assert 'unused:1' not in images
c = {c['name']: c for c in graph['containers']}
assert [n for n in c if c[n]['outdated']] == ['tool', 'web-2']
assert [n for n in c if c[n]['may_recreate']] == ['web-1', 'web-2']
END
}

@test "hostile names stay text in every format" {
  cat >fleet.json <<'END'
{"images": [{"id": "x", "tags": ["x:1"], "layers": ["a"]}],
 "containers": [{"name": "a\"];b<script>&\u001b[31m\\N", "image": "x:1", "image_id": "x", "state": "run\nning"}]}
END
  engine fleet.json
  run careen graph
  code 0
  [[ $output != *$'\e'* ]]
  careen graph -f svg >graph.svg
  python3 -c 'import xml.dom.minidom as m; d = m.parse("graph.svg"); assert not d.getElementsByTagName("script"); assert "<script>" in d.documentElement.toxml().replace("&lt;", "<").replace("&gt;", ">")'
  careen graph -f dot >graph.dot
  [ "$(grep -c $'\e' graph.dot)" = 0 ]
  if command -v dot >/dev/null; then dot -Tsvg graph.dot >/dev/null; fi
}

@test "from: in a circle is refused with its way; FROM in a circle is cut and said" {
  engine --images 0 --bases 0
  printf 'images:\n  a:1: {from: b:1}\n  b:1: {from: a:1}\n' >careen.yaml
  run careen graph
  code 2
  says 'a:1 on b:1 on a:1'
  mkdir -p c d
  printf 'FROM d:1\n' >c/Dockerfile
  printf 'FROM c:1\n' >d/Dockerfile
  printf 'images:\n  c:1: {build: ./c}\n  d:1: {build: ./d}\n' >careen.yaml
  run careen graph
  code 3
  says 'built on itself: c:1 on d:1 on c:1'
}

@test "no daemon is said and is exit 3; a name that is nothing is exit 2" {
  printf 'images:\n  a:1: {}\n' >careen.yaml
  run careen graph
  code 3
  says 'a:1  not here'
  says 'daemons: neither Docker nor Podman answers'
  run careen graph nothing
  code 2
}

@test "plan and graph of a name that nothing has: exit 2, the name, and what may be meant" {
  shop
  for command in plan graph; do
    run careen $command shop/web:4 shop/wbe:4
    code 2
    says "cannot look at 'shop/wbe:4': no image of the fleet has that name"
    says "did you mean 'shop/web:4'?"
    run careen $command 'shp/*'
    code 2
    says "cannot look at 'shp/*'"
  done
  run careen plan web-1
  code 2
  says "it is a container of the image shop/web:4"
  run careen plan unused:1
  code 2
  says "it is here, but neither careen.yaml, a recipe nor a container names it"
  run careen graph --all unused:1
  code 0
  for name in docker:shop/web:4 'docker:shop/w*'; do
    run careen graph "$name"
    code 0
    says shop/web:4
  done
  run careen graph 'podman:shop/*'
  code 2
}

@test "status: what is so on one screen, and by its schema" {
  shop
  run careen status
  code 0
  says 'may act     always, there is no window'
  says 'images      7, 3 ours: 5 never looked at; 2 built on an older base'
  says 'containers  5, 1 held, 2 outdated: tool (left alone: not listed under containers:), web-2'
  says 'last run    none'
  [ "$(wc -l <<<"$output")" -le 24 ]
  careen status -f json >status.json
  python3 -c 'import json, jsonschema, sys
schema, status = map(json.load, map(open, sys.argv[1:]))
jsonschema.Draft202012Validator(schema).validate(status)
assert status["containers"]["outdated"][1] == {"name": "web-2", "image": "shop/web:4", "may_recreate": True, "why": "containers: web*"}' \
    "$top/doc/schema/careen.status-1.json" status.json
}

@test "what cannot be re-created is not promised: --rm, held users, users of a unit's container, circles" {
  printf 'images: {"a:1": {}}\ncontainers: ["*"]\n' >careen.yaml
  python3 - >fleet.json <<'END'
import json
def container(name, host={}, labels={}):
    return {"name": name, "image": "a:1", "image_id": "a before", "host": host, "labels": labels}
unit = {"PODMAN_SYSTEMD_UNIT": "u.service"}
net = lambda name: {"NetworkMode": f"container:{name}"}
print(json.dumps({"images": [{"id": "a", "tags": ["a:1"], "layers": ["a"]}], "containers": [
    container("alone"), container("user", net("alone")),
    container("once", {"AutoRemove": True}),
    container("held", net("below"), {"careen.hold": ""}), container("below", net("base")), container("base"),
    container("unit", {"AutoRemove": True}, unit), container("unit-user", net("unit"), unit),
    container("unit-2", {}, unit), container("plain", net("unit-2")),
    container("x", net("y")), container("y", net("x")),
    container("beside.old-0123456789ab", net("alone"), {"careen.hold": ""})]}))
END
  engine fleet.json
  careen graph -f json >graph.json
  jq -r '.containers[] | select(.may_recreate) | .name' graph.json | paste -sd' ' >may
  [ "$(cat may)" = "alone plain unit unit-user user" ] || { cat may; false; }
  jq -r '.containers[] | select(.may_recreate | not) | "\(.name): \(.why)"' graph.json >why
  diff why - <<'END'
base: held uses it and cannot be re-created: label careen.hold
below: held uses it and cannot be re-created: label careen.hold
beside.old-0123456789ab: kept by careen from an earlier change
held: label careen.hold
once: it was started with --rm: stopping it removes it and its volumes, and nothing could come back
unit-2: plain uses it, which systemd's unit u.service makes
x: it uses itself by way of others
y: it uses itself by way of others
END
}

@test "held images, policies that nobody wrote and probes that cannot be read keep their containers" {
  cat >careen.yaml <<'END'
images: {"a:1": {}, "b:1": {}, "c:1": {}, "d:1": {}}
containers: ["*"]
policy: {hold: ["b"]}
policies: {written: {gate: 10s}}
END
  cat >fleet.json <<'END'
{"images": [
  {"id": "a", "tags": ["a:1"], "layers": ["a"], "labels": {"careen.hold": ""}},
  {"id": "b", "tags": ["b:1"], "layers": ["b"]},
  {"id": "c", "tags": ["c:1"], "layers": ["c"]},
  {"id": "d", "tags": ["other:1"], "layers": ["d"], "labels": {"careen.policy": "nobody"}}],
 "containers": [
  {"name": "a", "image": "a:1", "image_id": "a before"},
  {"name": "b", "image": "b:1", "image_id": "b before"},
  {"name": "c", "image": "c:1", "image_id": "c before"},
  {"name": "c-exec", "image": "c:1", "image_id": "c before", "labels": {"careen.health.exec": "x 'y"}},
  {"name": "c-grpc", "image": "c:1", "image_id": "c before", "labels": {"careen.health.grpc": "80"}},
  {"name": "c-policy", "image": "c:1", "image_id": "c before", "labels": {"careen.policy": "nobody"}},
  {"name": "c-tcp", "image": "c:1", "image_id": "c before", "labels": {"careen.health.tcp": "web"}},
  {"name": "c-task", "image": "c:1", "image_id": "c before", "labels": {"com.docker.swarm.service.name": "c"}},
  {"name": "c-pod", "image": "c:1", "image_id": "c before", "labels": {"io.kubernetes.pod.name": "c"}},
  {"name": "c-written", "image": "c:1", "image_id": "c before", "labels": {"careen.policy": "written"}},
  {"name": "other", "image": "other:1", "image_id": "d before", "labels": {"careen.enable": "true"}}]}
END
  engine fleet.json
  careen graph -f json >graph.json || [ $? = 3 ]
  jq -r '.containers[] | "\(.name): \(.may_recreate) \(.why)"' graph.json | sed 's/ is no command: .*/ is no command/' >why
  diff why - <<'END'
a: false its image is held: label careen.hold
b: false hold: names its image
c: true containers: *
c-exec: false label careen.health.exec: 'x 'y' is no command
c-grpc: false label careen.health.grpc: there is no such probe
c-pod: false it is Kubernetes' own, which makes its containers itself
c-policy: false label careen.policy=nobody, which is not under policies:
c-task: false it is a task of a swarm service, which makes its containers itself
c-tcp: false label careen.health.tcp: 'web' is not a number from 1 to 65535
c-written: true containers: *
other: false its image is held: label careen.policy=nobody, which is not under policies:
END
}

@test "status: what could not be looked at, what froze and what is held after a rollback are worries" {
  shop
  worries() { careen status -f json | jq -r '.worries[]'; }
  [ "$(worries)" = "2 containers are outdated
5 images were never looked at
there are no advisories: careen db update" ]
  mkdir -p "$XDG_STATE_HOME/careen"
  touch "$XDG_STATE_HOME/careen/freeze"
  careen plan >/dev/null || true # makes the record
  web=sha256:$(printf web | sha256sum | cut -d' ' -f1)
  python3 - "$XDG_STATE_HOME/careen/record.db" "$web" <<'END'
import sqlite3, sys
record = sqlite3.connect(sys.argv[1])
record.execute("INSERT INTO marks(kind, key, value, since) VALUES('bad', ?, 'web: it was not healthy', 1795838400)", (sys.argv[2],))
record.execute("INSERT INTO marks(kind, key, value, since) VALUES('bad', 'sha256:gone', 'of long ago', 1795838400)")
record.execute("INSERT INTO runs(id, command, started, ended, outcome, summary, undoes) VALUES(1, 'apply', 1795838400, 0, NULL, NULL, 0)")
record.execute("INSERT INTO steps VALUES(1, 1, 'patch a:1', 'patch', 'a:1', NULL, 1, 1795838400, 0, NULL, NULL, '{}', NULL, NULL)")
record.commit()
END
  worries >found
  grep -qx "1 change was interrupted: careen apply finishes or undoes it" found
  grep -qx "frozen: '$XDG_STATE_HOME/careen/freeze' is there" found
  grep -qx "shop/web:4 is held: what it is now failed and was rolled back" found
  [ -z "$(grep "could not be looked at\|gone" found)" ]
  DOCKER_HOST=unix://$PWD/silent.sock run careen status
  code 3
  # each is a line of its own, under a first line that says how many there are
  [ "${lines[0]#*  }" = "4 things need a look" ]
  [ "${lines[1]}" = "  not everything could be looked at: docker" ]
  [ "${lines[2]}" = "  1 change was interrupted: careen apply finishes or undoes it" ]
  says ", trouble with docker"
  head -c 4096 /dev/urandom >"$XDG_STATE_HOME/careen/record.db"
  run careen status
  code 3
  says "not everything could be looked at: record"
  says "watch       not known: the record cannot be read"
  says "last run    not known: the record cannot be read"
  [[ $output != *"never looked at"* && $output != *"all is well"* ]]
  says "containers  5, 1 held, 2 outdated"
}

@test "errors name the engine that answers: Podman, too, where DOCKER_HOST leads to it" {
  echo '{"images": [], "containers": [], "server": "Libpod/4.3.1 (linux)"}' >fleet.json
  engine fleet.json
  run careen scan docker:nosuch
  code 4
  says "careen: cannot open 'docker:nosuch': Podman has no such image"
  says "hint: docker images lists what there is" # that client is led there, too
  run careen scan container:nosuch
  code 4
  says "careen: cannot open 'container:nosuch': Podman has no such container; Podman has no such container"
}

@test "manifests are read only, units are ours; a glob that stands for nothing is said" {
  engine --images 0
  mkdir -p k8s
  cat >k8s/web.yaml <<'END'
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec: {template: {spec: {containers: [{name: nginx, image: 'nginx:1.25'}]}}}
END
  printf '[Container]\nImage=docker.io/library/redis:7\nContainerName=cache\n' >k8s/cache.container
  printf 'manifests: [k8s/*]\ncompose: [nowhere/*.yaml]\n' >careen.yaml
  careen graph -f json >graph.json || [ $? = 3 ]
  [ "$(jq -c '.images[] | [.name, .ours, .owner, .uses[0].kind]' graph.json)" = '["nginx:1.25",false,null,"kubernetes"]
["redis:7",true,"k8s/cache.container line 2","quadlet"]' ] || { cat graph.json; false; }
  jq -r '.problems[].what' graph.json >problems
  grep -q "there is no '.*nowhere/\*.yaml'" problems
}

# An engine is asked in the newest version that both know, and one that knows none of careen's is named, not guessed at.
@test "graph: the version of the Engine API" {
  printf '{"version": "40.0.0", "api": "1.99", "oldest": "1.44", "images": [{"id": "a", "tags": ["a:1"], "layers": ["a"]}]}' >fleet.json
  engine fleet.json
  careen graph --all -f json >graph.json
  [ "$(jq -c '[.images[].name]' graph.json)" = '["a:1"]' ]
  [ "$(curl -sS --unix-socket docker.sock http://x/fake/requests | jq -c .versions)" = '["1.56"]' ]
  [ "$(curl -sS --unix-socket podman.sock http://x/fake/requests | jq -c .versions)" = '["1.46"]' ]
}

@test "graph: an engine that is too new" {
  printf '{"version": "40.0.0", "api": "1.99", "oldest": "1.57", "images": []}' >fleet.json
  engine fleet.json
  careen graph -f json >graph.json || [ $? = 3 ]
  jq -r '.problems[].what' graph.json >problems
  grep -qxF "cannot use Docker at 'unix://$PWD/docker.sock': it speaks API 1.57 and newer, careen knows up to 1.56" problems
}
