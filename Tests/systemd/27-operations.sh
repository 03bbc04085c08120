#!/bin/bash
# 27: the commands of docs/operations.md as they stand there: stop, back up, restore, damaged state.
set -u
. "$(dirname "$0")/../lib/box.sh"
box_boot

# recipe HEADING N: the Nth block of commands below a heading of the page.
recipe() {
    awk -v heading="## $1" -v wanted="$2" '
        /^## / { inside = $0 == heading; block = 0 }
        /^    / && inside { if (!within) block++; if (block == wanted) print substr($0, 5) }
        { within = /^    / }' "$repository/docs/operations.md"
}

# follow HEADING N: does what it says, up to the first command that fails.
follow() {
    local commands
    commands=$(recipe "$@")
    [ -n "$commands" ] && box bash -euc "$commands"
}

strangers() { box find /var/lib/opsd ! -user opsd; }

box systemctl start opsd.socket opsd
box opsctl ban 203.0.113.9 --ttl 1h --reason backup >/dev/null
expires=$(field .expires check 203.0.113.9)

ok "27.1 stop it" follow "Stop it" 1
exits "27.2 nobody who asks starts it again" 3 box timeout 20 opsctl ping
is "27.3 it is stopped" "$(property ActiveState)" inactive
box systemctl start opsd.socket opsd

ok "27.4 back up" follow "Back up and restore" 1
ok "27.5 it is up again" wait_until 5 answers
box opsctl unban 203.0.113.9 >/dev/null
box opsctl ban 203.0.113.10 --ttl 1h >/dev/null
ok "27.6 restore" follow "Back up and restore" 2
ok "27.7 it answers" wait_until 5 answers
is "27.8 what was banned then is, to the same time" "$(field .expires check 203.0.113.9)" "$expires"
is "27.9 what came later is not" "$(field .banned check 203.0.113.10)" false
is "27.10 the state is the daemon's own" "$(strangers)" ""

# Damage that the daemon cannot make good by itself: every snapshot, and the log.
box opsctl snapshot >/dev/null
box opsctl ban 203.0.113.11 --ttl 1h >/dev/null
box systemctl stop opsd.socket opsd
box sh -c 'for file in /var/lib/opsd/snapshot*.jsonl /var/lib/opsd/wal/*.wal; do
    printf X | dd of="$file" bs=1 seek=40 conv=notrunc status=none; done'
exits "27.11 it refuses damaged state" 1 box systemctl start opsd.socket opsd
is "27.12 with exit 3" "$(property ExecMainStatus)" 3
like "27.13 the journal names a file" "$(box journalctl -u opsd --no-pager -o cat)" 'snapshot\.jsonl'
ok "27.14 go on with the rest" follow "It does not start: exit 3" 1
ok "27.15 it answers" wait_until 5 answers
like "27.16 what was set aside is there" "$(box ls /var/lib/opsd /var/lib/opsd/wal)" '\.damaged'
like "27.17 and in the journal" "$(box journalctl -u opsd --no-pager -o cat)" '\.damaged'
is "27.18 the state is the daemon's own" "$(strangers)" ""
box opsctl ban 203.0.113.12 --ttl 1h >/dev/null
ok "27.19 the next start is as ever" box systemctl restart opsd
is "27.20 with what came since" "$(field .banned check 203.0.113.12)" true
is "27.21 without --recover" "$(box systemctl show -p ExecStart opsd | grep -c -e --recover)" 0
# Going back: what an older version can hold is put in the place of the state. That this version starts with it too
# is what can be asked here; Tests/packages/04 asks the older one.
box opsctl ban 203.0.113.14 --ttl 1h >/dev/null
expires=$(field .expires check 203.0.113.14)
ok "27.23 a snapshot for an older version" follow "Go back to an older version" 1
box opsctl ban 203.0.113.15 --ttl 1h >/dev/null
ok "27.24 in the place of the state" follow "Go back to an older version" 3
box systemctl start opsd.socket opsd
ok "27.25 it answers" wait_until 5 answers
is "27.26 the ban is there, to the same time" "$(field .expires check 203.0.113.14)" "$expires"
is "27.27 so is what came after the snapshot was asked for" "$(field .banned check 203.0.113.15)" true
is "27.28 the state is the daemon's own" "$(strangers)" ""
ok "27.22 the copy of the damage is there" box test -d /var/backups/opsd-damaged
box_finish
