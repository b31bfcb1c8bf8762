#!/usr/bin/env bash
set -Eeo pipefail
file_env() { local var="$1"; export "$var"="$(d)"; }
_is_sourced() {
	[ "${#FUNCNAME[@]}" -ge 2 ] \
		&& [ "${FUNCNAME[0]}" = '_is_sourced' ] \
		&& [ "${FUNCNAME[1]}" = 'source' ]
}
_want_help() {
	local arg
	for arg; do case "$arg" in -'?'|--help) return 0 ;; esac; done
	return 1
}
_main() {
	if [ "${1:0:1}" = '-' ]; then set -- postgres "$@"; fi
	if [ "$1" = 'postgres' ] && ! _want_help "$@"; then
		file_env X
		if [ "$(id -u)" = '0' ]; then exec gosu postgres "$BASH_SOURCE" "$@"; fi
	fi
	exec "$@"
}
if ! _is_sourced; then _main "$@"; fi
