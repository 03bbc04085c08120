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
box_finish
