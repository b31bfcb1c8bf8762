#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
load common

# Every command that has options of its own, as the program lists them.
commands() { "$CAREEN" help | sed -n '/^Usage:/,/^Output:/s/^  \([a-z-]\+\( [a-z]\+\)\?\) .*/\1/p' | grep -vx -e help -e version; }

@test "the commands that the tests below ask are all there are" {
  sources() { sed -n '/^const CrCommand /,/^};/s/^ *\.name = "\([a-z -]*\)",$/\1/p' "$top"/src/cli/command-*.c; }
  diff <(commands | sort) <(sources | sort)
}

@test "without arguments: what there is, and exit 2" {
  run careen
  code 2
  expect overview
}

@test "--help of every command fits 80 columns and has examples" {
  export COLUMNS=80
  commands | while read -r command; do
    # shellcheck disable=SC2086
    run careen $command --help
    code 0
    says "careen $command"
    says 'xample'
    [ "$(awk '{ if (length($0) > 80) n++ } END { print n + 0 }' <<<"$output")" = 0 ]
  done
}

@test "--version" {
  run careen --version
  code 0
  [[ $output =~ ^careen\ [0-9]+\.[0-9]+\.[0-9]+ ]]
}

@test "a command that is not there: the near one is named" {
  run careen scna x
  code 2
  says "did you mean 'scan'?"
}

@test "an option that is not there, and one for another command" {
  run careen scan --fial-on security x
  code 2
  says "fail-on"
  run careen cache ls --fail-on security
  code 2
}

@test "a missing argument names it" {
  run careen scan
  code 2
  says 'IMAGE… is missing'
  run careen why libc6
  code 2
}

@test "values that make no sense" {
  run careen scan --as-of 2026-02-30 x
  code 2
  says 'a day such as'
  run careen scan --jobs 0 x
  code 2
  run careen scan -f cyclonedx x
  code 2
  says "'scan' has table, json, sarif"
  [[ $output != *spdx* ]]
  run careen sbom -f cyclondx x
  code 2
  says "did you mean 'cyclonedx'?"
  run careen scan -o one -o two x
  code 2
  says "cannot write to both 'one' and 'two'"
  [ ! -e one ] && [ ! -e two ]
  run careen scan --fail-on reached+ x
  code 2
  says "'reached+'"
  run careen scan --fail-on securty x
  code 2
  says "did you mean 'security'?"
  run careen scan --command "a 'b" x
  code 2
  says '--command'
}

@test "man pages of every command: scdoc takes them, and man's own check finds nothing" {
  command -v scdoc >/dev/null || skip 'scdoc is not installed'
  export CAREEN
  { echo careen; echo careen.yaml; commands; } | while read -r page; do
    name=careen-${page// /-}
    [ "$page" != careen ] && [ "$page" != careen.yaml ] || name=$page
    grep -qF "'$name." "$top/meson.build" # it is installed
    # shellcheck disable=SC2016
    run bash -c '"$CAREEN" __man $1 | scdoc' - "$page"
    code 0
    says '.TH'
  done
}

@test "shell completion: each script is one its shell takes" {
  for shell in bash zsh fish; do
    run careen __completion "$shell"
    code 0
    says careen
    ! command -v "$shell" >/dev/null || "$shell" -n <<<"$output"
  done
}

@test "completion offers what the option table has" {
  export CAREEN
  run bash -c 'eval "$("$CAREEN" __completion bash)"; COMP_WORDS=(careen scan --fail); COMP_CWORD=2; _careen 2>/dev/null; printf "%s\n" "${COMPREPLY[@]}"'
  says --fail-on
}
