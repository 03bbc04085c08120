# net.sh: two hosts joined by a cable, each a network namespace: `host`, where opsd runs, and `peer`, which
# gets banned. Nothing outside the two is touched.
#
# Source it, call net_up, start_opsd, assert, and end with finish. Everything is removed when the script ends,
# however it ends. OPSD_BINARIES names the directory with the programs under test.

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
OPSD_BINARIES=${OPSD_BINARIES:-$repository/.build/release}
. "$repository/Tests/lib/tap.sh"

host=opsd-host-$$ peer=opsd-peer-$$
scratch= daemon= echo_pid=
export OPSD_SOCKET

on_host() { ip netns exec "$host" "$@"; }
on_peer() { ip netns exec "$peer" "$@"; }
ctl() { "$OPSD_BINARIES/opsctl" "$@"; }

# Makes the two hosts: 10.77.0.1 and 10.78.0.2, fd77::1 and fd77:0:1::2.
net_up() {
    local program
    [ "$(id -u)" = 0 ] || skip_all "network namespaces need root"
    for program in ip nft ping curl jq python3; do
        command -v $program >/dev/null || skip_all "$program is not installed"
    done
    for program in opsd opsctl; do
        [ -x "$OPSD_BINARIES/$program" ] || {
            diag "$OPSD_BINARIES/$program is missing: build first (swift build -c release)"
            exit 1
        }
    done
    scratch=$(mktemp -d)
    chmod 755 "$scratch"
    OPSD_SOCKET=$scratch/opsd.sock
    trap net_down EXIT
    trap 'exit 130' INT TERM
    ip netns add "$host" 2>/dev/null && ip netns add "$peer" || skip_all "no network namespaces here"
    ip -n "$host" link add h0 type veth peer name p0 netns "$peer" || skip_all "no veth here"
    on_host nft list ruleset >/dev/null 2>&1 || skip_all "no nf_tables here"
    ip netns exec "$host" sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.h0.accept_dad=0
    ip netns exec "$peer" sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.p0.accept_dad=0
    ip -n "$host" link set lo up
    ip -n "$host" addr add 10.77.0.1/16 dev h0
    ip -n "$host" addr add fd77::1/64 dev h0 nodad
    ip -n "$peer" addr add 10.78.0.2/16 dev p0
    ip -n "$peer" addr add fd77:0:1::2/64 dev p0 nodad
    ip -n "$host" link set h0 up
    ip -n "$peer" link set p0 up
    ip -n "$peer" route add 10.77.0.0/16 dev p0
    ip -n "$host" route add 10.78.0.0/16 dev h0
    ip -n "$peer" route add fd77::/64 dev p0
    ip -n "$host" route add fd77:0:1::/64 dev h0
    ip netns exec "$host" python3 "$repository/Tests/firewall/traffic.py" serve >/dev/null 2>&1 &
    echo_pid=$!
    wait_until 10 on_peer ping -c 1 -W 1 10.77.0.1 || diag "the peer does not reach the host"
    wait_until 10 fetches 10.77.0.1 || diag "the peer gets no page from the host"
    wait_until 10 on_peer ping -c 1 -W 1 fd77::1 || diag "the peer does not reach the host by IPv6"
}

net_down() {
    local pid
    for pid in $daemon $echo_pid; do kill -9 "$pid" 2>/dev/null; done
    wait 2>/dev/null
    ip netns del "$host" 2>/dev/null
    ip netns del "$peer" 2>/dev/null
    [ -z "$scratch" ] || rm -rf "$scratch"
}

# configure [LINE...]: writes the configuration, with bans in the kernel unless a line says otherwise.
configure() {
    printf '%s\n' "paths.socket = \"$scratch/opsd.sock\"" "paths.state = \"$scratch/state\"" \
        "paths.log = \"$scratch/log\"" "$@" >"$scratch/opsd.toml"
    grep -q enforce.mode "$scratch/opsd.toml" || echo 'enforce.mode = "nftables"' >>"$scratch/opsd.toml"
}

# start_opsd [COMMAND...]: starts opsd, under the command if one is given (setpriv ...).
start_opsd() {
    # A plain command, not a function: $! must be opsd itself.
    ip netns exec "$host" "$@" "$OPSD_BINARIES/opsd" --config "$scratch/opsd.toml" \
        2>>"$scratch/messages" >/dev/null &
    daemon=$!
    wait_until 20 ctl ping || { diag "opsd does not answer" "$(cat "$scratch/messages")"; exit 1; }
}

stop_opsd() {
    kill "$daemon"
    wait "$daemon" 2>/dev/null
    daemon=
}

# holds SET ADDRESS: the kernel's set has the address.
holds() { on_host nft get element inet opsd "$1" "{ $2 }"; }
not() { ! "$@"; }
pings() { on_peer ping -n -c 1 -W 1 "$1"; }
# fetches ADDRESS: the peer's curl gets a page from the host, over a new connection.
fetches() {
    local where=$1
    [[ $where != *:* ]] || where="[$where]"
    on_peer curl -fsS -g -o /dev/null -m 1 --noproxy '*' "http://$where/"
}
# events KIND: how many events of this kind there were.
events() { ctl --json events --limit 1000 | jq "[.events[] | select(.event == \"$1\")] | length"; }
