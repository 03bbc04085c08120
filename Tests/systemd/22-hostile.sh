#!/bin/bash
# 22: clients that misbehave: what they cost, when they are closed, and that others do not notice.
# How long others wait, with thousands of them, is a long run: Tests/soaks/hostile.
set -u
. "$(dirname "$0")/../lib/box.sh"
needs strace python3
box_boot
for user in one two three; do box useradd -M -G opsd $user; done
configure <<<$'[limits]\nconnections = 3000\nconnections_per_user = 100'
# strace(1) stops the daemon twice at every call: on a busy machine a turn of it takes seconds then. The
# watchdog has a test of its own.
drop_in <<<'WatchdogSec=120'
box systemctl start opsd
hostile fill 2000 >/dev/null
pid=$(main_pid)
scratch=$(mktemp -d)

memory() { box awk "/^$1:/ {print \$2}" "/proc/$pid/status"; }
# Code that comes to be used is not what a client costs: a little of everything first.
hostile endless 200000 >/dev/null
hostile flood 0.2 >/dev/null
# The peak of the resident set counts from here.
from_here() { box sh -c 'echo 5 >/proc/$1/clear_refs' sh "$pid" && memory VmRSS; }
grown() { echo $(($(memory VmHWM) - $1)); }

# Idle connections.
before=$(memory RssAnon)
hostile hold 1000 /run/hold.stop >"$scratch/hold" &
holder=$!
holds() { grep -q '^held=' "$scratch/hold"; }
ok "22.1 a thousand idle connections" wait_until 60 holds
each=$((($(memory RssAnon) - before) * 1024 / 1000))
diag "$(head -n 1 "$scratch/hold"); $each bytes each"
at_most "22.2 at most 10 KiB each" $each 10240
box touch /run/hold.stop
wait $holder
is "22.3 all were served to the end" "$(figure alive "$(cat "$scratch/hold")")" 1000

# least COMMAND...: runs a client, up to three times, until the daemon has grown by less than 1 MiB. What the
# client costs is there every time; what the daemon does besides (a sample, a scan) is not.
least() {
    local before try
    for try in 1 2 3; do
        before=$(from_here)
        did=$(hostile "$@")
        growth=$(grown "$before")
        diag "$1, try $try: $did; grown by $growth kB"
        [ "$growth" -ge 1024 ] || return
    done
}

# Bytes without a line feed.
least endless 1000000000
is "22.4 a line without an end is told so" "$(figure code "$did")" too-long
at_most "22.5 and closed at the bound (and what the socket holds)" "$(figure sent "$did")" 1000000
at_most "22.6 it grows by less than 1 MiB" "$growth" 1024

# More requests than can be served.
least flood 2
is "22.7 every request of a flood is answered" "$(figure missing "$did")" 0
at_most "22.8 what cannot be served yet stays in its socket" "$growth" 1024

# Many who ask for much. The longest turn is counted in CPU, so a busy machine does not spoil it.
for line in "bans limit=1000" "bans under=192.0.2.0/24 limit=1000"; do
    did=$(hostile dying 200 "$line")
    diag "200 peers that ask for '$line' and die: $did"
done
longest=$(field '.own.turn_max_ms | floor' status)
diag "the longest turn: $longest ms"
at_most "22.37 no turn costs more than 20 ms" "$longest" 20

# A watcher that does not read.
before=$(from_here)
did=$(hostile deaf-watcher)
diag "a watcher that does not read: $did; grown by $(grown "$before") kB"
is "22.9 it is told that it lost something, and closed" "$(figure last "$did")" lost
at_most "22.10 and had its bound: events for all watchers together" "$(grown "$before")" 6144

# These take their ten seconds while the rest goes on, which is small: a few hundred connections.
before=$(from_here)
hostile half >"$scratch/half" &
half=$!
hostile deaf 'bans limit=1000' >"$scratch/deaf" &
deaf=$!

# One user's share, and everybody's.
as one /opt/opsd/hostile /run/opsd/opsd.sock hold 300 /run/one.stop >"$scratch/one" &
one=$!
has() { grep -q '^held=' "$scratch/$1"; }
wait_until 60 has one
did=$(head -n 1 "$scratch/one")
is "22.11 a user has a bound, and is told" \
    "$(figure held "$did")/$(figure refused "$did")/$(figure codes "$did")" 100/200/too-many
exits "22.12 another one is let in" 0 as two opsctl ping
configure <<<$'[limits]\nconnections = 120\nconnections_per_user = 100'
box systemctl reload opsd
as two /opt/opsd/hostile /run/opsd/opsd.sock hold 50 /run/one.stop >"$scratch/two" &
two=$!
wait_until 60 has two
full() { [ "$(figure code "$(as three /opt/opsd/hostile /run/opsd/opsd.sock newcomer)")" = too-many ]; }
ok "22.13 at the bound a newcomer is told so" full
is "22.14 and closed" "$(figure closed "$(as three /opt/opsd/hostile /run/opsd/opsd.sock newcomer)")" 1
exits "22.15 root gets in" 0 box opsctl ping
exits "22.16 and so does the daemon's own user" 0 as opsd opsctl ping
box touch /run/one.stop
wait $one $two
is "22.17 who was in stayed in" "$(figure alive "$(cat "$scratch/one")")" 100
exits "22.18 with room again, others get in" 0 as three opsctl ping

# The ten seconds are over.
wait $half $deaf
did=$(cat "$scratch/half")
diag "half a line: $did"
is "22.19 half a line is told so" "$(figure code "$did")" bad-request
ok "22.20 ten seconds after its first byte" \
    test "$(figure closed_ms "$did")" -ge 9900 -a "$(figure closed_ms "$did")" -le 15000
did=$(cat "$scratch/deaf")
diag "a client that does not read: $did"
ok "22.21 who does not read is closed ten seconds later" \
    test "$(figure closed_ms "$did")" -ge 9000 -a "$(figure closed_ms "$did")" -le 20000
at_most "22.22 and is not read beyond the bound" "$(figure sent "$did")" 1000000
diag "what is held for it, and for all the others: $(grown "$before") kB"
at_most "22.38 and no more replies are made for it than its bound" "$(grown "$before")" 6144

# No descriptor left: the limit is lowered to what is open, and a few. The user is the daemon's own,
# for others may not do that.
hostile steady /run/steady.stop >"$scratch/steady" &
steady=$!
wait_until 20 grep -q began "$scratch/steady"
open=$(box sh -c 'ls /proc/$1/fd | sort -n | tail -n 1' sh "$pid")
began=$(milliseconds)
as opsd prlimit --pid "$pid" --nofile=$((open + 6)):16384
hostile hold 40 /run/late.stop >"$scratch/late" &
late=$!
told() { box journalctl -u opsd --no-pager -o cat | grep -q 'new connections are not accepted.*EMFILE'; }
ok "22.23 no descriptor left: it is told" wait_until 30 told
ticks() { box awk '{print $14 + $15}' "/proc/$pid/stat"; }
used=$(ticks)
sleep 2
used=$(($(ticks) - used))
diag "CPU without descriptors: $used ticks in 2 s"
at_most "22.24 the loop does not spin: under 5 % of a CPU" $used $(($(getconf CLK_TCK) / 10))
is "22.25 newcomers wait" "$(cat "$scratch/late")" ""
box touch /run/steady.stop
wait $steady
did=$(tail -n 1 "$scratch/steady")
diag "a client that was there: $did"
ok "22.26 who is there is served" test "$(figure asked "$did")" -gt 20
said=$(box journalctl -u opsd --no-pager -o cat | grep -c 'new connections are not accepted')
at_most "22.27 told once a minute" "$said" $((1 + ($(milliseconds) - began) / 60000))
as opsd prlimit --pid "$pid" --nofile=16384:16384
late_has() { grep -q '^held=40' "$scratch/late"; }
ok "22.28 with descriptors again, those who waited are served" wait_until 30 late_has
box touch /run/late.stop
wait $late
is "22.29 the log did not break" "$(field .store.degraded status)" false
rm -r "$scratch"

# What accept4(2) and epoll_ctl(2) may say besides.
for error in ECONNABORTED EPROTO EPERM ENOBUFS ENETDOWN; do
    inject accept4 error=$error:when=1..2
    exits "22.30 accept says $error twice: a newcomer waits, and is served" 0 box timeout 8 opsctl ping
    inject_end
done
inject epoll_ctl error=ENOSPC:when=1
did=$(hostile newcomer)
inject_end
is "22.31 no room to watch a newcomer: told, and closed" \
    "$(figure code "$did")/$(figure closed "$did")" busy/1
exits "22.32 the next one is served" 0 box opsctl ping
is "22.33 it was the same process all the time" "$(main_pid)/$(property NRestarts)" "$pid/0"
inject accept4 error=EINVAL
box timeout 8 opsctl ping >/dev/null 2>&1
ok "22.34 a listener of no use ends it, and the manager starts another" wait_until 30 restarts_are 1
wait 2>/dev/null
ok "22.35 which answers" wait_until 30 answers
exits "22.36 with the bans" 1 box opsctl check 10.0.0.1
box_finish
