#!/bin/bash
# Checks the units, the polkit rule and the udev rules without installing anything on this machine.
#   1. `systemd-analyze verify` in a temporary root with stubs where the binaries will be: no message
#   2. `systemd-analyze security --offline=true`: both daemons 2.0 or less
#   3. sysusers, tmpfiles and preset are understood by systemd's own tools
#   4. the polkit rule is JavaScript and answers as meant; the kiosk script is shell
#   5. the udev rules pass udev's own parser (as root) and a line check (always)
# Exits 0 when all hold. Needs systemd >= 250 and node. Prints one line per check.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
limit=2.0
failed=0
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
ok() { echo "ok      $*"; }
bad() { echo "FAILED  $*"; failed=1; }

for tool in systemd-analyze systemd-sysusers systemd-tmpfiles udevadm node; do
    command -v "$tool" >/dev/null || { bad "$tool is not installed"; exit 1; }
done

# --- a root with this system's units, ours, and stubs for what ExecStart names
mkdir -p "$root"/{etc/systemd/system,usr/lib/systemd/system,usr/bin,usr/lib/uketsuke,usr/lib/sysusers.d,usr/lib/tmpfiles.d,run,tmp,var}
ln -s usr/lib "$root/lib"; ln -s usr/bin "$root/bin"; ln -s usr/sbin "$root/sbin"; mkdir -p "$root/usr/sbin"
cp -r /usr/lib/systemd/system/. "$root/usr/lib/systemd/system/"
cp "$here"/system/* "$root/usr/lib/systemd/system/"
cp "$here"/sysusers.d/*.conf "$root/usr/lib/sysusers.d/"
cp "$here"/tmpfiles.d/*.conf "$root/usr/lib/tmpfiles.d/"
stub() { mkdir -p "$root$(dirname "$1")"; printf '#!/bin/sh\nexit 0\n' > "$root$1"; chmod 755 "$root$1"; }
sed -n 's/^Exec[A-Za-z]*=[-@:+!]*\([^ ]*\).*/\1/p' "$here"/system/*.service | sort -u | while read -r exe; do stub "$exe"; done
touch "$root/etc/passwd" "$root/etc/group"
printf 'root:x:0:0::/root:/bin/sh\n' > "$root/etc/passwd"; printf 'root:x:0:\nvideo:x:44:\n' > "$root/etc/group"

units=$(cd "$here/system" && ls)
for unit in $units; do
    # Messages about units of the base system are not ours to judge.
    out=$(systemd-analyze --root="$root" --man=no --recursive-errors=no verify "$root/usr/lib/systemd/system/$unit" 2>&1); code=$?
    out=$(printf '%s\n' "$out" | grep -v '^$' || true)
    if [ $code -eq 0 ] && [ -z "$out" ]; then ok "verify $unit"; else bad "verify $unit (exit $code): $out"; fi
done

for unit in uketsuked.service uketsuke-vision.service; do
    # `--threshold` counts in tenths.
    out=$(systemd-analyze --root="$root" --no-pager --offline=true --threshold="${limit/./}" security "$root/usr/lib/systemd/system/$unit" 2>&1); code=$?
    level=$(printf '%s\n' "$out" | sed -n 's/.*Overall exposure level for [^:]*: \([0-9.]*\).*/\1/p')
    if [ -n "$level" ] && [ $code -eq 0 ] && awk -v a="$level" -v b="$limit" 'BEGIN{exit !(a<=b)}'; then
        ok "security $unit $level (limit $limit)"
    else
        bad "security $unit ${level:-unknown} (limit $limit)"
    fi
done

if out=$(systemd-sysusers --root="$root" 2>&1) && for u in uketsuke uketsuke-vision uketsuke-kiosk; do grep -q "^$u:" "$root/etc/passwd" || exit 1; done &&
   grep -q '^uketsuke-vision:.*:uketsuke$' "$root/etc/group" && grep -q '^uketsuke-admin:' "$root/etc/group" &&
   grep -q '^uketsuke-receipt:' "$root/etc/group"; then
    ok "sysusers: 3 users, groups and memberships"
else
    bad "sysusers: $out"
fi
if [ "$(id -u)" = 0 ]; then
    if out=$(systemd-tmpfiles --root="$root" --create uketsuke.conf 2>&1) && [ "$(stat -c %a "$root/var/lib/uketsuke")" = 700 ]; then
        ok "tmpfiles"
    else
        bad "tmpfiles: $out"
    fi
fi
# `verify` says nothing about units that do not exist and are only wanted or required.
for unit in $(grep -hoE '\buketsuke[a-z-]*\.(service|socket|target)' "$here"/system/* | sort -u); do
    [ -e "$here/system/$unit" ] || bad "a unit names $unit, which does not exist"
done
for unit in $(sed -n 's/^\(enable\|disable\) //p' "$here"/preset/*.preset); do
    [ -e "$here/system/$unit" ] || bad "preset names $unit, which does not exist"
done
# The kiosk script: opens the page with an empty profile, refuses every address but this machine's.
kiosk() { RUNTIME_DIRECTORY="$root/run" UKETSUKE_BROWSER="$root/run/browser" sh "$here/libexec/kiosk-browser" 2>&1; }
printf '#!/bin/sh\nfor a; do echo "$a"; done; ls -A "%s"\n' "$root/run/profile" > "$root/run/browser"; chmod 755 "$root/run/browser"
mkdir -p "$root/run/profile"; touch "$root/run/profile/left-over"
echo 'http://127.0.0.1:8701/?s=abc' > "$root/run/url"; good=$(kiosk)
echo 'http://example.invalid/' > "$root/run/url"; refused=$(kiosk) && refused=
if printf '%s\n' "$good" | grep -qx 'http://127.0.0.1:8701/?s=abc' && printf '%s\n' "$good" | grep -qx -- --incognito &&
   ! printf '%s\n' "$good" | grep -q left-over && [ -n "$refused" ]; then
    ok "kiosk-browser"
else
    bad "kiosk-browser: $good / $refused"
fi

for rule in "$here"/polkit/*.rules; do
    if node --check - < "$rule" && node "$here/polkit/check.js" "$rule"; then ok "polkit $(basename "$rule")"; else bad "polkit $rule"; fi
done

# --- udev: every line is a comment or comma-separated KEY OP "VALUE"; every GOTO has its LABEL
for rules in "$here"/../udev/*.rules; do
    name=$(basename "$rules")
    key='(ACTION|DEVPATH|KERNEL|NAME|SYMLINK|SUBSYSTEM|SUBSYSTEMS|DRIVER|DRIVERS|KERNELS|TAG|TAGS|TEST|PROGRAM|RESULT|GROUP|MODE|OWNER|GOTO|LABEL|OPTIONS|(ENV|ATTR|ATTRS|IMPORT|RUN|CONST|SECLABEL)\{[^}]+\})'
    match="$key(\{[0-9]+\})?(==|!=|=|\+=|-=|:=)\"[^\"]*\""
    wrong=$(grep -nvE "^(#.*|\s*|$match(, ?$match)*)$" "$rules")
    for target in $(sed -n 's/.*GOTO="\([^"]*\)".*/\1/p' "$rules" | sort -u); do
        grep -q "^LABEL=\"$target\"" "$rules" || wrong="$wrong GOTO $target has no LABEL"
    done
    if [ -z "$wrong" ]; then ok "udev lines $name"; else bad "udev lines $name: $wrong"; fi
    if udevadm verify --help >/dev/null 2>&1; then
        if out=$(udevadm verify "$rules" 2>&1); then ok "udevadm verify $name"; else bad "udevadm verify $name: $out"; fi
    elif [ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null; then
        # Debian 12 has no `udevadm verify`; `udevadm test` parses all rules and complains by file and
        # line. A private mount keeps the machine's own rules as they are.
        out=$(unshare -m bash -c 'mkdir -p /run/udev/rules.d && mount -t tmpfs none /run/udev/rules.d &&
              cp "$1" /run/udev/rules.d/ && udevadm test /sys/class/net/lo' _ "$rules" 2>&1)
        said=$(printf '%s\n' "$out" | grep "^/run/udev/rules.d/$name" | grep -v "Unknown group 'uketsuke-")
        if printf '%s\n' "$out" | grep -q "Reading rules file: /run/udev/rules.d/$name" && [ -z "$said" ]; then
            ok "udev's own parser $name"
        else
            bad "udev's own parser $name: $said"
        fi
    else
        echo "note    udev's own parser needs root or systemd >= 254; line check only"
    fi
done
exit $failed
