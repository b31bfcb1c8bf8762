#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# careen notify test without a network: programs, and what is said where nobody is reached. Servers belong to tests/oracle/notify.
load common

@test "notify test: nobody is named" {
  run careen notify test
  code 2
  says "there is nobody to tell: careen.yaml has nobody under notify:"
}

@test "notify test: a line for each, and one that fails does not stop the rest" {
  printf '#!/bin/sh\ncat >"%s/$1"\nexit "$2"\n' "$PWD" >tell
  chmod 755 tell
  printf 'notify:\n  command: [%s/tell, got, "0"]\n' "$PWD" >careen.yaml
  run careen notify test
  code 0
  says "ALL TOLD   1 of 1"
  says "told  command $PWD/tell"
  python3 -c 'import json, sys
notice = json.load(open("got"))
assert notice["schema"] == "careen.notice/1" and notice["command"] == "notify test" and not notice["failure"], notice'
  printf 'notify:\n  webhook: "http://127.0.0.1:1/hooks/sesame?key=sesame"\n  command: [%s/tell, got, "3"]\n' "$PWD" >careen.yaml
  run careen notify test
  code 1
  says "NOT ALL TOLD   0 of 2"
  says "webhook http://127.0.0.1:1/… was not told: "
  says "tell was not told: it ended with 3"
  run grep -c sesame <<<"$output"
  code 1
  run careen notify test command
  code 1
  says "0 of 1"
}

# What is ignored is ignored by what is started, too; how children end is not told then.
@test "notify test: by a supervisor that ignores SIGCHLD" {
  printf '#!/bin/sh\ncat >"%s/$1"\nexit "$2"\n' "$PWD" >tell
  chmod 755 tell
  printf 'notify:\n  command: [%s/tell, got, "3"]\n' "$PWD" >careen.yaml
  run python3 -c 'import os, signal, sys
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
os.execvp(sys.argv[1], sys.argv[1:])' "$CAREEN" notify test
  code 1
  says "tell was not told: it ended with 3"
}

@test "notify test: a program that is not there" {
  printf 'notify:\n  command: [%s/missing]\n' "$PWD" >careen.yaml
  run careen notify test
  code 1
  says "missing was not told: "
}
