# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# For every .bats here: the built program, a cache and state of the test's own, small images, and exact outputs kept in expected/.
# CAREEN_ACCEPT_OUTPUT=1 writes what came instead of comparing: look at it before you commit it.

setup() {
  here=$BATS_TEST_DIRNAME
  top=$(cd "$here/../.." && pwd)
  : "${CAREEN:=$top/build/careen}"
  export XDG_CACHE_HOME=$BATS_TEST_TMPDIR/cache XDG_STATE_HOME=$BATS_TEST_TMPDIR/state XDG_CONFIG_HOME=$BATS_TEST_TMPDIR/config
  export LC_ALL=C.UTF-8 COLUMNS=100 TERM=dumb
  unset NO_COLOR DOCKER_HOST CONTAINER_HOST SOURCE_DATE_EPOCH
  # No daemon and no registry of this machine is asked by accident.
  export DOCKER_HOST=unix://$BATS_TEST_TMPDIR/no-docker.sock CONTAINER_HOST=unix://$BATS_TEST_TMPDIR/no-podman.sock
  cd "$BATS_TEST_TMPDIR" || return 1
}

careen() { "$CAREEN" "$@"; }

# expect NAME: $output is exactly expected/NAME.txt
expect() {
  local file=$here/expected/$1.txt
  [ -z "${CAREEN_ACCEPT_OUTPUT:-}" ] || printf '%s\n' "$output" >"$file"
  diff -u "$file" <(printf '%s\n' "$output")
}

# code N: the exit code was N
code() { [ "$status" = "$1" ] || { echo "exit $status, expected $1: $output"; return 1; }; }

# says TEXT: it is somewhere in the output
says() { grep -qF -- "$1" <<<"$output" || { echo "does not say '$1': $output"; return 1; }; }

# small_root DIR: a Debian root with two packages, one program without a package, and a start
small_root() {
  mkdir -p "$1"/etc "$1"/usr/bin "$1"/usr/lib "$1"/var/lib/dpkg/info
  printf 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\n' >"$1/etc/os-release"
  cat >"$1/var/lib/dpkg/status" <<'END'
Package: base-files
Status: install ok installed
Priority: required
Section: admin
Installed-Size: 341
Maintainer: Santiago Vila <sanvila@debian.org>
Architecture: amd64
Version: 12.4+deb12u5
Description: Debian base system miscellaneous files

Package: hello
Status: install ok installed
Priority: optional
Section: devel
Installed-Size: 287
Maintainer: Santiago Vila <sanvila@debian.org>
Architecture: amd64
Version: 2.10-3
Description: example package based on GNU hello
END
  printf '/.\n/etc\n/etc/os-release\n' >"$1/var/lib/dpkg/info/base-files.list"
  printf '/.\n/usr\n/usr/bin\n/usr/bin/hello\n' >"$1/var/lib/dpkg/info/hello.list"
  printf '#!/bin/sh\necho hello\n' >"$1/usr/bin/hello"
  chmod 755 "$1/usr/bin/hello"
}

# small_image FILE [CONFIG]: the same as an oci-archive
small_image() {
  local config='{"Entrypoint":["/usr/bin/hello"]}'
  small_root root
  tar -C root --sort=name --mtime=@1700000000 --owner=0 --group=0 --numeric-owner -cf layer.tar .
  "$top/tools/make-oci" "$1" "${2:-$config}" layer.tar
}
