# shellcheck shell=bash disable=SC2034
# SPDX-License-Identifier: Apache-2.0
# What careen needs from Debian, in one place: sourced by ./run, ./check and ./bench.
run_packages=(
  gcc libc6-dev pkg-config meson ninja-build
  libglib2.0-dev libarchive-dev libzstd-dev liblzma-dev zlib1g-dev libssl-dev libcurl4-openssl-dev
  libyajl-dev libfyaml-dev libsqlite3-dev librpm-dev libsolv-dev libsolvext-dev libelf-dev libseccomp-dev libsodium-dev libmicrohttpd-dev
  gpgv debian-archive-keyring ca-certificates distro-info-data debian-security-support bubblewrap uidmap
)
case $(dpkg --print-architecture) in amd64 | arm64) run_packages+=(libisal-dev) ;; esac
demo_packages=(mmdebstrap jq)
quick_packages=("${run_packages[@]}" bats jq strace python3 python3-jsonschema scdoc shellcheck clang-format isal time git)
check_packages=(
  "${quick_packages[@]}" clang clang-tidy clang-tools libclang-rt-dev mmdebstrap gpg apt-utils dpkg-dev
  docker.io docker-compose podman runc skopeo umoci buildah docker-registry apache2-utils openssl rpm createrepo-c dnf distro-info uidmap fuse-overlayfs slirp4netns
  graphviz musl-tools golang-go python3-venv composer debsecan zstd xz-utils curl faketime libcap2-bin
  prometheus ansible-core # doc/monitoring, doc/ansible
  debhelper lintian apparmor # the package
  chromium # the page
  python3-packaging node-semver golang-golang-x-mod-dev ruby php-cli php-composer-semver # whose version orders ours are compared with
)

# has_candidate PKG: would apt install it? (apt-cache show also knows packages that exist only as a recommendation.)
has_candidate() {
  local policy
  policy=$(LC_ALL=C apt-cache policy "$1" 2>/dev/null) # not piped: grep -q would end it early, which pipefail takes for a no
  [[ $policy == *"  Candidate: "[^\(]* ]]
}

# install_missing PKG…: asks dpkg, and apt only for what is not there. Says what it does; root or sudo.
install_missing() {
  local missing=() package sudo=
  for package; do
    dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  [ "$(id -u)" = 0 ] || sudo=sudo
  echo "careen: installing ${missing[*]}" >&2
  # A virtual or renamed package of another release must not stop the rest: those apt does not know are left out, and said.
  $sudo apt-get update -qq >&2 || true
  local known=()
  for package in "${missing[@]}"; do
    if has_candidate "$package"; then known+=("$package"); else echo "careen: this Debian has no package $package" >&2; fi
  done
  [ ${#known[@]} -gt 0 ] || return 0
  local apt=($sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends)
  "${apt[@]}" "${known[@]}" >/dev/null && return 0
  # One that conflicts with what is installed here must not keep the others away.
  for package in "${known[@]}"; do
    "${apt[@]}" "$package" >/dev/null || echo "careen: could not install $package" >&2
  done
}
