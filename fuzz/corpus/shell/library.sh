#!/bin/bash
. /opt/lib.sh
export LD=/x
for f in /opt/d/*.sh; do . "$f"; done
cmd=(a -x)
cmd+=("$@")
exec "${cmd[@]}"
