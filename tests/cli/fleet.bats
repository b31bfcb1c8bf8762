#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The fleet's commands where there is no engine, and what they say of a record and of wrong input. What they do with
# engines belongs to tests/oracle and graph.bats.
load common

# sql TEXT: into the record
sql() { python3 -c 'import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.executescript(sys.argv[2]); c.commit()' "$XDG_STATE_HOME/careen/record.db" "$1"; }

valid() { # valid SCHEMA FILE
  python3 -c 'import json, jsonschema, sys
schema, report = map(json.load, map(open, sys.argv[1:]))
jsonschema.Draft202012Validator.check_schema(schema)
jsonschema.Draft202012Validator(schema).validate(report)' "$top/doc/schema/careen.$1.json" "$2"
}

@test "plan without an engine: it says that it could not look" {
  export TZ=UTC
  run careen plan
  code 3
  says "NOT ALL KNOWN"
  says "neither Docker nor Podman answers"
  run careen plan --fail-on steps
  code 3
  run careen plan --fail-on high
  code 2
  says "of careen plan it is 'steps'"
  careen plan -f json >plan.json || [ $? = 3 ]
  valid plan-1 plan.json
}

@test "apply without an engine, and of what is no plan" {
  run careen apply
  code 3
  says "NOT ALL KNOWN"
  run careen apply missing.json
  code 2
  printf '{"schema": "careen.scan/1"}' >scan.json
  run careen apply scan.json
  code 2
  says "cannot use the plan 'scan.json': it is not what"
  printf '{"schema": "careen.plan/1", "steps": [{"id": "patch gone:1", "image": "gone:1", "action": "patch", "state": "planned"}]}' >plan.json
  run careen apply plan.json
  code 1
  says "changed since: it is not in the fleet any more"
  says "0 done, 0 failed, 1 refused, 0 skipped"
  run careen history
  says "refused  patch  gone:1"
}

@test "a typo in careen.yaml is an error of every command, with its place" {
  printf 'policy:\n  windw: "02:00-03:00"\n' >careen.yaml
  for command in plan ps graph host 'cache ls' "scan none"; do
    # shellcheck disable=SC2086
    run careen $command
    code 2
    says "line 2, column 3: unknown key 'windw' in 'policy'"
    says "did you mean 'window'?"
  done
}

@test "ps, policy test without an engine: nothing is called current that could not be looked at" {
  run careen ps # other tests' containers may run on this machine, and one of them may need a restart
  [ "$status" = 3 ] || says "RESTART"
  says "neither Docker nor Podman answers"
  [[ $output != CURRENT* ]]
  run careen policy test
  code 3
  says "NOT ALL KNOWN   no images, as far as could be looked"
  says "neither Docker nor Podman answers"
  careen policy test -f json >test.json || [ $? = 3 ]
  valid policy-test-1 test.json
}

@test "status: a run that was killed is interrupted" {
  careen plan >/dev/null || true # makes the record
  sql "INSERT INTO runs(id, command, started, ended, outcome, summary, undoes) VALUES(1, 'apply', 1795838400, 0, NULL, NULL, 0);"
  run careen status
  code 3
  says "the last run was interrupted"
  says "apply, 2026-11-28"
  says ": interrupted"
  careen status -f json >status.json || [ $? = 3 ]
  valid status-1 status.json
  [ "$(jq -r .last_run.outcome status.json)" = interrupted ]
}

@test "a record that a killed careen left empty is empty; a state folder below a file is an error" {
  mkdir -p "$XDG_STATE_HOME/careen"
  : >"$XDG_STATE_HOME/careen/record.db"
  run careen history
  code 0
  [ "$output" = "nothing is on record" ]
  run careen where openssl
  code 3
  says "NOTHING ON RECORD"
  rm -r "$XDG_STATE_HOME/careen"
  : >"$XDG_STATE_HOME/careen"
  for command in history "where openssl"; do
    # shellcheck disable=SC2086
    run careen $command
    code 4
    says "cannot read the record"
    says "Not a directory"
  done
}

@test "rollback: nothing on record; and where no engine answers nothing can be said of a name" {
  run careen rollback
  code 2
  says "no run on record changed anything"
  run careen rollback 7
  code 2
  says "run 7: it is not on record"
  run careen rollback web
  code 4
  says "cannot take 'web' back: neither Docker nor Podman answers"
  sql "INSERT INTO runs(id, command, started, ended, outcome, summary, undoes) VALUES(1, 'apply', 1795838400, 1795838412, 'done', NULL, 0);
    INSERT INTO steps VALUES(1, 1, 'patch shop/web:4', 'patch', 'shop/web:4', NULL, 2, 1795838400, 1795838409, 'sha256:aaaaaaaaaaaaaaaa', 'sha256:bbbbbbbbbbbbbbbb', '{}', NULL, NULL);"
  for run in "" 1; do
    run careen rollback $run
    code 4
    says "cannot take run 1 back: neither Docker nor Podman answers"
  done
  [ "$(careen history -f json | jq '.runs | length')" = 1 ] # and nothing was begun
}

@test "rollback of the last run, which was taken back already: nothing to take back" {
  careen plan >/dev/null || true # makes the record
  sql "INSERT INTO runs(id, command, started, ended, outcome, summary, undoes) VALUES(1, 'apply', 1795838400, 1795838412, 'done', NULL, 0), (2, 'rollback', 1795838420, 1795838430, 'done', NULL, 1);
    INSERT INTO steps VALUES(1, 1, 'patch shop/web:4', 'patch', 'shop/web:4', NULL, 2, 1795838400, 1795838409, 'sha256:aaaaaaaaaaaaaaaa', 'sha256:bbbbbbbbbbbbbbbb', '{}', NULL, NULL);"
  COLUMNS=200 run careen rollback
  code 1
  says "NOTHING TO TAKE BACK   run 1, the last that changed something, was taken back by run 2"
  careen rollback -f json >rollback.json || [ $? = 1 ]
  valid rollback-1 rollback.json
  [ "$(jq -c '[.run, .undoes, .items]' rollback.json)" = '[0,null,[]]' ]
  [ "$(careen history -f json | jq '.runs | length')" = 2 ] # and nothing was begun
  sql "INSERT INTO runs(id, command, started, ended, outcome, summary, undoes) VALUES(3, 'rollback', 1795838440, 1795838450, 'done', NULL, 2);"
  run careen rollback # that was taken back, too, so run 1 stands again
  code 4
  says "cannot take run 1 back: neither Docker nor Podman answers"
  sql "UPDATE runs SET outcome = 'failed' WHERE id = 2;
    DELETE FROM runs WHERE id = 3;"
  run careen rollback # it failed, and may be tried again
  code 4
  says "cannot take run 1 back"
}

@test "history: nothing yet" {
  run careen history
  code 0
  [ "$output" = "nothing is on record" ]
  [ ! -e "$XDG_STATE_HOME/careen" ] # looking makes nothing
}

@test "history: runs and their steps, the newest first; killed ones are called that" {
  export TZ=UTC
  careen plan >/dev/null || true # makes the record
  sql "INSERT INTO runs(id, command, started, ended, outcome, summary, undoes) VALUES(1, 'apply', 1795838400, 1795838412, 'done', '1 image patched', 0), (2, 'watch', 1795924800, 0, NULL, NULL, 0);
    INSERT INTO steps VALUES(1, 1, 'patch shop/web:4', 'patch', 'shop/web:4', '2 fixes, 1 reached', 2, 1795838400, 1795838409, 'sha256:aaaaaaaaaaaaaaaa', 'sha256:bbbbbbbbbbbbbbbb', '{}', '{\"fixes\": 2}', NULL),
      (1, 2, 'recreate web', 'recreate', 'web', NULL, 4, 1795838409, 1795838412, NULL, NULL, '{}', '{\"with\":[\"user (uses web)\"]}', 'it was not healthy within 30 s'),
      (2, 1, 'pull nginx:1', 'pull', 'nginx:1', 'a newer one is in its registry', 1, 1795924800, 0, NULL, NULL, '{}', NULL, NULL);"
  run careen history
  code 0
  expect history
  run careen history web
  code 0
  says "1  2026-11-28 04:00:00  apply  done"
  [[ $output != *watch* ]]
  run careen history --since 2026-11-29
  code 0
  says interrupted
  [[ $output != *apply* ]]
  run careen history --limit 1
  says "there are older ones: --limit"
  careen history -f json >history.json
  valid history-1 history.json
  [ "$(jq -c '[.runs[] | [.run, .result]]' history.json)" = '[[2,"interrupted"],[1,"done"]]' ]
  careen history -f jsonl | sed -n 1p >line.json
  valid history-line-1 line.json
  [ "$(jq -c '[.run, .number, .outcome.fixes]' line.json)" = '[1,1,2]' ]
}

@test "history: a record that is damaged, and one of a newer careen" {
  mkdir -p "$XDG_STATE_HOME/careen"
  head -c 4096 /dev/urandom >"$XDG_STATE_HOME/careen/record.db"
  run careen history
  code 2
  says "cannot use the record"
  rm "$XDG_STATE_HOME/careen/record.db"
  careen plan >/dev/null || true
  sql "PRAGMA user_version=99"
  run careen history
  code 2
  says "a newer careen wrote it"
}

@test "policy test: an image without a daemon, by the file's policy and at another time" {
  small_root root
  cat >careen.yaml <<'END'
policy:
  window: "Mon 02:00-05:00 UTC"
END
  export TZ=UTC
  COLUMNS=200 run careen policy test --offline --at 2026-11-28T04:00 rootfs:root
  says "by policy:"
  says "Sat 2026-11-28 04:00  it may not act: outside its window Mon 02:00-05:00 UTC, opens 2026-11-30 02:00"
  run careen policy test --offline --at 2026-11-30T02:00:00Z rootfs:root
  says "it may act"
  run careen policy test --at yesterday rootfs:root
  code 2
  says "cannot use --at 'yesterday'"
  careen policy test --offline --at 2026-11-28T04:00 -f json rootfs:root >test.json || [ $? = 3 ]
  valid policy-test-1 test.json
  [ "$(jq -c '.images[0] | [.may_act, .opens]' test.json)" = '[false,"2026-11-30T02:00:00Z"]' ]
  run careen policy test --offline rootfs:none
  code 3
  says "could not be looked into"
}

@test "where: nothing on record is said, not taken for nowhere" {
  run careen where CVE-2024-3094
  code 3
  says "NOTHING ON RECORD"
  run careen where 'openssl<'
  code 2
  says "it is no flaw, package, path or digest"
  run careen where openssl --fail-on high
  code 2
  careen where -f json /usr/bin/curl >where.json || [ $? = 3 ]
  valid where-1 where.json
}

@test "careen.yaml and freeze as a link to nowhere, and a pipe, are no absence" {
  ln -s nowhere careen.yaml
  run careen plan --offline
  code 2
  says "it is no file, and no link to one"
  rm careen.yaml && mkfifo careen.yaml
  run timeout 20 "$CAREEN" plan --offline
  code 2
  rm careen.yaml
  printf 'images: {"a:1": {}}\npolicy: {freeze-file: %s}\n' "$PWD/freeze" >careen.yaml
  small_root root
  ln -s nowhere freeze
  run careen policy test --offline rootfs:root
  says "freeze"
}

@test "apply: a plan without steps is none" {
  echo '{"schema": "careen.plan/1"}' >plan.json
  run careen apply --offline plan.json
  code 2
  says "it has no list of steps"
}
