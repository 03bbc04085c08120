#!/bin/bash
# 07: stop is orderly and takes at most 2 s, with clients that hold their connections open.
set -u
. "$(dirname "$0")/../lib/box.sh"
box_boot
box systemctl start opsd
box opsctl ban 203.0.113.9 --ttl 1h >/dev/null

# Fifty clients: idle, or with half a line sent.
box perl -MIO::Socket::UNIX -e '
    my @held = map { IO::Socket::UNIX->new(Peer => "/run/opsd/opsd.sock") or die $! } 1 .. 50;
    syswrite $_, "pin" for @held[0 .. 24];
    open my $f, ">", "/run/held"; close $f; sleep 60' 2>/dev/null &
holder=$!
wait_until 5 box test -e /run/held

began=$(milliseconds)
ok "7.1 systemctl stop" box systemctl stop opsd.service
took=$(($(milliseconds) - began))
diag "stopped after $took ms"
at_most "7.2 within 2 s (and the manager's own time)" $took 2500
is "7.3 in good order" "$(property Result)/$(property ExecMainStatus)" success/0
ok "7.4 stopped is in the journal" wait_until 5 journal_has stopped
ok "7.5 a snapshot was left" box test -s /var/lib/opsd/snapshot.jsonl
exits "7.6 the next start has the ban" 1 box opsctl check 203.0.113.9
kill $holder 2>/dev/null
box_finish
