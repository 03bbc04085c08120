#!/bin/bash
# 08: a second opsd on the same state exits at once with 4, says who holds it, and disturbs nobody.
set -u
. "$(dirname "$0")/../lib/box.sh"
box_boot
box systemctl start opsd
pid=$(main_pid)

box tee /run/second.toml >/dev/null <<<$'[paths]\nsocket = "/run/second.sock"'
exits "8.1 as root: exit 4" 4 box timeout 5 opsd --config /run/second.toml
exits "8.2 as opsd itself: exit 4" 4 as opsd timeout 5 opsd --config /run/second.toml
like "8.3 it names the holder" "$(box timeout 5 opsd --config /run/second.toml 2>&1)" "$pid"
is "8.4 the first runs on" "$(main_pid)" "$pid"
ok "8.5 and answers" box opsctl ping

# Under the manager: no loop. The lock is taken by hand, by a process that outlives the service.
box systemctl stop opsd.socket opsd.service
box tee /run/by-hand.toml >/dev/null <<<$'[paths]\nsocket = "/tmp/by-hand.sock"'
as opsd opsd --config /run/by-hand.toml >/dev/null 2>&1 &
wait_until 5 box test -S /tmp/by-hand.sock
exits "8.6 systemctl start fails" 1 box systemctl start opsd.service
is "8.7 with 4" "$(property ExecMainStatus)" 4
is "8.8 and is not tried again" "$(property NRestarts)/$(property ActiveState)" 0/failed
box_finish
