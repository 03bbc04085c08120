#!/bin/bash
# 25: a loop that hangs is killed and back, with every ban, within 15 s; a disk that hangs is no such thing.
set -u
. "$(dirname "$0")/../lib/box.sh"
needs strace gcc libc6-dev python3
box_boot
box gcc -shared -fPIC -o /usr/local/lib/clock.so /opt/opsd/clock.c -ldl
drop_in <<<'Environment=LD_PRELOAD=/usr/local/lib/clock.so OPSD_CLOCK=/run/clock'
box systemctl start opsd
hostile write /run/book 50 >/dev/null
hostile fill 1000 >/dev/null
box opsctl ban 203.0.113.9 --ttl 1h >/dev/null
expires=$(field .expires check 203.0.113.9)
bans=$(field .active_bans guard stats)

# all_back LABEL: what there was is there.
all_back() {
    is "$1 all bans are there" "$(field .active_bans guard stats)" "$bans"
    is "$1 all that was acknowledged" "$(figure durable_missing "$(hostile verify /run/book)")" 0
    is "$1 with the same ends" "$(field .expires check 203.0.113.9)" "$expires"
}

# A loop that hangs, as with a fault of its own: the shim does not come back from reading the clock.
began=$(milliseconds)
box sh -c 'echo hang >/run/clock'
hangs() { ! box timeout 1 opsctl ping; }
ok "25.1 a loop that hangs" wait_until 20 hangs
box rm /run/clock
ok "25.2 is killed and started again" wait_until 30 restarts_are 1
wait_until 10 answers
took=$(($(milliseconds) - began))
diag "hung, killed, ready again after $took ms"
at_most "25.3 ready again within 15 s" $took 15000
like "25.4 the journal says why" "$(box journalctl -u opsd --no-pager -o cat)" 'Watchdog timeout'
all_back "25.5"

# One that was stopped cannot even die of the watchdog's first signal.
began=$(milliseconds)
box systemctl kill --kill-who=main --signal=STOP opsd
ok "25.6 a process that was stopped is killed" wait_until 30 restarts_are 2
wait_until 10 answers
took=$(($(milliseconds) - began))
diag "stopped, killed, ready again after $took ms"
at_most "25.7 ready again within 15 s" $took 15000
all_back "25.8"

# A disk that hangs for longer than the watchdog's ten seconds; for thirty in Tests/soaks/hostile.
box systemctl restart opsd.service
pid=$(main_pid)
box sh -c 'echo sync >/run/clock'
box sh -c 'opsctl --timeout 60s ban 203.0.113.10 --ttl 1h >/run/ban.said; date +%s%3N >/run/ban.at' &
asking=$!
waits() { box opsctl --json status | jq -e '.store.lsn > .store.durable_lsn'; }
ok "25.9 a disk that hangs: the change waits" wait_until 20 waits
began=$(milliseconds)
box sh -c 'opsctl --timeout 60s check 203.0.113.9 >/run/check.said; date +%s%3N >/run/check.at' &
checking=$!
slowest=0
while [ $(($(milliseconds) - began)) -lt 15000 ]; do
    asked=$(milliseconds)
    box opsctl ping >/dev/null 2>&1 || break
    took=$(($(milliseconds) - asked))
    [ $took -le $slowest ] || slowest=$took
    sleep 0.2
done
lasted=$(($(milliseconds) - began))
exits "25.10 nothing was acknowledged" 1 box test -e /run/ban.at -o -e /run/check.at
returned=$(milliseconds)
box rm /run/clock
wait $asking $checking
diag "a disk that hung for $lasted ms: a ping waited $slowest ms at most"
at_most "25.14 who asks for nothing of it was answered all the time" $((15000 - lasted)) 0
ok "25.11 what shows a change waits until it is durable" \
    test "$(box cat /run/ban.at)" -ge "$returned" -a "$(box cat /run/check.at)" -ge "$returned"
is "25.12 a disk that hangs does not trip the watchdog" "$(main_pid)/$(property Result)" "$pid/success"
exits "25.13 the ban was kept" 1 box opsctl check 203.0.113.10
box_finish
