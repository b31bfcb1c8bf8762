#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What careen host says is this machine's, so its shape is judged, and what can be known of it from elsewhere.
load common

@test "the table: who this is, kernel, tools; without a daemon no engines" {
  run careen host --offline
  [ "$status" = 0 ] || [ "$status" = 3 ] # 3: no archive was read yet
  says "$(uname -r)"
  says 'CONTAINER TOOLS'
  ! grep -q '^ENGINES' <<<"$output"
}

@test "JSON by its schema; the packages are those that dpkg has" {
  careen host --offline -f json >host.json || [ $? = 3 ]
  python3 -c 'import json, jsonschema, sys
schema, host = map(json.load, map(open, sys.argv[1:]))
jsonschema.Draft202012Validator.check_schema(schema)
jsonschema.Draft202012Validator(schema).validate(host)' "$top/doc/schema/careen.host-1.json" host.json
  [ "$(jq -r .kernel.running host.json)" = "$(uname -r)" ]
  jq -r '.tools[] | select(.kind == "package") | "\(.name) \(.version)"' host.json | sort >ours
  [ -s ours ]
  cut -d' ' -f1 ours | xargs dpkg-query -Wf '${Package} ${Version}\n' | sort | diff ours -
}

@test "a gate that it does not have" {
  run careen host --fail-on critical
  code 2
  says "of careen host it is 'pending'"
}
