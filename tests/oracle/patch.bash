# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: Apache-2.0
# What the oracles of patching share; sourced. Before it: set -uo pipefail. It makes $work and goes there; a script's own clearing up is `clear_up`.
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
need() { # need TOOL…
  local tool
  for tool; do command -v "$tool" >/dev/null || { echo "skip: needs $tool"; exit 77; }; done
}
[ "$(id -u)" = 0 ] || { echo "skip: chroot needs root"; exit 77; }
work=$(mktemp -d "${TMPDIR:-/var/tmp}/careen-patch.XXXXXX")
user=careen-oracle-$$
clear_up() { :; }
clear_all() {
  clear_up
  ! id "$user" >/dev/null 2>&1 || userdel "$user"
  local mounted
  while read -r mounted; do umount "$mounted"; done < <(awk -v below="$work/" 'index($2, below) == 1 {print $2}' /proc/self/mounts | tac)
  [ -n "${KEEP:-}" ] || rm -rf "$work"
}
trap clear_all EXIT
cd "$work" || exit 1
chmod 755 "$work"
export CAREEN_IN_MEMORY=never # what is left over is looked for in the cache
passed=0 failed=0 skipped=0
# ok STATUS WHAT: a check; the status goes first, for a message may run commands
ok() { if [ "$1" = 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "not ok: $2"; fi; }
skip() { skipped=$((skipped + 1)); echo "# skip $1"; }
done_() { echo "# passed $passed"; echo "# failed $failed"; [ $skipped = 0 ] || echo "# skipped $skipped"; [ $failed = 0 ]; exit; }

mirror=${CAREEN_DEBIAN_MIRROR:-http://deb.debian.org/debian}
security=${CAREEN_SECURITY_MIRROR:-http://deb.debian.org/debian-security}

make_user() { # one with ids of its own for user namespaces
  id "$user" >/dev/null 2>&1 || { useradd --system --no-create-home "$user" && usermod --add-subuids 700000-765535 --add-subgids 700000-765535 "$user"; }
}
without_root() { setpriv --reuid "$user" --regid "$(id -g "$user")" --clear-groups "$@"; }

unpack() { # unpack TAR ROOT: a layer over what is there
  python3 - "$1" "$2" <<'P' && tar --warning=no-unknown-keyword -xpf "$1" -C "$2" --numeric-owner --xattrs --xattrs-include='*' --exclude='.wh.*'
import os, shutil, sys, tarfile
for member in tarfile.open(sys.argv[1], errors='surrogateescape'):
    folder, name = os.path.split(os.path.join(sys.argv[2], member.name))
    gone = name.startswith('.wh.')
    path = os.path.join(folder, name[4:] if gone else name)
    if os.path.isdir(path) and not os.path.islink(path):
        if gone or not member.isdir():
            shutil.rmtree(path)
    elif gone:
        os.unlink(path)
P
}

# apt by hand, in the root `hand`: with the machine's resolver and proxy, no service started, and no trace of that
enter_hand() {
  mkdir aside
  ! [ -e hand/etc/resolv.conf ] && ! [ -L hand/etc/resolv.conf ] || mv hand/etc/resolv.conf aside/
  cp /etc/resolv.conf hand/etc/resolv.conf
  ! [ -e hand/usr/sbin/policy-rc.d ] || cp -p hand/usr/sbin/policy-rc.d aside/
  printf '#!/bin/sh\nexit 101\n' >hand/usr/sbin/policy-rc.d && chmod 755 hand/usr/sbin/policy-rc.d
  grep -shr Proxy /etc/apt/apt.conf /etc/apt/apt.conf.d >hand/etc/apt/apt.conf.d/99by-hand
  mkdir -p hand/proc hand/tmp && mount -t proc proc hand/proc
}
by_hand() { env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive http_proxy="${http_proxy:-}" chroot hand "$@" </dev/null; }
leave_hand() {
  umount hand/proc
  rm -f hand/usr/sbin/policy-rc.d hand/etc/resolv.conf hand/etc/apt/apt.conf.d/99by-hand
  ! [ -e aside/policy-rc.d ] || mv aside/policy-rc.d hand/usr/sbin/
  ! [ -e aside/resolv.conf ] && ! [ -L aside/resolv.conf ] || mv aside/resolv.conf hand/etc/
  rm -r aside
}
list_packages() { dpkg-query --admindir="$1/var/lib/dpkg" -W -f '${binary:Package} ${Version} ${Status}\n' | sort; }
compare_with_hand() { # compare_with_hand WHAT: `hand` and `mine`
  diff <(list_packages hand) <(list_packages mine) >packages.diff
  ok $? "$1: the package set is as by hand: $(head -5 packages.diff)"
  diff <("$top/tests/tools/list-tree" hand) <("$top/tests/tools/list-tree" mine) >files.diff
  ok $? "$1: every file is as by hand: $(head -12 files.diff)"
}
