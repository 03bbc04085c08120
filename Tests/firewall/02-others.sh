#!/bin/bash
# 02: what others take away from the table is back within a second, every time. ROUNDS=100.
set -u
. "$(dirname "$0")/../lib/net.sh"
rounds=${ROUNDS:-100}
net_up
configure
start_opsd
ctl ban 203.0.113.1 203.0.113.2 2001:db8::1 10.9.0.0/16 --ttl 1h >/dev/null

whole() { holds addresses4 203.0.113.1 && holds addresses6 2001:db8:: && holds ranges4 10.9.0.0/16; }
ok "2.1 the bans are in the kernel" whole

acts=(
    "nft flush ruleset"
    "nft delete table inet opsd"
    "nft delete element inet opsd addresses4 {203.0.113.1}"
    "nft flush set inet opsd addresses4"
    "nft flush set inet opsd ranges4"
    "nft flush chain inet opsd prerouting"
    "nft flush chain inet opsd ipv4"
    "nft flush table inet opsd"
    "nft delete element inet opsd addresses6 {2001:db8::}"
)
blocks() {
    on_host nft list chain inet opsd prerouting | grep -q 'goto ipv6' &&
        on_host nft list chain inet opsd ipv4 | grep -q '@addresses4.*drop' &&
        on_host nft list chain inet opsd ipv4 | grep -q '@ranges4.*drop' &&
        on_host nft list chain inet opsd ipv6 | grep -q '@addresses6.*drop' && whole
}
late=0 slow=0 worst=0
for ((round = 0; round < rounds; round++)); do
    act=${acts[round % ${#acts[@]}]}
    # shellcheck disable=SC2086
    on_host $act
    began=$(milliseconds)
    wait_until 20 blocks || { late=$((late + 1)); diag "not restored: $act"; }
    took=$(($(milliseconds) - began))
    [ $took -lt 1000 ] || { slow=$((slow + 1)); diag "not within a second, but $took ms: $act"; }
    [ $took -le $worst ] || worst=$took
done
diag "the longest took $worst ms, with nft(8) asked every 50 ms"
is "2.2 $rounds times, each restored" "$late" 0
# The daemon takes some milliseconds; a second is gone only where the machine has other things to do.
at_most "2.2 and within a second" "$slow" $((rounds / 10))
restored=$(events enforce_restored)
ok "2.3 with an event each ($restored)" test "$restored" -ge "$((rounds * 9 / 10))"
like "2.4 that says what happened" "$(ctl events --limit 1)" 'another program changed'
is "2.5 check tells that the kernel holds it" \
    "$(ctl --json check 203.0.113.1 | jq .enforced)" true

# What somebody adds goes as well: it drops packets that opsd was never asked to drop.
on_host nft add element inet opsd addresses4 '{ 198.51.100.7 }'
gone() { ! holds addresses4 198.51.100.7; }
ok "2.6 an element that nobody asked for goes" wait_until 20 gone
on_host nft insert rule inet opsd prerouting accept
clean() { ! on_host nft list chain inet opsd prerouting | grep -q '^[[:space:]]*accept'; }
ok "2.7 a rule that lets everybody in goes" wait_until 20 clean
on_host nft add table inet opsd '{ flags dormant; }'
awake() { ! on_host nft list table inet opsd | grep -q dormant; }
ok "2.8 a table put to sleep wakes up" wait_until 20 awake

# Somebody who does it all the time, while other tables come and go.
before=$(events enforce_restored)
for ((round = 0; round < 20; round++)); do
    on_host nft add table ip somebody
    on_host nft delete table ip somebody
done
is "2.9 other tables are none of its business" "$(events enforce_restored)" "$before"
ok "2.10 in the end the kernel is as it should be" ctl enforce verify

# Notices that are lost: a stopped daemon, and more changes than its buffer holds.
seq 1 60000 | awk '{printf "10.%d.%d.%d\n", 100 + $1 / 65536, $1 / 256 % 256, $1 % 256}' >"$scratch/many"
xargs -n 1000 "$OPSD_BINARIES/opsctl" ban --ttl 1h <"$scratch/many" >/dev/null
kill -STOP "$daemon"
{
    echo "delete element inet opsd addresses4 {"
    paste -sd, "$scratch/many"
    echo "}"
} >"$scratch/delete.nft"
on_host nft -f "$scratch/delete.nft"
exits "2.11 60,000 elements were deleted behind its back" 1 holds addresses4 10.100.0.1
kill -CONT "$daemon"
ok "2.12 and are back, though not every notice was" wait_until 30 holds addresses4 10.100.0.1
ok "2.13 all of them" wait_until 30 ctl enforce verify
finish
