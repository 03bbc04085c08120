#!/bin/bash
# 20: a disk that fails, is full, or takes half: nothing is acknowledged that is not kept, reads go on,
# it is told everywhere, and it is over within 5 s of the disk's coming back.
set -u
. "$(dirname "$0")/../lib/box.sh"
needs strace python3
box_boot
# The host's own changes of health would be records among ours.
configure <<<$'[health]\nhold = "1h"'
box systemctl start opsd
book=/run/book

write() { hostile write $book "$1"; }
health() { box opsctl health; }

status_says() { [[ $(property StatusText) == *"$1"* ]]; }
# told LABEL: everybody is told of it, and reads go on.
told() {
    is "$1 status says degraded" "$(field .store.degraded status)" true
    exits "$1 opsctl health says trouble" 5 health
    exits "$1 opsctl ban says trouble" 5 box opsctl ban 203.0.113.99 --ttl 1h
    ok "$1 systemctl status says so" wait_until 3 status_says DEGRADED
    ok "$1 the journal has it" wait_until 5 journal_has degraded
    exits "$1 a ban from before is answered" 1 box opsctl check 203.0.113.9
    exits "$1 and so is the one that is in memory alone" 1 box opsctl check 203.0.113.99
    exits "$1 a hit from a banned address is refused" 1 box opsctl hit 203.0.113.9
    exits "$1 a snapshot is refused as trouble" 5 box opsctl snapshot
}

box opsctl ban 203.0.113.9 --ttl 1h >/dev/null
pid=$(main_pid)

# The k-th fdatasync fails, and all behind it: those before were acknowledged, none behind are.
for k in 1 2 5; do
    inject fdatasync error=EIO:when=$k+
    did=$(write 10)
    diag "EIO from the fdatasync $k on: $did"
    is "20.1 EIO at $k: so many were durable" "$(figure durable "$did")" $((k - 1))
    is "20.2 EIO at $k: all others said that they are not" "$(figure memory "$did")" $((11 - k))
    is "20.3 EIO at $k: none behind it claimed to be" "$(figure durable_after "$did")" 0
    [ $k != 2 ] || told "20.4"
    inject_end
    back "20.5 EIO at $k: healthy within 5 s of its end" 5000 is_durable
    is "20.6 EIO at $k: then they are durable again" "$(figure memory "$(write 3)")" 0
done
ok "20.7 recovered is in the journal" wait_until 5 journal_has recovered
is "20.8 it was the same process all the time" "$(main_pid)/$(property NRestarts)" "$pid/0"
box systemctl kill --kill-who=main --signal=KILL opsd
ok "20.9 killed when it was healthy again, it starts" wait_until 10 restarts_are 1
wait_until 10 answers
held=$(hostile verify $book)
diag "after kill -9: $held"
is "20.10 everything acknowledged is there" "$(figure durable_missing "$held")" 0
is "20.11 and what the mending brought to the disk" "$(figure memory_missing "$held")" 0

# Killed while it is degraded.
inject fdatasync error=EIO:when=4+
did=$(write 10)
is "20.12 again, so many were durable" "$(figure durable "$did")/$(figure memory "$did")" 3/7
box systemctl kill --kill-who=main --signal=KILL opsd
wait $inject_pid 2>/dev/null
ok "20.13 killed in that state, it starts" wait_until 10 restarts_are 2
wait_until 10 answers
held=$(hostile verify $book)
diag "after kill -9: $held"
is "20.14 everything acknowledged is there" "$(figure durable_missing "$held")" 0
is "20.15 and it is healthy" "$(field .store.degraded status)" false

# A directory that cannot be synced: neither segment nor snapshot can have its name.
inject fsync error=EIO
box opsctl snapshot >/dev/null 2>&1
ok "20.16 a failed fsync of a segment's directory degrades" wait_until 5 is_degraded
inject_end
back "20.17 healthy within 5 s of its end" 5000 is_durable

# A file may not grow beyond a size: the last write before it is a short one.
as opsd prlimit --pid "$(main_pid)" --fsize=20000:unlimited
did=$(write 400)
diag "files of 20,000 bytes: $did"
ok "20.18 a short write degrades" test "$(figure memory "$did")" -gt 0
as opsd prlimit --pid "$(main_pid)" --fsize=0:unlimited
wait_until 5 is_degraded
told "20.19"
is "20.20 files of no byte: it lives" "$(property NRestarts)" 2
as opsd prlimit --pid "$(main_pid)" --fsize=unlimited:unlimited
back "20.21 healthy within 5 s of its end" 5000 is_durable
box systemctl kill --kill-who=main --signal=KILL opsd
wait_until 10 restarts_are 3
wait_until 10 answers
is "20.22 everything acknowledged is there" "$(figure durable_missing "$(hostile verify $book)")" 0

# A full disk: a file system of 3 MB, most of it somebody else's.
box systemctl stop opsd.socket opsd.service
box mount -t tmpfs -o size=3m,mode=700 tmpfs /var/lib/opsd
box systemctl start opsd
box rm -f $book
box opsctl ban 203.0.113.9 --ttl 1h >/dev/null
is "20.23 on a small disk all is durable" "$(figure memory "$(write 20)")" 0
box sh -c 'dd if=/dev/zero of=/var/lib/opsd/others bs=4096 2>/dev/null'
did=$(write 400)
diag "a full disk: $did"
ok "20.24 a full disk degrades" test "$(figure memory "$did")" -gt 0
wait_until 5 is_degraded
told "20.25"
box systemctl kill --kill-who=main --signal=KILL opsd
ok "20.26 killed on a full disk, it starts" wait_until 10 restarts_are 1
ok "20.27 and answers" wait_until 10 answers
held=$(hostile verify $book)
diag "started on a full disk: $held"
is "20.28 everything acknowledged is there" "$(figure durable_missing "$held")" 0
is "20.29 degraded from the start" "$(field .store.degraded status)" true
box rm /var/lib/opsd/others
back "20.30 healthy within 5 s of the space" 5000 is_durable
is "20.31 then all is durable" "$(figure memory "$(write 20)")" 0
box systemctl kill --kill-who=main --signal=KILL opsd
wait_until 10 restarts_are 2
wait_until 10 answers
is "20.32 and there after kill -9" "$(figure durable_missing "$(hostile verify $book)")" 0
box_finish
