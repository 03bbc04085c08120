#!/bin/bash
# 30: an opsd started by hand in a shell that inherits a service's environment is one started by hand: it
# drops no packets, and does not speak for that service.
set -u
. "$(dirname "$0")/../lib/box.sh"
box_boot
box systemctl start opsd
box tee /run/hand.toml >/dev/null <<<$'[paths]\nsocket = "/tmp/hand.sock"\nstate = "/tmp/hand"\nlog = "/tmp/hand-log"'
enforcement() { box opsctl --json --socket "$1" status | jq -r .enforcement; }
answers_at() { box opsctl --socket "$1" ping; }

box systemd-run -q --unit=outer -p Type=notify -p NotifyAccess=all sh -c \
    'systemd-notify --ready --status=mine; opsd --config /run/hand.toml; true'
ok "30.1 by hand in a service's shell, it runs" wait_until 10 answers_at /tmp/hand.sock
is "30.2 and enforces nothing" "$(enforcement /tmp/hand.sock)" none
is "30.3 nor does it say anything in that service's name" \
    "$(box systemctl show -p StatusText --value outer)" mine
is "30.4 the service is as it was" "$(enforcement /run/opsd/opsd.sock)" "$(field .enforcement status)"
box systemctl stop outer

sed 's/hand/unit/g' <(box cat /run/hand.toml) | box tee /run/unit.toml >/dev/null
ok "30.5 as a service of its own it is ready" box systemd-run -q --unit=own -p Type=notify opsd --config /run/unit.toml
like "30.6 and speaks for it" "$(box systemctl show -p StatusText --value own)" ' bans, '
box systemctl stop own
box_finish
