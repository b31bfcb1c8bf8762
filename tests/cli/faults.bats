#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What goes wrong around careen, and what the user finds afterwards. Nothing here waits for time to pass: strace stops the program at
# a system call of its own.
load common
bats_require_minimum_version 1.5.0

# as_nobody COMMAND…: as a user without rights and without a home
as_nobody() {
  [ "$(id -u)" = 0 ] || skip 'only root may become somebody else'
  runuser -u nobody -- env HOME=/nonexistent TMPDIR=/tmp "$@"
}

# traced OPTION… -- COMMAND…: the same under strace, whose own words go to a file
traced() {
  command -v strace >/dev/null || skip 'strace is not installed'
  strace -f -o probe true 2>/dev/null || skip 'tracing is not permitted here'
  strace -f -o trace "$@"
}

# in_mounts COMMAND: a shell of its own that may mount
in_mounts() {
  unshare -rm true 2>/dev/null || skip 'mounts of its own are not permitted here'
  unshare -rm bash -c "$1"
}

# reference: what an undisturbed scan of hello.oci.tar says, in reference.json
reference() {
  export SOURCE_DATE_EPOCH=1700000000
  small_image hello.oci.tar
  careen scan --offline -f json --cache-dir reference hello.oci.tar >reference.json 2>/dev/null || [ $? = 3 ]
}

# scan_again [OPTION…]: a scan says the same as the reference
scan_again() {
  careen scan --offline -f json "$@" hello.oci.tar >again.json 2>again.err || [ $? = 3 ] || { cat again.err; return 1; }
  cmp reference.json again.json
}

# no_temporaries: nothing that was only meant for a while is left here or in the temporary folder given to the program
no_temporaries() {
  local left
  left=$(find . "$TMPDIR" -name '.tmp-*' -o -name '.careen-*' -o -path "$TMPDIR/*")
  [ -z "$left" ] || { echo "left behind: $left"; return 1; }
}

own_tmp() { export TMPDIR=$BATS_TEST_TMPDIR/temporary; mkdir -p "$TMPDIR"; chmod 1777 "$TMPDIR"; }

@test "no room in the cache: told once, the same report, nothing broken left" {
  reference
  mkdir full
  run in_mounts "mount -t tmpfs -o size=16k none full && head -c 16384 /dev/zero >full/ballast
    '$CAREEN' scan --offline -f json --cache-dir full hello.oci.tar >full.json; echo code \$?; find full -type f"
  says 'code 3'
  says "careen: the cache 'full' cannot be written: No space left on device"
  [ "$(grep -c 'cannot be written' <<<"$output")" = 1 ]
  [[ $output != *full/layers/* ]]
  cmp reference.json full.json
}

@test "no room that shows in the middle: what was written moves out" {
  reference
  mkdir full
  # Their hashes do not share prefixes: the index is larger than the cache's file system, by far.
  python3 - <<'END'
import hashlib, tarfile
with tarfile.open('names.tar', 'w', format=tarfile.GNU_FORMAT) as tar:
    for i in range(3000):
        tar.addfile(tarfile.TarInfo('etc/' + hashlib.sha256(str(i).encode()).hexdigest() * 3))
END
  run in_mounts "mount -t tmpfs -o size=128k none full
    '$CAREEN' scan --offline --cache-dir full rootfs:names.tar >/dev/null; echo code \$?; find full -type f"
  says 'code 3'
  says "careen: the cache 'full' cannot be written: No space left on device"
  [[ $output != *full/layers/* ]]
}

@test "no room anywhere: exit 4, what to do, nothing left" {
  small_image hello.oci.tar
  mkdir full
  run in_mounts "mount -t tmpfs -o size=16k none full && head -c 16384 /dev/zero >full/ballast
    TMPDIR=full '$CAREEN' scan --offline --cache-dir full hello.oci.tar; echo code \$?; find full -type f"
  says 'code 4'
  says "careen: cannot read layer 1 of 'hello.oci.tar:latest': cannot write in 'full/layers': No space left on device"
  says 'hint: make room (careen cache prune), or name another folder with --cache-dir'
  [[ $output != *full/layers/* ]]
}

@test "nothing can be written at all, not even temporary files" {
  reference
  run in_mounts "mount --bind '$PWD' '$PWD' && mount -o remount,bind,ro '$PWD' && cd '$PWD' &&
    TMPDIR='$PWD' '$CAREEN' scan --offline -f json hello.oci.tar; echo code \$?"
  says 'code 3'
  says 'cannot be written: Read-only file system'
  diff reference.json <(grep -v -e '^code' -e '^careen: the cache' <<<"$output")
}

@test "a cache that is read-only: used as far as it goes" {
  reference
  in_mounts "mount --bind reference reference && mount -o remount,bind,ro reference &&
    '$CAREEN' scan --offline -f json --cache-dir reference hello.oci.tar >warm.json 2>warm.err; exit \$((\$? - 3))"
  cmp reference.json warm.json
  [ ! -s warm.err ] # all was there: nothing to write, nothing to tell
  rm -r reference/layers/*
  in_mounts "mount --bind reference reference && mount -o remount,bind,ro reference &&
    '$CAREEN' scan --offline -f json --cache-dir reference hello.oci.tar >cold.json 2>cold.err; exit \$((\$? - 3))"
  cmp reference.json cold.json
  grep -q 'Read-only file system' cold.err
}

@test "a cache path that is a file, or leads through one" {
  reference
  echo mine >file
  scan_again --cache-dir file
  grep -q "the cache 'file' cannot be written: Not a directory" again.err
  scan_again --cache-dir file/below
  [ "$(cat file)" = mine ]
  ln -s nowhere dangling
  scan_again --cache-dir dangling
}

@test "two images that share a layer read it once, even without a cache" {
  reference
  echo mine >file
  cp hello.oci.tar second.oci.tar
  # Each image writes other things too; the second one does not write the layer again.
  traced -e trace=openat -- "$CAREEN" scan --offline --cache-dir file hello.oci.tar >/dev/null 2>&1 || [ $? = 3 ]
  one=$(grep -c O_TMPFILE trace)
  traced -e trace=openat -- "$CAREEN" scan --offline --cache-dir file hello.oci.tar second.oci.tar >/dev/null 2>&1 || [ $? = 3 ]
  [ "$(grep -c O_TMPFILE trace)" -lt $((2 * one)) ]
}

@test "somebody else's cache: not readable, not writable" {
  reference
  chmod -R a+rX . && chmod 700 reference
  own_tmp
  run --separate-stderr as_nobody "$CAREEN" scan --offline -f json --cache-dir reference hello.oci.tar
  code 3
  [ "$output" = "$(cat reference.json)" ]
  [[ $stderr == *"the cache 'reference' cannot be written: Permission denied"* ]]
  run as_nobody "$CAREEN" cache ls --cache-dir reference
  code 4
  says "careen: cannot read 'reference': Permission denied"
  run as_nobody "$CAREEN" cache prune --all --cache-dir reference
  code 4
  says "Permission denied"
  chmod 755 reference reference/layers reference/layers/*
  run as_nobody "$CAREEN" cache prune --all --cache-dir reference
  code 4
  says "careen: cannot remove '"
}

@test "a plain user without a home, and no HOME at all" {
  reference
  chmod -R a+rX .
  run --separate-stderr as_nobody env -u XDG_CACHE_HOME -u XDG_STATE_HOME -u HOME SOURCE_DATE_EPOCH=1700000000 "$CAREEN" scan --offline -f json hello.oci.tar
  code 3
  [ "$output" = "$(cat reference.json)" ]
  unset HOME
  scan_again
  [ ! -s again.err ]
}

@test "damaged entries of the cache: cut, empty, changed, of an older careen" {
  reference
  index=$(find reference/layers -type f)
  size=$(stat -c %s "$index")
  for harm in "truncate -s $((size / 2))" "truncate -s 0" "truncate -s 7" "truncate -s +4096" \
    "sed -i s/hello/jello/" "sed -i 1s/^./X/" "dd if=/dev/urandom bs=1 seek=8 count=4 conv=notrunc status=none of="; do
    case $harm in *of=) $harm"$index" ;; *) $harm "$index" ;; esac
    scan_again --cache-dir reference
    [ ! -s again.err ]
    [ "$(stat -c %s "$index")" = "$size" ]
  done
  rm "$index" && mkdir "$index" # no file at all
  scan_again --cache-dir reference
}

@test "interrupted in the middle of a layer: dead of that signal, nothing left, the next scan is right" {
  reference
  own_tmp
  for signal in INT TERM HUP; do
    number=$(kill -l $signal)
    rm -rf cache
    # The index is complete and about to be synced.
    run -$((128 + number)) traced -e trace=fsync -e inject=fsync:signal=SIG$signal:when=1 -- env --default-signal=$signal \
      "$CAREEN" scan --offline -o report hello.oci.tar
    grep -q "killed by SIG$signal" trace
    [ ! -e report ]
    no_temporaries
    scan_again
  done
}

@test "interrupted where files need a name from the start" {
  reference
  own_tmp
  # Without /proc a nameless file cannot get a name later.
  in_mounts "mount -t tmpfs none /proc && '$CAREEN' scan --offline -f json hello.oci.tar >plain.json; exit \$((\$? - 3))"
  cmp reference.json plain.json
  no_temporaries
  rm -rf cache
  for n in 1 2; do # the index is synced, then the report
    echo old >report
    run -143 traced -e trace=fsync -e inject=fsync:signal=SIGTERM:when=$n -- \
      unshare -rm bash -c "mount -t tmpfs none /proc && exec '$CAREEN' scan --offline -o report hello.oci.tar"
    [ "$(cat report)" = old ]
    no_temporaries
  done
}

@test "killed at every step of writing: the next scan is right, no file of it is believed" {
  reference
  own_tmp
  for call in fsync linkat rename; do
    for n in 1 2; do # of the index, of the report
      rm -rf cache report
      run traced -e trace=$call -e inject=$call:signal=SIGKILL:when=$n -- "$CAREEN" scan --offline -o report hello.oci.tar
      code 137
      [ ! -e report ] || grep -q '^next:' report
      scan_again
      [ ! -s again.err ]
    done
  done
}

@test "what killed ones left is cleaned away when it is a day old" {
  reference
  mkdir -p "$XDG_CACHE_HOME/careen/layers" "$XDG_CACHE_HOME/careen/archives/lists"
  old=$XDG_CACHE_HOME/careen/layers/.tmp-1-0000000a older=$XDG_CACHE_HOME/careen/archives/.tmp-1-0000000c young=$XDG_CACHE_HOME/careen/layers/.tmp-1-0000000b
  echo x | tee "$old" "$older" >"$young"
  touch -d '2 days ago' "$old" "$older"
  scan_again
  [ ! -e "$old" ] && [ ! -e "$older" ] && [ -e "$young" ]
}

@test "few descriptors, small files, little memory" {
  reference
  (ulimit -n 32; scan_again)
  [ ! -s again.err ]
  run bash -c "ulimit -f 0; exec '$CAREEN' scan --offline --cache-dir other hello.oci.tar 2>&1 | cat; exit \${PIPESTATUS[0]}"
  says 'File too large'
  for limit in -v -d; do
    run bash -c "ulimit $limit 70000; exec '$CAREEN' scan --offline hello.oci.tar"
    code 4
    says 'careen: cannot start: less memory may be used than the 128 MiB it takes'
  done
}

@test "a library that unpacks is missing: what needs it says so, and what does not is read, by readers too" {
  local library
  small_image hello.oci.tar
  library=$(ldconfig -p | sed -n 's/.*libisal\.so\.2 .*=> //p' | head -1)
  [ -n "$library" ] || skip 'libisal.so.2 is not installed'
  in_mounts "mount --bind /dev/null $(readlink -f "$library") && '$CAREEN' scan --offline layer.tar >said 2>&1; echo \$? >>said
             '$CAREEN' scan --offline hello.oci.tar >said-packed 2>&1; echo \$? >>said-packed"
  [ "$(tail -1 said)" = 3 ]
  [ "$(tail -1 said-packed)" = 4 ]
  grep -F "careen: cannot read layer 1 of 'hello.oci.tar:latest': cannot load 'libisal.so.2', which unpacks gzip: " said-packed
}

@test "refused memory or a thread in the middle: a message, not an abort" {
  small_image hello.oci.tar
  run traced -e trace=clone3,clone -e inject=clone3,clone:error=EAGAIN -- "$CAREEN" scan --offline hello.oci.tar
  code 4
  says "careen: cannot read layer 1 of 'hello.oci.tar:latest': a process that reads it cannot be started: Resource temporarily unavailable"
  run traced -e trace=clone3,clone -e inject=clone3,clone:error=EAGAIN -- "$CAREEN" scan --offline oci-archive:hello.oci.tar
  code 4
  says 'careen: cannot go on: no memory: GLib: creating thread'
  # Above the check at the start each of these is refused something else; none may end by a signal.
  for more in 1 2 4 6 8 10 12; do
    run bash -c "ulimit -v \$((185000 + $more * 2000)); exec '$CAREEN' scan --offline --cache-dir other hello.oci.tar"
    [ "$status" = 3 ] || [ "$status" = 4 ] || { code 3 or 4; }
    rm -rf other
  done
}

@test "a bug is exit 70 and says so" {
  small_image hello.oci.tar
  run traced -e trace=fsync -e inject=fsync:signal=SIGSEGV:when=1 -- "$CAREEN" scan --offline -o report hello.oci.tar
  code 70
  says 'careen: a bug in careen'
  run traced -e trace=fsync -e inject=fsync:signal=SIGABRT:when=1 -- "$CAREEN" scan --offline -o report hello.oci.tar --cache-dir other
  code 70
}

@test "standard output closed, full, or with a reader that has gone" {
  small_image hello.oci.tar
  run bash -c "'$CAREEN' scan --offline hello.oci.tar >&-"
  code 4
  says "careen: cannot write 'standard output': Bad file descriptor"
  for device in '>/dev/full' '-o /dev/full'; do
    run bash -c "'$CAREEN' scan --offline hello.oci.tar $device"
    code 4
    says 'No space left on device'
  done
  for command in 'scan --offline hello.oci.tar' 'cache ls' 'help' '--version' 'help scan'; do
    run bash -c "'$CAREEN' $command >/dev/full"
    code 4
  done
  run bash -c "'$CAREEN' scan --offline hello.oci.tar | head -1; exit \${PIPESTATUS[0]}"
  code 3
  [ "${#lines[@]}" = 1 ]
  run bash -c "set -o pipefail; '$CAREEN' scan --offline -f json hello.oci.tar | true"
  code 3
  [ -z "$output" ]
  run bash -c "'$CAREEN' scan --offline hello.oci.tar 2>&- <&- >out"
  code 3
  grep -q 'debian 12' out
}

@test "-o: the disk fills up while the report is written" {
  reference
  mkdir full
  run in_mounts "mount -t tmpfs -o size=16k none full && echo old >full/report && head -c 12288 /dev/zero >full/ballast
    '$CAREEN' scan --offline --cache-dir reference -o full/report hello.oci.tar; echo code \$?; ls -A full; cat full/report"
  says 'code 4'
  says "careen: cannot write 'full/report': No space left on device"
  [[ $output == *$'code 4\nballast\nreport\nold' ]]
}

@test "-o: into a folder that cannot be written, before any work" {
  small_image hello.oci.tar
  mkdir -p locked && chmod 755 . locked && chmod a+r hello.oci.tar
  run as_nobody "$CAREEN" scan --offline -o locked/report hello.oci.tar
  code 4
  says "careen: cannot write 'locked/report': Permission denied"
}

@test "many at once on one cache: all right, all the same" {
  reference
  for round in 2 10; do
    rm -rf cache
    pids=()
    for i in $(seq $round); do
      "$CAREEN" scan --offline -f json hello.oci.tar >"out.$i" 2>"err.$i" &
      pids+=($!)
    done
    for pid in "${pids[@]}"; do wait "$pid" || [ $? = 3 ]; done
    for i in $(seq $round); do
      cmp reference.json "out.$i"
      [ ! -s "err.$i" ]
    done
    [ "$(find cache/careen/layers -type f | wc -l)" = 1 ]
  done
}

@test "the cache is taken away while it is used" {
  reference
  for i in $(seq 10); do
    "$CAREEN" scan --offline -f json hello.oci.tar >"out.$i" 2>/dev/null &
    pids[i]=$!
    mv cache "gone.$i" 2>/dev/null || true
  done
  for i in $(seq 10); do
    wait "${pids[i]}" || [ $? = 3 ]
    cmp reference.json "out.$i"
  done
}
