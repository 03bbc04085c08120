#!/bin/bash
# 03: a loop that stands still is killed by the watchdog and started again, with its bans.
set -u
. "$(dirname "$0")/../lib/box.sh"
box_boot
box systemctl start opsd

ok "3.1 a ban" box opsctl ban 203.0.113.9 --ttl 1h --reason watchdog
expires=$(field .expires check 203.0.113.9)
before=$(main_pid)
box systemctl kill --kill-who=main --signal=STOP opsd
ok "3.2 stopped, it is restarted within the period" wait_until 30 restarts_are 1
ok "3.3 and answers" wait_until 10 answers
isnt "3.4 as another process" "$(main_pid)" "$before"
like "3.5 the journal says why" "$(box journalctl -u opsd --no-pager -o cat)" 'Watchdog timeout'
is "3.6 the ban is there, with the same end" "$(field .expires check 203.0.113.9)" "$expires"
exits "3.7 opsctl check says banned" 1 box opsctl check 203.0.113.9
box_finish
