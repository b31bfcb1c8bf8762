#!/bin/sh
set -e
if [ "$1" = "a" ] || [ "$1" = "b" ]; then
  if /usr/bin/find "/docker-entrypoint.d/" -mindepth 1; then
    find "/docker-entrypoint.d/" -follow -type f | sort -V | while read -r f; do
      case "$f" in *.sh) if [ -x "$f" ]; then "$f"; fi;; esac
    done
  fi
fi
exec "$@"
