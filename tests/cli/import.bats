#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# careen import: what other tools were told, as a careen.yaml that careen reads.
load common

write() { cat >"$1"; }

@test "import: a Compose file with watchtower and a .trivyignore, whole" {
  write compose.yaml <<'END_FILE'
name: shop
services:
  web:
    image: nginx:1.25
    labels: {com.centurylinklabs.watchtower.depends-on: database}
  db:
    image: postgres:16
    container_name: database
    labels: [com.centurylinklabs.watchtower.monitor-only=true]
  cache:
    image: redis:7
    labels: [com.centurylinklabs.watchtower.enable=false]
  watchtower:
    image: containrrr/watchtower
    command: --cleanup --schedule "0 0 4 * * 1-5"
    environment:
      TZ: Europe/Berlin
      WATCHTOWER_NOTIFICATIONS: email
      WATCHTOWER_NOTIFICATION_EMAIL_TO: ops@example.org
      WATCHTOWER_NOTIFICATION_EMAIL_SERVER: mail.example.org
      WATCHTOWER_NOTIFICATION_EMAIL_SERVER_USER: bot
      WATCHTOWER_NOTIFICATION_EMAIL_SERVER_PASSWORD: sesame
END_FILE
  write .trivyignore <<'END_FILE'
# the parser is not compiled in
CVE-2018-14618 exp:2027-01-01
AVD-DS-0002
END_FILE
  run careen import --as-of 2026-11-28 compose.yaml .trivyignore
  code 3
  expect import
  careen import --as-of 2026-11-28 compose.yaml .trivyignore -o careen.yaml || true
  run careen db status
  says "careen db update"
  run careen policy test --offline
  [ "$status" != 2 ] # it is a policy; whether an engine answers is another matter
  run careen import -f json -o import.json compose.yaml
  code 3
  python3 -c 'import json, jsonschema, sys
jsonschema.validate(json.load(open("import.json")), json.load(open(sys.argv[1])))' "$top/doc/schema/careen.import-1.json"
}

@test "import: its rules suppress what the other tool's did" {
  small_root root
  write whitelist <<'END_FILE'
VERSION 0
CVE-2026-1,hello
END_FILE
  run careen import --as-of 2026-11-28 -o careen.yaml whitelist
  code 0
  grep -q 'pkg:deb/\*/hello@\*' careen.yaml
  run careen scan --offline --as-of 2026-11-29 rootfs:root
  says "the ignore rule for CVE-2026-1 meets nothing in this image"
  # a stronger place takes the place of all of them
  printf 'ignore: []\n' >none.yaml
  run careen scan --offline --as-of 2026-11-29 --ignore-file none.yaml rootfs:root
  [ "$(grep -c 'CVE-2026-1' <<<"$output")" = 0 ]
}

@test "import: rules of careen.yaml are as strict as those of a file" {
  printf 'ignore:\n  - {id: CVE-2026-1, reason: x, owner: y}\n' >careen.yaml
  run careen db status
  code 2
  says "'expires' is missing"
  says "'careen.yaml' line 2"
}

@test "import: what a file is can be said, and what is none is refused" {
  printf 'CVE-2026-1 # never called\n' >list
  run careen import list
  code 2
  says "it is none of"
  says "hint: say what it is, as in trivyignore:FILE"
  run careen import --as-of 2026-11-28 trivyignore:list
  code 0
  says "reason: \"never called\""
  run bash -c "'$CAREEN' import trivyignore:- <list"
  code 0
  run careen import missing
  code 2
  # no hint is no hint, and not an empty one
  printf '\377\376' >latin
  run careen import trivyignore:latin
  code 2
  [ "$output" = "careen: cannot read 'latin': it is no text in UTF-8" ]
  run careen import trivy:list
  code 2
  says "hint: the kinds that can stand before a colon are trivyignore-yaml, trivyignore, grype"
}

@test "import: what was not understood never looks like what says nothing" {
  refused() { # refused FILE WHY: what has not the shape of its kind is none of it
    run careen import "$1"
    code 2
    says "$2"
  }
  printf 'services: [a, b]\n' >compose.yaml
  refused compose.yaml "cannot read 'compose.yaml' as a Compose file: it has no map of 'services:'"
  printf '{"Name": "/web", "Config": {}}' >one.json
  refused inspect:one.json "cannot read 'one.json' as what docker inspect prints: it is no list of containers"
  printf '[{"Id": "1"}, {"Name": "/web", "Config": {"Image": "nginx:1"}}]' >two.json
  run careen import inspect:two.json
  code 3
  says "'two.json' line 1, column 3: this is no container: it has no 'Name' or no 'Config'"
  printf 'ignore: yes\n' >.grype.yaml
  run careen import .grype.yaml
  code 3
  says "'.grype.yaml' line 1, column 9: what 'ignore' says is left out: it is no list of rules"
  printf 'vulnerabilities: {id: CVE-2026-1}\n' >.trivyignore.yaml
  run careen import .trivyignore.yaml
  code 3
  says "what 'vulnerabilities' says is left out: it is no list of rules"
  printf 'services: {web: {image: nginx:1}}\n' >compose.yaml
  printf '# none yet\n' >.trivyignore
  run careen import compose.yaml .trivyignore
  code 0
  says "'compose.yaml': it adds nothing for careen, read as compose"
  says "'.trivyignore': it adds nothing for careen, read as trivyignore"
  printf 'services: {web: {image: nginx:1, labels: {diun.enable: "true"}}}\n' | tee one.yaml >two.yaml
  run careen import compose:one.yaml compose:two.yaml
  says "'two.yaml': it adds nothing for careen, read as compose"
}

@test "import: its formats are its own" {
  printf 'CVE-2026-1\n' >.trivyignore
  careen import -f yaml --as-of 2026-11-28 .trivyignore >said.yaml
  careen import --as-of 2026-11-28 .trivyignore | diff said.yaml -
  run careen import -f sarif .trivyignore
  code 2
  says "cannot understand 'sarif' for --format: 'import' has yaml, json"
}
