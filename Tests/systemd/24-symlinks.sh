#!/bin/bash
# 24: links planted where the daemon writes: nothing outside its directories is written, read or removed,
# even by a daemon that runs as root without its sandbox.
set -u
. "$(dirname "$0")/../lib/box.sh"
box_boot
box mkdir -p /run/plant/victims

# Each case starts a daemon of root's by hand, in fresh directories in which links were planted.
configuration() {
    box tee /run/plant/toml >/dev/null <<'TOML'
[paths]
socket = "/run/plant/run/socket"
state = "/run/plant/state"
log = "/run/plant/log"
[events]
rotate_bytes = 65536
[probe]
interval = "250ms"
trail_interval = "1s"
TOML
}

# plant PLACE...: links at these places, to victims of their names; then a life of the daemon.
plant() {
    local place
    box sh -c 'cd /run/plant && rm -rf state log run && mkdir -p state/wal log run
        rm -rf victims && mkdir victims'
    for place in "$@"; do
        box sh -c 'name=victims/$(echo "$1" | tr / _)
            echo "precious, and longer than anything a daemon would write here" >/run/plant/$name
            chmod 666 /run/plant/$name
            rm -rf "/run/plant/$1"
            ln -s "/run/plant/$name" "/run/plant/$1"' sh "$place"
    done
    marks=$(box sh -c 'cd /run/plant/victims && stat -c "%n %s %i %Y %a %U" * && cat *')
}

# live [COMMAND]: starts it, has it write everything it writes, runs the command, stops it; `started` says
# whether it came up.
live() {
    local daemon
    box sh -c 'exec timeout 20 opsd --config /run/plant/toml' >/dev/null 2>&1 &
    daemon=$!
    started=no
    up() { box opsctl --socket /run/plant/run/socket ping || ! kill -0 $daemon; }
    wait_until 10 up
    if box opsctl --socket /run/plant/run/socket ping >/dev/null 2>&1; then
        started=yes
        box opsctl --socket /run/plant/run/socket ban 203.0.113.9 --ttl 1h >/dev/null 2>&1
        box opsctl --socket /run/plant/run/socket snapshot >/dev/null 2>&1
        box opsctl --socket /run/plant/run/socket ban 203.0.113.10 --ttl 1h >/dev/null 2>&1
        box opsctl --socket /run/plant/run/socket snapshot >/dev/null 2>&1
        wrote() { [ -n "$(field '.components[] | select(.name == "trails" and .ok == false)' \
            --socket /run/plant/run/socket health)" ] || box test -f /run/plant/log/sys_probe.log; }
        wait_until 5 wrote
        "${@:-true}"
        box sh -c 'kill -TERM "$(cat /run/plant/state/lock)"' 2>/dev/null
    fi
    wait $daemon
}
unharmed() {
    is "$1: the victims are as they were" \
        "$(box sh -c 'cd /run/plant/victims && stat -c "%n %s %i %Y %a %U" * && cat *')" "$marks"
}

configuration
first=00000000000000000001.wal
for places in "state/lock" "state/snapshot.jsonl" "state/wal/$first" "run/socket" \
    "state/snapshot.previous.jsonl state/snapshot.previous.jsonl.tmp state/history state/wal/$first.tmp \
    state/wal/00000000000000000004.wal.tmp log/events.ndjson log/sys_probe.log log/events.ndjson.1"; do
    # The words are the places.
    # shellcheck disable=SC2086
    plant $places
    live
    diag "$places: started $started"
    unharmed "24.1 ${places}"
    # In the socket's place, which under the manager nobody but root can plant anything in: see 23.
    [ "$places" != run/socket ] || is "24.2 a link in the socket's place is refused" "$started" no
done

# Directories that are links: followed only if they are root's to give, so never inside the state.
box sh -c 'cd /run/plant && rm -rf state log run victims && mkdir -p state log run victims/wal &&
    ln -s /run/plant/victims/wal state/wal'
live
is "24.3 a log directory that is a link is not used" "$(box ls -A /run/plant/victims/wal)" ""
is "24.3 and the start is refused" "$started" no

# One that is put there while it runs is not followed either.
box sh -c 'cd /run/plant && rm -rf state log run victims && mkdir -p state log run victims/wal'
swap() {
    box sh -c 'cd /run/plant && mv state/wal state/away && ln -s /run/plant/victims/wal state/wal'
    box opsctl --socket /run/plant/run/socket snapshot >/dev/null 2>&1
    degraded() { [ "$(field .store.degraded --socket /run/plant/run/socket status)" = true ]; }
    ok "24.4 a log directory that becomes a link is a fault" wait_until 5 degraded
}
live swap
is "24.5 and nothing is written there" "$(box ls -A /run/plant/victims/wal)" ""

# What rotation and clean-up remove are names in the directory, never what they lead to.
plant log/events.ndjson.7 state/wal/00000000000000000009.wal.tmp state/snapshot.jsonl.tmp
box touch -h -d 2001-01-01 /run/plant/log/events.ndjson.7
live
is "24.6 links with the names of leftovers do not keep it down" "$started" yes
unharmed "24.7 leftovers"

box_finish
