# shellcheck shell=bash disable=SC2154 # top
# SPDX-License-Identifier: Apache-2.0
# Packages of this checkout, for the oracles that want them: sourced, with $top set. Each tree is built once, in build/oracle
# (CAREEN_ORACLE), whoever asks first; another that asks meanwhile waits for it.

package_programs() { # the first that is missing, or nothing
  local program
  for program in dpkg-buildpackage dh git; do command -v $program >/dev/null || { echo "$program"; return; }; done
}

# What is committed and what is not yet, without what no commit would hold.
package_files() { # NUL after each
  git -C "$top" ls-files -z --cached --others --exclude-standard | (cd "$top" && xargs -0 sh -c 'for f; do [ ! -e "$f" ] || printf "%s\0" "$f"; done' -)
}
package_tree() { # package_tree FOLDER
  mkdir -p "$1"
  package_files | tar -C "$top" --null -T - -c | tar -x -C "$1"
}
package_build() { # package_build FOLDER; of the date of its changelog, whatever who asks works at
  (unset SOURCE_DATE_EPOCH; cd "$1" && DEB_BUILD_OPTIONS=noautodbgsym dpkg-buildpackage -us -uc -b)
}

package_key() { # of all that a package can have: not of the tests
  (cd "$top" && package_files | grep -zv '^tests/' | sort -z | xargs -0 sha256sum) | sha256sum | cut -c1-24
}

# package_made [SUITE]: prints the folder that has the packages of this tree, of this machine's Debian or built in one of SUITE (with what its lintian
# says, in the file lintian); else not 0, with the end of the build's log on stderr: 77 where it was SUITE's archive.
package_made() {
  local kept=${CAREEN_ORACLE:-$top/build/oracle}/package folder
  folder=$kept/$(package_key)${1:+-$1}
  mkdir -p "$kept"
  (
    flock 8
    if [ ! -e "$folder/made" ]; then
      find "$kept" -mindepth 1 -maxdepth 1 -type d -mmin +240 -exec rm -rf {} + # of trees that are gone
      rm -rf "$folder"
      package_tree "$folder/careen"
      if [ -n "${1:-}" ]; then package_build_in "$1" "$folder"; else package_build "$folder/careen"; fi >"$folder/log" 2>&1 ||
        { code=$?; tail -25 "$folder/log" >&2; exit $code; }
      rm -rf "$folder/careen"
      : >"$folder/made"
    fi
  ) 8>"$kept/lock${1:+-$1}" && echo "$folder"
}

# package_build_in SUITE FOLDER: FOLDER/careen in a clean Debian of SUITE, which is gone afterwards; the packages come into FOLDER.
package_build_in() {
  local inside='chroot "$1" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive DEB_BUILD_OPTIONS=noautodbgsym'
  tar -C "$2" -cf "$2/careen.tar" careen
  mmdebstrap -q --variant=apt --format=null --include=lintian --customize-hook='mkdir "$1/build"' --customize-hook="tar-in '$2/careen.tar' /build" \
    --customize-hook="$inside apt-get build-dep -y -qq --no-install-recommends /build/careen" \
    --customize-hook=": >'$2/begun'" --customize-hook="$inside sh -c 'cd /build/careen && dpkg-buildpackage -us -uc -b'" \
    --customize-hook="$inside sh -c 'cd /build && lintian -I --allow-root --fail-on none careen_*.changes >lintian 2>&1; rm -r careen; ls -l'" \
    --customize-hook="sync-out /build '$2'" "$1" /dev/null || { [ -e "$2/begun" ] && return 1 || return 77; }
  rm -f "$2/careen.tar"
}
