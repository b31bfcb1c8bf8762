#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The table on terminals of every width, and progress on a real (pseudo-)terminal.
load common
bats_require_minimum_version 1.5.0

# wide_image FILE: long names, and names that a terminal must not see raw
wide_image() {
  small_root root
  local long
  long=$(printf 'x%.0s' {1..150})
  printf '\nPackage: lib%s\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1:2.3+really4.5~rc6-7+deb12u8+b9\nDescription: x\n' "${long:0:60}" >>root/var/lib/dpkg/status
  mkdir -p "root/usr/local/bin" "root/opt/with words in its name"
  printf '#!/bin/sh\n' >"root/usr/local/bin/$long"
  printf '#!/bin/sh\n' >$'root/usr/local/bin/a\e[31mred\n\tand\x07 bell'
  printf '#!/bin/sh\n' >$'root/usr/local/bin/\u202egnihtemos'
  printf '#!/bin/sh\n' >"root/opt/with words in its name/and one more"
  chmod -R 755 root/usr/local/bin root/opt
  sed -i $'s/^PRETTY_NAME=.*/PRETTY_NAME="A \e[1mvery long name of an operating system that goes on and on and on for ever"/' root/etc/os-release
  tar -C root --sort=name --mtime=@1700000000 --owner=0 --group=0 --numeric-owner -cf layer.tar .
  "$top/tools/make-oci" "$1" '{"Entrypoint":["/usr/bin/hello","--an-option-that-is-long","\u001b]0;title\u0007","a word"]}' layer.tar
}

# on_terminal COLUMNS COMMAND…: runs it on a pseudo-terminal so wide; prints what came there
on_terminal() {
  python3 - "$@" <<'END'
import fcntl, os, pty, struct, sys, termios
columns, command = int(sys.argv[1]), sys.argv[2:]
pid, fd = pty.fork()
if not pid:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack('HHHH', 50, columns, 0, 0))
    os.execvp(command[0], command)
out = b''
try:
    while data := os.read(fd, 65536):
        out += data
except OSError:
    pass
sys.stdout.buffer.write(out)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
END
}

# no_wider COLUMNS FILE: no line is wider unless it is one word; nothing raw
no_wider() {
  python3 - "$@" <<'END'
import re, sys, unicodedata
limit, text = int(sys.argv[1]), open(sys.argv[2], newline='', encoding='utf-8').read().replace('\r\n', '\n')
text = re.sub(r'\x1b\[[0-9;]*m', '', text)  # colours of the report's own
for line in text.split('\n'):
    raw = [c for c in line if unicodedata.category(c) in ('Cc', 'Cf')]
    if raw: sys.exit(f'raw {raw!r} in {line!r}')
    width = sum(2 if unicodedata.east_asian_width(c) in 'WF' else 1 for c in line)
    if width <= limit or line.startswith('  careen '): continue  # a command to copy stays whole
    # Wider only where the last word is longer than half of the screen, and what stands before it shorter.
    last = line.split()[-1]
    if len(last) <= limit // 2 or len(line) - len(last) > limit // 2: sys.exit(f'{width} > {limit}: {line!r}')
END
}

@test "no line is wider than the terminal" {
  wide_image wide.oci.tar
  for width in 40 60 200 400; do
    for arguments in '' --all '--color always'; do
      # shellcheck disable=SC2086
      COLUMNS=$width careen scan --offline $arguments wide.oci.tar >out || [ $? = 3 ]
      no_wider $width out
      # shellcheck disable=SC2086
      on_terminal $width "$CAREEN" scan --offline --no-progress $arguments wide.oci.tar >out || [ $? = 3 ]
      no_wider $width out
    done
    COLUMNS=$width careen why --offline hello wide.oci.tar >out || [ $? = 3 ]
    no_wider $width out
    COLUMNS=$width careen diff --offline wide.oci.tar wide.oci.tar >out || [ $? = 3 ]
    no_wider $width out
    COLUMNS=$width careen help scan >out
    no_wider $width out
  done
}

@test "narrower than 40 is laid out for 40, and no terminal at all for 120" {
  wide_image wide.oci.tar
  COLUMNS=40 careen scan --offline wide.oci.tar >forty || [ $? = 3 ]
  COLUMNS=20 careen scan --offline wide.oci.tar >out || [ $? = 3 ]
  cmp forty out
  COLUMNS=120 careen scan --offline wide.oci.tar >expected || [ $? = 3 ]
  for columns in '' 0 -5 wide 99999999999999999999999 $'\e[31m'; do
    COLUMNS=$columns careen scan --offline wide.oci.tar >out || [ $? = 3 ]
    case $columns in 9*) COLUMNS=400 careen scan --offline wide.oci.tar >expected.wide || [ $? = 3 ]; cmp expected.wide out ;;
      *) cmp expected out ;; esac
  done
  env -u COLUMNS "$CAREEN" scan --offline wide.oci.tar >out || [ $? = 3 ]
  cmp expected out
}

# slow_server: a registry for one image, the layer's second half only after the first has been on the screen for a while
slow_scan() { # ARGUMENTS…: scan it on a terminal of 100 columns; out: the terminal, result: -o's file
  python3 "$here/slow-registry.py" "$CAREEN" "$@"
}

@test "a bar appears for what takes longer than half a second, and is gone at the end" {
  run slow_scan
  code 3
  grep -q 'reading 1 of 1 layers' terminal
  grep -qE '\[#+\.+\]' terminal
  # Each is drawn over the one before, and the last thing done to the line is to erase it.
  python3 - <<'END'
text = open('terminal', 'rb').read()
last = text.rindex(b'layers  [')
assert b'\r\x1b[K' in text[last:], text[last:]
assert b'reading' not in open('stdout', 'rb').read()
END
  jq -e .schema stdout
}

@test "no bar with --no-progress, with --quiet, or where stderr is no terminal" {
  for option in --no-progress --quiet no-terminal; do
    run slow_scan $option
    code 3
    [ ! -s terminal ] || { cat -v terminal; return 1; }
    jq -e .schema stdout
  done
}

@test "the demo's image: made once, also by two at once; what a killed one left is gone" {
  mkdir bin "nginx.oci.tar.Xy12Zz"
  cat >bin/mmdebstrap <<'END'
#!/bin/sh
echo made >>"$MADE"
mkdir -p root/etc
tar -cf "$5" root
END
  chmod +x bin/mmdebstrap
  export MADE=$PWD/made PATH=$PWD/bin:$PATH
  "$top/tools/outdated-image" "$PWD/nginx.oci.tar" &
  first=$!
  "$top/tools/outdated-image" "$PWD/nginx.oci.tar"
  wait "$first"
  [ -s nginx.oci.tar ]
  [ "$(cat made)" = made ]
  [ "$(echo nginx.oci.tar*)" = nginx.oci.tar ]
}
