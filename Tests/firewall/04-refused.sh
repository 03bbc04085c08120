#!/bin/bash
# 04: where the kernel says no, or is not asked: the ban stands, and everybody is told that it drops nothing.
set -u
. "$(dirname "$0")/../lib/net.sh"
net_up
command -v setpriv >/dev/null || skip_all "setpriv is not installed"
mkdir "$scratch/nobody"
chown nobody "$scratch/nobody"
as_nobody() { start_opsd setpriv --reuid nobody --regid nogroup --clear-groups --inh-caps=-all "$@"; }
place() { sed -i "s|$scratch/|$scratch/nobody/|" "$scratch/opsd.toml"; OPSD_SOCKET=$scratch/nobody/opsd.sock; }
health() { ctl --json health | jq -r '.components[] | select(.name == "enforcement") | "\(.ok) \(.detail)"'; }

configure
place
as_nobody
exits "4.0 opsctl ban exits 5 where the kernel refuses" 5 ctl ban 10.78.0.2
reply=$(ctl --json ban 10.78.0.2)
like "4.1 nftables without the capability: the ban stands" "$reply" '"banned":true'
like "4.2 and the reply says that it is not enforced, and why" "$reply" \
    '"enforced":false,"enforce_error":"EPERM"'
is "4.3 so does check" "$(ctl --json check 10.78.0.2 | jq -c '[.enforced, .enforce_error]')" \
    '[false,"EPERM"]'
like "4.4 so does why" "$(ctl --json why 10.78.0.2)" '"enforced":false,"enforce_error":"EPERM"'
like "4.5 so does health" "$(health)" '^false .*Operation not permitted'
like "4.6 so does status" "$(ctl --json status | jq -r .enforcement)" 'EPERM'
is "4.7 one event tells" "$(events enforce_failed)" 1
exits "4.8 enforce verify cannot ask" 5 ctl enforce verify
stop_opsd

configure 'enforce.mode = "auto"'
place
as_nobody
like "4.9 auto without the capability: none, said once" \
    "$(grep -c 'bans are not enforced in the kernel: no CAP_NET_ADMIN' "$scratch/messages")" '^1$'
is "4.10 replies do not speak of the kernel" "$(ctl --json ban 10.78.0.2 | jq .enforced)" null
is "4.11 status says none" "$(ctl --json status | jq -r .enforcement)" none
like "4.12 health says why" "$(health)" '^true none: no CAP_NET_ADMIN'
exits "4.13 enforce verify is refused" 4 ctl enforce verify
stop_opsd

OPSD_SOCKET=$scratch/opsd.sock
configure 'guard.dry_run = true'
start_opsd
ctl ban 10.78.0.2 >/dev/null
is "4.14 a dry run is recorded" "$(ctl --json bans | jq '.bans | length')" 1
ok "4.15 and nothing is dropped" pings 10.77.0.1
ok "4.16 as the kernel should have it" ctl enforce verify
stop_opsd

on_host nft delete table inet opsd
# Started by hand, as root, with defaults: nobody's packet filter is touched.
configure 'enforce.mode = "auto"'
start_opsd
exits "4.17 by hand, auto leaves the packet filter alone" 1 on_host nft list table inet opsd
stop_opsd

# And with everything as it should be.
configure
start_opsd
ctl unban 10.78.0.2 >/dev/null
like "4.18 with the capability it is enforced" "$(ctl --json ban 10.78.0.2)" '"enforced":true'
stop_opsd

# A table of that name that belongs to another program, which keeps everybody else out of it (EPERM).
on_host nft delete table inet opsd
coproc OWNER { exec ip netns exec "$host" nft -i >/dev/null 2>&1; }
owner=$OWNER_PID
echo 'add table inet opsd { flags owner; }' >&"${OWNER[1]}"
if wait_until 5 on_host nft list table inet opsd; then
    start_opsd
    like "4.19 the kernel refuses: the ban stands" "$(ctl --json ban 10.78.0.0/16)" \
        '"banned":true,.*"enforced":false,"enforce_error":"EPERM"'
    ok "4.20 nothing is dropped" pings 10.77.0.1
    like "4.21 health says so" "$(health)" '^false '
    kill "$owner"
    wait "$owner" 2>/dev/null
    recovered() { [ "$(ctl --json check 10.78.0.2 | jq .enforced)" = true ]; }
    ok "4.22 it is tried again until the kernel takes it" wait_until 70 recovered
    exits "4.23 and the packets are dropped" 1 pings 10.77.0.1
    is "4.24 with an event" "$(events enforce_recovered)" 1
    like "4.25 and health is well" "$(health)" '^true nftables'
else
    kill "$owner"
    diag "nft(8) here knows no tables with an owner: no test of a refusal that ends"
fi
finish
