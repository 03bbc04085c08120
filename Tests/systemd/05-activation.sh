#!/bin/bash
# 05: the socket answers whether or not the daemon runs: a connection starts it.
set -u
. "$(dirname "$0")/../lib/box.sh"
box_boot

ok "5.1 the socket alone" box systemctl start opsd.socket
is "5.2 no daemon yet" "$(property ActiveState)" inactive
ok "5.3 a first word is answered" box opsctl ping
is "5.4 by a daemon that it started" "$(property ActiveState)" active
box opsctl ban 203.0.113.9 --ttl 1h >/dev/null
ok "5.5 the service stops" box systemctl stop opsd.service
is "5.6 the socket stays" "$(box systemctl is-active opsd.socket)" active
exits "5.7 the next word starts it again, with its bans" 1 box opsctl check 203.0.113.9
ok "5.8 the socket stops" box systemctl stop opsd.socket opsd.service
exits "5.9 then nobody is there" 3 box opsctl ping
ok "5.10 starting the service brings the socket along" box systemctl start opsd.service
ok "5.11 which answers" box opsctl ping
box_finish
