#!/bin/bash
# 29: files of the state that are removed or replaced under the running daemon, a disk that is mounted
# read-only, snapshots that fail: it is told, it is mended, and nothing acknowledged since then is lost.
set -u
. "$(dirname "$0")/../lib/box.sh"
box_boot
configure <<<$'[health]\nhold = "1h"'
box systemctl start opsd
state=/var/lib/opsd
book=/run/book
write() { hostile write $book "$1"; }
detail() { field '.components[] | select(.name == "store") | .detail' health; }
store_is() { [ "$(field '.components[] | select(.name == "store") | .ok' health)" = "$1" ]; }
is_healed() { is_durable && store_is true; }
restarts=0
# killed LABEL: after kill -9 everything that was acknowledged as durable since it was healthy is there.
killed() {
    box systemctl kill --kill-who=main --signal=KILL opsd
    restarts=$((restarts + 1))
    ok "$1 killed, it starts" wait_until 10 restarts_are $restarts
    wait_until 10 answers
    is "$1 and has all that was acknowledged" "$(figure durable_missing "$(hostile verify $book)")" 0
}

# gone LABEL WHAT COMMAND...: the command takes something away under load.
gone() {
    local label=$1 what=$2
    shift 2
    write 5 >/dev/null
    box sh -c 'while ! [ -e /run/load.stop ]; do opsctl ban 198.51.100.77 --ttl 1h >/dev/null 2>&1; done' &
    local load=$!
    box "$@"
    ok "$label is seen" wait_until 10 degraded_said "$what"
    back "$label is mended within 5 s" 5000 is_healed
    box touch /run/load.stop
    wait $load
    box rm -f /run/load.stop $book
    is "$label then all is durable" "$(figure memory "$(write 20)")" 0
    killed "$label"
}
degraded_said() { journal degraded | grep -q "$1"; }

gone "29.1 wal/ removed under load:" "$state/wal was removed" rm -rf $state/wal
gone "29.2 the open segment removed:" '[.]wal was removed' sh -c "rm $state/wal/*.wal"
gone "29.3 the open segment replaced:" 'was replaced by another file' \
    sh -c "cd $state/wal; for f in *.wal; do cp -p \$f \$f.copy; mv \$f.copy \$f; done"
gone "29.4 the snapshot removed:" 'snapshot.jsonl was removed' \
    sh -c "opsctl snapshot >/dev/null; rm $state/snapshot.jsonl"

# MARK: the lock

box rm $state/lock
says_locked() { box journalctl -u opsd --no-pager -o cat | grep -q "$state/lock was removed, and is locked again"; }
ok "29.5 a lock that was removed is taken again" wait_until 10 says_locked
box tee /run/second.toml >/dev/null <<<$'[paths]\nsocket = "/run/second.sock"'
exits "29.6 and keeps a second opsd out" 4 box timeout 5 opsd --config /run/second.toml

box systemctl kill --kill-who=main --signal=STOP opsd
box rm $state/lock
box tee /run/other.toml >/dev/null <<<$'[paths]\nsocket = "/tmp/other.sock"'
as opsd sh -c 'opsd --config /run/other.toml >/dev/null 2>&1 &'
wait_until 5 box test -S /tmp/other.sock
box systemctl kill --kill-who=main --signal=CONT opsd
is_over() { [ "$(property ActiveState)" = failed ]; }
ok "29.7 where another opsd has the new lock, the first ends" wait_until 10 is_over
is "29.8 with 4, and is not started again" "$(property ExecMainStatus)" 4
like "29.9 and says why" "$(box journalctl -u opsd --no-pager -o cat)" "another opsd uses $state"
box kill "$(box cat $state/lock)"
other_is_gone() { ! box test -S /tmp/other.sock; }
wait_until 10 other_is_gone
box systemctl reset-failed opsd
box systemctl start opsd
restarts=0

# MARK: snapshots

box mkdir $state/snapshot.jsonl.new
exits "29.10 a snapshot that fails is told to who asked" 5 box opsctl snapshot
ok "29.11 and is a fault of the store" store_is false
like "29.12 which says so" "$(detail)" 'last snapshot failed.*the log keeps everything, and grows'
exits "29.13 opsctl health says trouble" 5 box opsctl health
is "29.14 what is acknowledged is durable" "$(field .store.degraded status)" false
box rmdir $state/snapshot.jsonl.new
back "29.15 when it can be written again, it is" 10000 is_healed

# MARK: a disk that is read-only

box systemctl stop opsd.socket opsd.service
box mount -t tmpfs -o size=20m,mode=700,uid="$(box id -u opsd)",gid="$(box id -g opsd)" tmpfs $state
box systemctl start opsd
box rm -f $book
is "29.16 on a disk of its own all is durable" "$(figure memory "$(write 20)")" 0
box systemctl kill --kill-who=main --signal=KILL opsd
wait_until 10 restarts_are 1
wait_until 10 answers
box systemctl stop opsd.socket opsd.service
box mount -o remount,ro $state
ok "29.17 a read-only disk: it starts" box systemctl start opsd
is "29.18 degraded" "$(field .store.degraded status)" true
is "29.19 with all that was acknowledged" "$(figure durable_missing "$(hostile verify $book)")" 0
exits "29.20 locked" 4 as opsd timeout 5 opsd --config /run/other.toml
# The service manager gave the service its own mounts, read-only as they were.
box mount -o remount,rw $state
box nsenter -m -t "$(main_pid)" mount -o remount,rw $state
back "29.21 healthy within 5 s of its being writable" 5000 is_healed
is "29.22 then all is durable" "$(figure memory "$(write 20)")" 0
box_finish
