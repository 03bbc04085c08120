#!/bin/bash
# 21: clocks: the wall clock goes years either way, the host sleeps and boots; a ban ends when its time
# is over, within a second, and is never longer than it was to be.
set -u
. "$(dirname "$0")/../lib/box.sh"
needs gcc libc6-dev python3
box_boot
box gcc -shared -fPIC -o /usr/local/lib/clock.so /opt/opsd/clock.c -ldl
year=31536000

# set_clock SECONDS: the daemons' wall clock, from the real one.
set_clock() { box sh -c 'echo "$1" >/run/clock.new && mv /run/clock.new /run/clock' sh "$1"; }
set_clock 0
steps() { [ "$(journal clock_step | wc -l)" -ge "$1" ]; }
# The kernel's timers keep the real wall clock; only the daily check has one.
configure <<<$'[guard]\nwindow = "6s"\n[health]\ndaily_check = "never"'
drop_in <<<'Environment=LD_PRELOAD=/usr/local/lib/clock.so OPSD_CLOCK=/run/clock'
box systemctl start opsd

# While it runs.
box opsctl ban 203.0.113.2 --ttl 1h >/dev/null
box opsctl ban 203.0.113.3 --ttl permanent >/dev/null
scratch=$(mktemp -d)
hostile lasting ban 203.0.113.1 6 >"$scratch/ban" &
hostile lasting strike 203.0.113.4 6 >"$scratch/strike" &
began() { grep -q began "$scratch/ban" && grep -q began "$scratch/strike"; }
wait_until 5 began
set_clock $((10 * year))
ok "21.1 ten years on: noticed" wait_until 5 steps 1
exits "21.2 the ban of a moment holds" 1 box opsctl check 203.0.113.1
left=$(field .ttl_seconds check 203.0.113.2)
ok "21.3 one of an hour has its hour left, not ten years less" test "$left" -gt 3500 -a "$left" -le 3600
is "21.4 and its end is told by the new date" \
    "$(field .expires check 203.0.113.2 | cut -c 1-4)" "$(date -u -d "@$(($(date +%s) + 10 * year + left))" +%Y)"
set_clock $((-20 * year))
ok "21.5 thirty years back: noticed" wait_until 5 steps 2
left=$(field .ttl_seconds check 203.0.113.2)
ok "21.6 an hour is an hour" test "$left" -gt 3500 -a "$left" -le 3600
wait
# The daemon's clock counts whole milliseconds, so one begun within a millisecond may end with it.
for what in ban strike; do
    lasted=$(figure lasted_ms "$(cat "$scratch/$what")")
    diag "a $what of 6 s, with the clock set twice: $lasted ms"
    ok "21.7 a $what lasts as long as it should, to the second" test "$lasted" -ge 5999 -a "$lasted" -le 7000
done
rm -r "$scratch"
ok "21.8 and the end is in the journal" wait_until 5 journal_has ban_expired

# Set between two runs of one boot.
box systemctl stop opsd.service
set_clock $((5 * year))
box systemctl start opsd.service
left=$(field .ttl_seconds check 203.0.113.2)
ok "21.9 set while it was stopped, years on: the ban has what it had" test "$left" -gt 3400 -a "$left" -le 3600
box systemctl kill --kill-who=main --signal=KILL opsd
set_clock $((-5 * year))
ok "21.10 killed and started years back" wait_until 10 restarts_are 1
wait_until 10 answers
left=$(field .ttl_seconds check 203.0.113.2)
ok "21.11 the ban has what it had" test "$left" -gt 3400 -a "$left" -le 3600
exits "21.12 a permanent one stays" 1 box opsctl check 203.0.113.3
box systemctl stop opsd.socket opsd.service

# Lives of a host: boots and sleep. The boot time of a daemon is moved in a time namespace, the boot id
# lies under a file of ours.
box mkdir -p /run/life
box tee /run/life/toml >/dev/null <<'TOML'
[paths]
socket = "/run/life/socket"
state = "/run/life/state"
log = "/run/life/log"
TOML
# live BOOT UPTIME CLOCK: kills the daemon there is; another in this boot, so many seconds later.
live() {
    end_life
    set_clock "$3"
    box sh -c 'printf "%08d-0000-4000-8000-000000000000\n" "$1" >/run/life/boot_id' sh "$1"
    box unshare --time --boottime "$2" --mount --fork sh -c '
        mount --bind /run/life/boot_id /proc/sys/kernel/random/boot_id
        echo $$ >/run/life/pid
        LD_PRELOAD=/usr/local/lib/clock.so OPSD_CLOCK=/run/clock exec opsd --config /run/life/toml' \
        >/dev/null 2>&1 &
    wait_until 10 box opsctl --socket /run/life/socket ping
}
end_life() {
    box test -e /run/life/pid || return
    box sh -c 'kill -KILL "$(cat /run/life/pid)"; rm -f /run/life/pid /run/life/socket'
    wait
}
of_life() { field "$1" --socket /run/life/socket check "$2"; }
has_left() {
    local left
    left=$(of_life .ttl_seconds 203.0.113.2)
    diag "$1: $left s left"
    ok "$1" test "$left" -gt "$2" -a "$left" -le "$3"
}

if box unshare --time --boottime 5 --fork true 2>/dev/null; then
    ok "21.13 a first boot, up for eleven days" live 1 1000000 0
    box opsctl --socket /run/life/socket ban 203.0.113.1 --ttl 100s >/dev/null
    box opsctl --socket /run/life/socket ban 203.0.113.2 --ttl 2h >/dev/null
    box opsctl --socket /run/life/socket ban 203.0.113.3 --ttl permanent >/dev/null

    live 1 1003600 3600
    is "21.14 an hour of sleep counts: a short ban is over" "$(of_life .banned 203.0.113.1)" false
    has_left "21.15 and a long one has an hour less" 3500 3600
    live 2 0 5400
    has_left "21.16 half an hour later, in another boot: half an hour less" 1700 1800
    live 3 50000 $((5400 - 10 * year))
    has_left "21.17 another boot, with the clock ten years back: no more than it had" 1600 1800
    live 4 0 $((5400 + 10 * year))
    is "21.18 another boot, ten years on: over" "$(of_life .banned 203.0.113.2)" false
    is "21.19 a permanent one outlives all that" "$(of_life .banned 203.0.113.3)" true
    end_life
else
    skip "21.13 other boots" "this machine has no time namespaces"
fi
box_finish
