#!/bin/bash
# 08: what somebody else puts into opsd's table goes, whether opsd was running then or not; bans and lists
# that stand over a start drop every packet meanwhile, however many they are.
set -u
. "$(dirname "$0")/../lib/net.sh"
rounds=${ROUNDS:-20}
net_up
configure
start_opsd
traffic=$repository/Tests/firewall/traffic.py
ctl ban 10.78.0.2 --ttl 1h >/dev/null

# Each is put there while opsd is down, and while it runs. What a kernel cannot make is left out.
strangers=(
    "add chain inet opsd evil { type filter hook prerouting priority -301; policy accept; }"
    "add chain inet opsd plain; add rule inet opsd plain ip saddr @addresses4 accept"
    "add chain inet opsd out { type filter hook output priority 0; policy drop; }"
    "add set inet opsd evil { type ipv4_addr; flags interval; elements = { 1.2.3.0/24 }; }"
    "add chain inet opsd v; add map inet opsd evil { type ipv4_addr : verdict; elements = { 1.2.3.4 : jump v }; }"
    "add counter inet opsd evil"
    "add quota inet opsd addresses4 { over 1 mbytes }"
    "add limit inet opsd evil { rate 1/second; }"
    "add ct helper inet opsd evil { type \"ftp\" protocol tcp; }"
    "add synproxy inet opsd evil { mss 1460; wscale 7; }"
    "add secmark inet opsd evil { \"system_u:object_r:x_t:s0\"; }"
    "add flowtable inet opsd evil { hook ingress priority 0; devices = { h0 }; }"
    "insert rule inet opsd prerouting accept"
    "insert rule inet opsd ipv4 ip saddr { 10.78.0.2, 10.78.0.3 } accept"
    "chain inet opsd prerouting { policy drop; }"
    "add table inet opsd { flags dormant; }"
    "delete table inet opsd; add table inet opsd; add set inet opsd addresses4 { type ipv4_addr; flags interval; }"
)
ours() {
    ! on_host nft list table inet opsd | grep -Eq \
        'evil|plain|chain out|chain v |chain lists|quota|flowtable|dormant|^[[:space:]]*accept|10\.78\.0\.3|policy drop' &&
        holds addresses4 10.78.0.2 >/dev/null
}
left=0 kept=0 unsaid=0 skipped=0
for stranger in "${strangers[@]}"; do
    kill -9 "$daemon"
    wait "$daemon" 2>/dev/null
    rm -f "$scratch/opsd.sock"
    if ! on_host nft "$stranger" 2>/dev/null; then
        skipped=$((skipped + 1))
        diag "not made here: $stranger"
        start_opsd
        continue
    fi
    start_opsd
    ours || { left=$((left + 1)); diag "stayed over a start: $stranger"; on_host nft list table inet opsd | grep -v '10\.10' | diag; }
    ctl enforce verify >/dev/null || unsaid=$((unsaid + 1))
    on_host nft "$stranger"
    wait_until 10 ours || { kept=$((kept + 1)); diag "stayed while it ran: $stranger"; }
    wait_until 10 ctl enforce verify || unsaid=$((unsaid + 1))
done
is "8.1 what came while opsd was down is gone" "$left" 0
is "8.2 what came while it ran, too" "$kept" 0
is "8.3 and then the kernel is as it should be" "$unsaid" 0
at_most "8.4 most of these exist here" "$skipped" 4
like "8.5 it is told" "$(ctl --json events --limit 1000)" 'had put into table inet opsd: chain evil'

# 60,001 bans and a list stand while it is killed and started under a flood.
seq 1 60000 | awk '{printf "10.%d.%d.%d\n", 100 + $1 / 65536, $1 / 256 % 256, $1 % 256}' >"$scratch/many"
xargs -n 1000 "$OPSD_BINARIES/opsctl" ban --ttl 1h <"$scratch/many" >/dev/null
echo 10.78.0.0/16 | ctl list load block - >/dev/null
ip netns exec "$host" python3 "$traffic" sink >"$scratch/seen" &
sink=$!
ip netns exec "$peer" python3 "$traffic" flood 10.77.0.1 3600 >/dev/null &
flood=$!
for ((round = 0; round < rounds; round++)); do
    kill -9 "$daemon"
    wait "$daemon" 2>/dev/null
    rm -f "$scratch/opsd.sock"
    start_opsd
    kill -0 $flood 2>/dev/null || break
done
kill $flood $sink
wait $sink
is "8.6 killed and started $rounds times with 60,001 bans" $round "$rounds"
is "8.7 not one packet passed" "$(cat "$scratch/seen")" 0
ok "8.8 all is as it should be" wait_until 20 ctl enforce verify
finish
