#!/bin/bash
# 14: systemd/install --foreground: neither root nor systemd; ends with Ctrl-C and leaves nothing behind.
set -u
. "$(dirname "$0")/../lib/box.sh"
scratch=$(mktemp -d)
chmod 755 "$scratch"
mkdir "$scratch/tmp"
trap 'kill "$installer" 2>/dev/null; rm -rf "$scratch"' EXIT

# As an ordinary user where that can be arranged; the programs are copied to where it may read them.
run=()
cp -r "$repository/systemd" "$OPSD_BINARIES/opsd" "$OPSD_BINARIES/opsctl" "$scratch/"
if [ "$(id -u)" = 0 ]; then
    run=(setpriv --reuid 65534 --regid 65534 --clear-groups --)
    chown 65534 "$scratch/tmp"
fi
env TMPDIR="$scratch/tmp" HOME=/nonexistent "${run[@]}" \
    bash "$scratch/systemd/install" --foreground --binaries="$scratch" >"$scratch/said" 2>&1 &
installer=$!
said_line() { grep -q '^OPSD_SOCKET=' "$scratch/said"; }
ok "14.1 it says how to ask it" wait_until 10 said_line
line=$(grep '^OPSD_SOCKET=' "$scratch/said")
diag "$line"
like "14.2 and where the socket is" "$(cat "$scratch/said")" 'socket: /'
ok "14.3 the line, copied, answers" "${run[@]}" bash -c "$line"
ban=${line% status}
ok "14.4 whoever runs it is admin" "${run[@]}" bash -c "$ban ban 203.0.113.9 --ttl 1h"

is "14.7 it warns of no missing group" "$(grep -i 'warning.*access' "$scratch/said")" ""

# Ctrl-C, as a terminal sends it.
kill -INT "$installer" 2>/dev/null
kill -TERM "$installer" 2>/dev/null
ended() { ! kill -0 "$installer"; }
ok "14.5 Ctrl-C ends it" wait_until 5 ended
is "14.6 and nothing is left" "$(ls -A "$scratch/tmp")" ""
[ -z "$(ls -A "$scratch/tmp")" ] || diag "$(cat "$scratch/said")"
finish
