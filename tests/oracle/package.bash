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
package_build() { # package_build FOLDER
  (cd "$1" && DEB_BUILD_OPTIONS=noautodbgsym dpkg-buildpackage -us -uc -b)
}

package_key() { # of all that a package can have: not of the tests
  (cd "$top" && package_files | grep -zv '^tests/' | sort -z | xargs -0 sha256sum) | sha256sum | cut -c1-24
}

# package_made: prints the folder that has the packages of this tree; 1 with the end of the build's log on stderr.
package_made() {
  local kept=${CAREEN_ORACLE:-$top/build/oracle}/package key
  key=$(package_key)
  mkdir -p "$kept"
  (
    flock 8
    if [ ! -e "$kept/$key/made" ]; then
      find "$kept" -mindepth 1 -maxdepth 1 -type d -mmin +240 -exec rm -rf {} + # of trees that are gone
      package_tree "$kept/$key/careen"
      package_build "$kept/$key/careen" >"$kept/$key/log" 2>&1 || { tail -25 "$kept/$key/log" >&2; exit 1; }
      rm -rf "$kept/$key/careen"
      : >"$kept/$key/made"
    fi
  ) 8>"$kept/lock" && echo "$kept/$key"
}
