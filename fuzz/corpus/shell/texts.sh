a
exec a b
a; b
a # b

echo a 'b' "c"
a && b
true && b || c
a | b
a & b
if a; then b; else c; fi
if [ x = x ]; then b; else c; fi
if [ -f /x ]; then b; elif test 1 -gt 2; then c; else d; fi
if [[ abc == a* && ! 1 -eq 2 ]]; then b; fi
exec a; b
X=a; $X
X=a Y=b; "${X}"; ${Z:-$Y}
X=/usr/bin/a.conf; ${X%.conf}; Y=${X##*/}; ${Y%%.*}
X=xbx; ${X:1:1}; Y=xx; ${Y/xx/c}
A=(a 'b c'); A+=(d); "${A[@]}"; ${A[2]}
set -- a x; "$@"; shift; echo "$1"
$(echo a)
echo $(a `b` "$(c)")
echo "x $(a) y" > $(b)
cat <<EOF
a
$(b)
EOF
c
cat <<'EOF'
$(a)
EOF
c
sh <<-EOF
	a
	EOF
c
case start in start|run) a;; *) b;; esac
case $(x) in (a) a;; b) b; esac
f() { a "$1"; return 0; }; f x && b
function f { a; }
b
for i in a b; do $i; done
for i in $(x); do a; done
while read -r x; do a; done < /f
while :; do a; b; done
(a; b) && { c; }
! a || b
eval "a x"
eval "$UNSET_X"
read x; $x
read x; eval "$x"
J=$(x); $J/bin/java -v
trap 'a' EXIT; b
command -v a && b; command -v zz && c
PATH=/opt/x/bin; java; a
FOO=1 a; env FOO=1 b
cd /usr/bin; ./a; cd ../bin && ./b
sh -c 'a "$1"; $0' b
bash
[ "$(id -u)" = 0 ] && a
[ -z "$X" ] || a; [ -n "$X" ] && b
X=$(x)
if [ "$X" ]; then set -- a; else set -- b; fi
exec "$@"
x=1; ((x++)); (( x > 2 )) && a
