#!/bin/bash
# 11: roles by real users and groups. The socket's mode decides who may knock (group opsd); the daemon
# decides what they may do. A reporter is in both groups; opsd-report alone opens nothing.
set -u
. "$(dirname "$0")/../lib/box.sh"
box_boot
box useradd -M -G opsd reader
box useradd -M -G opsd,opsd-report reporter
box useradd -M -G opsd-report halfway
box useradd -M stranger
box systemctl start opsd

exits "11.1 a stranger cannot connect" 3 as stranger opsctl ping
exits "11.2 nor can a member of opsd-report alone" 3 as halfway opsctl ping

exits "11.3 reader: ping" 0 as reader opsctl ping
exits "11.4 reader: check" 0 as reader opsctl check 203.0.113.9
exits "11.5 reader: no strike" 4 as reader opsctl strike 203.0.113.9
exits "11.6 reader: no ban" 4 as reader opsctl ban 203.0.113.9
is "11.7 told so by code" "$(as reader opsctl --json ban 203.0.113.9 2>&1 | jq -r .code)" forbidden

exits "11.8 reporter: check" 0 as reporter opsctl check 203.0.113.9
exits "11.9 reporter: strike" 0 as reporter opsctl strike 203.0.113.9 --reason login
exits "11.10 reporter: no ban" 4 as reporter opsctl ban 203.0.113.9
exits "11.11 reporter: no unban" 4 as reporter opsctl unban 203.0.113.9
exits "11.12 reporter: no reload" 4 as reporter opsctl reload

exits "11.13 root: ban" 0 box opsctl ban 203.0.113.9 --ttl 1h
exits "11.14 the daemon's own user: unban" 0 as opsd opsctl unban 203.0.113.9
exits "11.15 reader sees it lifted" 0 as reader opsctl check 203.0.113.9

# Access is the configuration's to give: by user name, after a reload.
configure <<<$'[access]\nadmin = ["root", "reader"]'
box systemctl reload opsd
wait_until 5 journal_has reload
exits "11.16 a user named in access.admin may ban" 0 as reader opsctl ban 203.0.113.9 --ttl 1h
box_finish
