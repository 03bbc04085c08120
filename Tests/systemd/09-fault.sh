#!/bin/bash
# 09: a configuration that is wrong: exit 2, one start, no loop; clients are told, not left waiting.
set -u
. "$(dirname "$0")/../lib/box.sh"
box_boot
starts() { box journalctl --no-pager -o cat -u opsd.service | grep -c '^Starting opsd'; }

configure <<<$'[guard]\nstrikes = "many"'
fails() { ! "$@"; }
ok "9.1 systemctl start fails" fails box systemctl start opsd
is "9.2 with exit 2" "$(property ExecMainStatus)" 2
is "9.3 failed, and not tried again" "$(property NRestarts)/$(property ActiveState)" 0/failed
is "9.4 one start" "$(starts)" 1
like "9.5 the journal names file, line and key" \
    "$(box journalctl -u opsd --no-pager -o cat)" 'opsd\.toml:2.*strikes'

# A client knocks at the socket, which would start the daemon again and again; the limit ends that.
exits "9.6 a client is turned away" 3 box timeout 20 opsctl ping
at_most "9.7 after a bounded number of starts" "$(starts)" 11

configure </dev/null
box systemctl reset-failed opsd.service opsd.socket
ok "9.8 repaired, it starts" box systemctl start opsd.socket opsd.service
ok "9.9 and answers" box opsctl ping
box_finish
