#!/bin/bash
# 01: a ban drops packets: ping, new connections and an established one, for every kind of ban; and when
# it ends, all of them go on.
set -u
. "$(dirname "$0")/../lib/net.sh"
net_up
configure
start_opsd

# cuts NAME SET WHERE WORDS...: the ban of WORDS cuts the peer off from WHERE, and its end lets it back.
cuts() {
    local name=$1 set=$2 where=$3 words="${*:4}"
    ok "$name: the peer pings" pings "$where"
    ok "$name: and fetches a page" fetches "$where"
    coproc HOLD { exec ip netns exec "$peer" python3 "$repository/Tests/firewall/traffic.py" hold "$where"; }
    local out=${HOLD[0]} in=${HOLD[1]} pid=$HOLD_PID answer
    echo send >&"$in"
    read -r answer <&"$out"
    is "$name: a connection is established" "$answer" yes
    like "$name: opsctl ban is told that the kernel has it" \
        "$(ctl --json ban $words --ttl 1h)" '"enforced":true'
    exits "$name: no ping" 1 pings "$where"
    exits "$name: no new connection" 28 fetches "$where"
    echo send >&"$in"
    read -r answer <&"$out"
    is "$name: the established one is cut" "$answer" no
    # Now to end in a moment: however slow the machine is, the checks above were within the ban.
    ctl ban $words --ttl 2s >/dev/null
    ok "$name: when the ban ends, ping is back" wait_until 20 pings "$where"
    ok "$name: and pages" wait_until 20 fetches "$where"
    echo wait 60 >&"$in"
    read -r answer <&"$out"
    is "$name: the established one goes on" "$answer" yes
    kill "$pid"
    wait "$pid" 2>/dev/null
    like "$name: its packets were counted" \
        "$(on_host nft list counter inet opsd "$set")" 'packets [1-9]'
}

cuts "1.1 IPv4 address" addresses4 10.77.0.1 10.78.0.2
cuts "1.2 IPv6 address, by its /64" addresses6 fd77::1 fd77:0:1::9
cuts "1.3 IPv6 address by itself" exact6 fd77::1 fd77:0:1::2/128
cuts "1.4 IPv4 network" ranges4 10.77.0.1 10.78.0.0/30
cuts "1.5 IPv6 network" ranges6 fd77::1 fd77:0:1::/48

ctl ban 10.78.0.2 >/dev/null
exits "1.6 banned" 1 pings 10.77.0.1
ctl unban 10.78.0.2 >/dev/null
ok "1.7 unban lets the next packet through" pings 10.77.0.1

# Networks that nest: the longer ban holds in its part.
ctl ban 10.78.0.0/24 --ttl 3s >/dev/null
ctl ban 10.78.0.0/30 --ttl 1h >/dev/null
sleep 3.5
exits "1.8 a longer ban inside a shorter one" 1 pings 10.77.0.1
ctl ban 10.78.0.0/16 --ttl 1h >/dev/null
ctl unban 10.78.0.0/30 >/dev/null
exits "1.9 a wider ban behind one that was lifted" 1 pings 10.77.0.1
ctl unban 10.78.0.0/16 >/dev/null
ok "1.10 and all lifted" pings 10.77.0.1

# Counters are read every five seconds.
counted() { ctl --json guard stats | jq -e '[.dropped[].packets] | length == 5 and min > 0'; }
ok "1.11 guard stats has the packets of each set" wait_until 8 counted
ok "1.12 the kernel is as it should be" ctl enforce verify
finish
