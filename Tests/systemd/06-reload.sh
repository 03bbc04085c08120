#!/bin/bash
# 06: a reload applies as a whole or not at all; the daemon stays the same process either way.
set -u
. "$(dirname "$0")/../lib/box.sh"
box_boot
box systemctl start opsd
pid=$(main_pid)
box opsctl ban 203.0.113.9 --ttl 1h >/dev/null

configure <<<$'[guard]\nstrikes = 2'
ok "6.1 systemctl reload" box systemctl reload opsd
ok "6.2 reload is in the journal" wait_until 5 journal_has reload
box opsctl strike 198.51.100.1 >/dev/null
is "6.3 the new rule holds: two strikes ban" "$(field .banned strike 198.51.100.1)" true
is "6.4 the same process" "$(main_pid)" "$pid"
exits "6.5 with its bans" 1 box opsctl check 203.0.113.9

# It has returned, so it counts: no wait, many times.
late=0
for strikes in 7 3 7 3 7 3 7 3 7 2; do
    configure <<<$'[guard]\nstrikes = '$strikes
    box systemctl reload opsd
    [ "$(field .guard.strikes config)" = $strikes ] || late=$((late + 1))
done
is "6.15 when systemctl reload returns, it counts" $late 0

configure <<<$'[guard]\nstrikes = 5\nstrikez = 9'
fails() { ! "$@"; }
ok "6.6 a bad file: systemctl reload fails" fails box systemctl reload opsd
like "6.7 and the journal names file, line and key" \
    "$(box journalctl -u opsd --no-pager -o cat)" 'opsd\.toml:3.*strikez'
ok "6.8 opsctl reload fails too" fails box opsctl reload
ok "6.9 as event reload_refused" wait_until 5 journal_has reload_refused
box systemctl kill --kill-who=main --signal=HUP opsd
two_refusals() { [ "$(journal reload_refused | wc -l)" -ge 2 ]; }
ok "6.10 SIGHUP is refused alike" wait_until 5 two_refusals
is "6.11 still running" "$(property ActiveState)" active
is "6.12 the same process" "$(main_pid)" "$pid"
box opsctl strike 198.51.100.2 >/dev/null
is "6.13 under the rule that held before" "$(field .banned strike 198.51.100.2)" true
exits "6.14 with its bans" 1 box opsctl check 203.0.113.9
configure <<<$'[guard]\nstrikez = 9\nban = 7'
said=$(box opsctl reload 2>&1)
is "6.16 opsctl reload has a line for each fault" "$(grep -cE '^opsctl: .*opsd\.toml:[23]: ' <<<"$said")" 2
box systemctl reload opsd 2>/dev/null
is "6.17 and the journal has them, too" \
    "$(box journalctl -t opsctl --no-pager -o cat | grep -cE '^opsctl: .*opsd\.toml:3: ')" 2
is "6.18 without a literal line feed" "$(box journalctl -u opsd --no-pager -o cat | grep -cF '\n')" 0

# logrotate's signal: the files are opened anew, and a configuration that is not finished is not read.
logs=/var/log/opsd
wait_until 5 box test -s $logs/events.ndjson
before=$(journal reload_refused | wc -l)
box mv $logs/events.ndjson $logs/events.ndjson-20261128-1764288000
box systemctl kill --kill-who=main --signal=USR2 opsd
again() { box opsctl ban 198.51.100.7 --ttl 1h >/dev/null && box grep -q 198.51.100.7 $logs/events.ndjson; }
ok "6.23 SIGUSR2 opens the files anew" wait_until 5 again
is "6.24 and reads no configuration" "$(journal reload_refused | wc -l)" "$before"
is "6.25 the same process" "$(main_pid)" "$pid"
is "6.26 a file under its new name is read on" "$(field .total_complete events event=started limit=1000)" true

configure <<<''
box systemctl start opswatch
rules() { box systemctl show -p StatusText --value opswatch; }
late=0
for on in '' '"sshd"' '' '"sshd"'; do
    configure <<<$'[watch]\nrules = ['$on']'
    box systemctl reload opswatch || late=100
    case "$on/$(rules)" in '"sshd"/rules sshd'* | '/no rule'*) ;; *) late=$((late + 1)) ;; esac
done
is "6.19 opswatch: when systemctl reload returns, it counts" $late 0
configure <<<$'[watch]\nrules = 7'
ok "6.20 opswatch: a bad file fails the reload" fails box systemctl reload opswatch
like "6.21 opswatch: with the fault in the journal" \
    "$(box journalctl -u opswatch --no-pager -o cat)" 'opsd\.toml:2: watch\.rules'
like "6.22 opswatch: and the old configuration stays" "$(rules)" '^rules sshd'
box_finish
