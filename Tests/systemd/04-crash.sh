#!/bin/bash
# 04: kill -9 loses nothing that was acknowledged: bans are back with the same end, strikes count on.
set -u
. "$(dirname "$0")/../lib/box.sh"
box_boot
box systemctl start opsd

ok "4.1 a ban" box opsctl ban 203.0.113.9 --ttl 1h
ok "4.2 a ban by three strikes: first" box opsctl strike 198.51.100.7 --reason login
ok "4.3 second" box opsctl strike 198.51.100.7 --reason login
expires=$(field .expires check 203.0.113.9)
box systemctl kill --kill-who=main --signal=KILL opsd
ok "4.4 killed, it is restarted" wait_until 10 restarts_are 1
ok "4.5 and answers" wait_until 10 answers
is "4.6 the ban is there, with the same end" "$(field .expires check 203.0.113.9)" "$expires"
is "4.7 the third strike bans" "$(field .banned strike 198.51.100.7)" true
exits "4.8 opsctl check says banned" 1 box opsctl check 198.51.100.7
ok "4.9 unban lifts it" box opsctl unban 203.0.113.9
box systemctl kill --kill-who=main --signal=KILL opsd
ok "4.10 killed again" wait_until 10 restarts_are 2
ok "4.11 it answers" wait_until 10 answers
exits "4.12 what was lifted stays lifted" 0 box opsctl check 203.0.113.9
exits "4.13 what was banned stays banned" 1 box opsctl check 198.51.100.7
box_finish
