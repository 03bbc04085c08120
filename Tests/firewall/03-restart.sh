#!/bin/bash
# 03: killed and started again while a banned host floods: not one packet passes. ROUNDS=20.
set -u
. "$(dirname "$0")/../lib/net.sh"
rounds=${ROUNDS:-20}
net_up
configure
start_opsd
traffic=$repository/Tests/firewall/traffic.py

# First that the sink sees what is not banned: else the test would prove nothing.
ip netns exec "$host" python3 "$traffic" sink >"$scratch/seen" &
sink=$!
sleep 0.5
ip netns exec "$peer" python3 "$traffic" flood 10.77.0.1 1 >"$scratch/sent"
kill $sink
wait $sink
ok "3.1 packets pass before the ban ($(cat "$scratch/seen") of $(cat "$scratch/sent"))" \
    test "$(cat "$scratch/seen")" -gt 100

ctl ban 10.78.0.2 10.78.0.0/16 --ttl 1h >/dev/null
ip netns exec "$host" python3 "$traffic" sink >"$scratch/seen" &
sink=$!
# Longer than it can take; it is ended with the rounds.
ip netns exec "$peer" python3 "$traffic" flood 10.77.0.1 3600 >"$scratch/sent" &
flood=$!
for ((round = 0; round < rounds; round++)); do
    case $((round % 3)) in
    0 | 1) kill -9 "$daemon" ;;
    2) kill "$daemon" ;;
    esac
    wait "$daemon" 2>/dev/null
    rm -f "$scratch/opsd.sock"
    start_opsd
    kill -0 $flood 2>/dev/null || break
done
is "3.2 killed and started $rounds times under the flood" $round "$rounds"
kill $flood 2>/dev/null
kill $sink
wait $sink
is "3.3 not one packet passed" "$(cat "$scratch/seen")" 0
dropped=$(on_host nft list counter inet opsd addresses4 | sed -n 's/.*packets \([0-9]*\).*/\1/p')
ok "3.4 while the kernel dropped $dropped" test "${dropped:-0}" -gt 1000
is "3.5 the counters went on over the restarts: no table was made anew" "$(events enforce_restored)" 0

stop_opsd
ok "3.6 after a stop the table stays" holds addresses4 10.78.0.2
exits "3.7 and drops" 1 pings 10.77.0.1
configure 'enforce.clear_on_stop = true'
start_opsd
stop_opsd
exits "3.8 with enforce.clear_on_stop it goes" 1 on_host nft list table inet opsd
ok "3.9 and the peer is back" pings 10.77.0.1
finish
