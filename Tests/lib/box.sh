# box.sh: gives a test script a box (Tests/sdbox) with opsd installed in it as by a package.
#
# Source it, call box_boot, assert, and end with box_finish. The box is stopped, however the script ends.
# OPSD_BINARIES names the directory with the programs under test (.build/release).

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
export OPSD_BINARIES=${OPSD_BINARIES:-$repository/.build/release}
. "$repository/Tests/lib/tap.sh"

box_dir=

# box_boot [bare]: boots a box; with `bare`, opsd is not installed. In the box the sources are in /opt/opsd.
box_boot() {
    local program
    "$repository/Tests/sdbox" check 2>/dev/null || skip_all "$("$repository/Tests/sdbox" check 2>&1)"
    for program in opsd opswatch opspager opscheck opsctl opsbench; do
        [ -x "$OPSD_BINARIES/$program" ] || {
            diag "$OPSD_BINARIES/$program is missing: build first (swift build -c release)"
            exit 1
        }
    done
    box_dir=$(mktemp -d)
    trap box_stop EXIT
    trap 'exit 130' INT TERM
    BOX_INSTALL=${1:-installed} SDBOX_SETUP=$repository/Tests/lib/box-setup \
        "$repository/Tests/sdbox" start "$box_dir" || exit 1
}

box_stop() {
    [ -n "$box_dir" ] || return 0
    "$repository/Tests/sdbox" stop "$box_dir"
    box_dir=
}

# Ends the script; if something failed, shows what the daemon and the service manager logged.
box_finish() {
    if [ $tap_failed -gt 0 ]; then
        diag "--- journal ---"
        diag "$(box journalctl --no-pager -o short-monotonic -u opsd.service -u opsd.socket |
            grep -vE '(ban|ban_expired) [0-9a-f.:/]+: ' | tail -n 60)"
    fi
    box_stop
    finish
}

# MARK: clients in the background

knock_pid= knock_out= seen=

# knock_start [WORKERS]: clients that connect and ping again and again until knock_stop, which puts what
# they saw into `seen`.
knock_start() {
    knock_out=$(mktemp)
    box rm -f /run/knock.stop
    box /opt/opsd/knock /run/opsd/opsd.sock /run/knock.stop "$@" >"$knock_out" &
    knock_pid=$!
}
knock_stop() {
    box touch /run/knock.stop
    wait $knock_pid
    seen=$(cat "$knock_out")
    rm -f "$knock_out"
}

# saw NAME: one of the figures refused, lost, asked, slowest_ms.
saw() { sed -n "s/.*\b$1=\([0-9]*\).*/\1/p" <<<"$seen"; }

# MARK: what goes wrong

# needs PACKAGE...: installs further packages that a script needs; call it before box_boot.
needs() {
    (
        . "$repository/systemd/layout.sh"
        . "$repository/systemd/toolchain.sh"
        install_packages "$@"
    ) >/dev/null || skip_all "cannot install $*"
}

# hostile WORD...: runs a client of Tests/lib/hostile, as root, on the installed socket.
hostile() { box /opt/opsd/hostile /run/opsd/opsd.sock "$@"; }

# figure NAME TEXT: one of the figures that a client printed.
figure() { sed -n "s/.*\b$1=\([^ ]*\).*/\1/p" <<<"$2"; }

# inject CALL HOW [PID]: tampers with this system call of the daemon, in all its threads, until inject_end;
# see strace(1), "inject". Returns when that has begun.
inject_pid=
inject() {
    box rm -f /run/strace.said
    box sh -c 'echo $$ >/run/strace.pid
        exec strace -f -p "$1" -o /run/strace.out -e trace="$2" -e inject="$2:$3" 2>/run/strace.said' \
        sh "${3:-$(main_pid)}" "$1" "$2" &
    inject_pid=$!
    wait_until 10 box grep -q ' attached' /run/strace.said
}
inject_end() {
    box sh -c 'kill -INT "$(cat /run/strace.pid)"' 2>/dev/null
    wait $inject_pid 2>/dev/null
    inject_pid=
}

# drop_in < LINES: adds the lines to opsd.service, below [Service].
drop_in() {
    box mkdir -p /run/systemd/system/opsd.service.d
    { echo '[Service]' && cat; } | box tee /run/systemd/system/opsd.service.d/test.conf >/dev/null
    box systemctl daemon-reload
}

is_degraded() { [ "$(field .store.degraded status)" = true ]; }
is_durable() { [ "$(field .store.degraded status)" = false ]; }

# back WHAT BOUND COMMAND...: the command succeeds within BOUND milliseconds from now.
back() {
    local what=$1 bound=$2 began took
    shift 2
    began=$(milliseconds)
    wait_until $((bound / 1000 + 5)) "$@" || {
        fail "$what" "not within $((bound / 1000 + 5)) s"
        return
    }
    took=$(($(milliseconds) - began))
    diag "after $took ms:"
    at_most "$what" $took "$bound"
}

# MARK: in the box

box() { "$repository/Tests/sdbox" exec "$box_dir" "$@"; }

# as USER COMMAND...: runs the command as the user, with the user's own groups.
as() {
    local user=$1
    shift
    box setpriv --reuid "$user" --regid "$user" --init-groups -- "$@"
}

# field FILTER WORDS...: one value from `opsctl --json WORDS`.
field() {
    local filter=$1
    shift
    box opsctl --json "$@" | jq -r "$filter"
}

property() { box systemctl show -p "$1" --value opsd.service; }
main_pid() { property MainPID; }
answers() { box opsctl ping; }
active() { [ "$(property ActiveState)" = active ]; }
state_is() { [ "$(property ActiveState)" = "$1" ]; }
restarts_are() { [ "$(property NRestarts)" = "$1" ]; }

# configure < TOML: replaces the configuration.
configure() { box tee /etc/opsd/opsd.toml >/dev/null; }

# journal EVENT [FILTER]: the entries of one kind of event, one JSON object a line.
journal() {
    box journalctl -u opsd.service -o json --no-pager "OPSD_EVENT=$1" | jq -c "${2:-.}"
}
journal_has() { [ -n "$(journal "$@")" ]; }

# message_id EVENT: the id that the catalog gives to a kind of event.
message_id() {
    sed -n "/^# OPSD_EVENT=$1\$/{n;s/^-- //p}" "$repository/systemd/opsd.catalog"
}
