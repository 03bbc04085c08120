#!/bin/bash
# 02: started by the manager: READY, a status text, the activated socket, its own user, and a small size.
set -u
. "$(dirname "$0")/../lib/box.sh"
box_boot

ok "2.1 systemctl start returns once opsd is READY" box systemctl start opsd
is "2.2 active" "$(property ActiveState)/$(property SubState)" active/running
like "2.3 the status text is a line for humans" "$(property StatusText)" '[A-Za-z]{3,}'
is "2.4 the socket is root's, for group opsd" \
    "$(box stat -c '%U:%G %a' /run/opsd/opsd.sock)" "root:opsd 660"
is "2.5 so is its directory" "$(box stat -c '%U:%G %a' /run/opsd)" "root:root 755"
ok "2.6 opsctl is answered" box opsctl ping
like "2.7 status has a figure of this machine" "$(field .status status)" '^(HEALTHY|STRESSED|CRITICAL)$'
is "2.8 it runs as opsd" "$(box stat -c %U "/proc/$(main_pid)")" opsd
is "2.9 with CAP_NET_ADMIN and no other capability" "$(box grep CapEff "/proc/$(main_pid)/status" | awk '{print $2}')" 0000000000001000
process() { box awk "/^$1/ {print \$2}" "/proc/$(main_pid)/status"; }
is "2.10 under a system call filter, with no new privileges" "$(process Seccomp:)/$(process NoNewPrivs)" 2/1
is "2.11 with room for every connection" \
    "$(box awk '/^Max open files/ {print $4}' "/proc/$(main_pid)/limits")" 16384
if box bash -c 'echo -900 >/proc/self/oom_score_adj' 2>/dev/null; then
    is "2.12 among the last to be killed for memory" "$(box cat "/proc/$(main_pid)/oom_score_adj")" -900
else
    skip "2.12 among the last to be killed for memory" "this machine lets nobody lower an OOM score"
fi
is "2.13 state is opsd's alone" "$(box stat -c '%U %a' /var/lib/opsd)" "opsd 700"
ok "2.14 the manager knows of no fault in the units" \
    box systemd-analyze verify --man=no opsd.service opsd.socket
is "2.15 the watchdog is armed" "$(property WatchdogUSec)" 10s
ok "2.16 started is in the journal" wait_until 5 journal_has started

# At rest: the loop, the writer, the mount prober, the packet filter's.
threads_at_most() { [ "$(box awk '/^Threads/ {print $2}' "/proc/$(main_pid)/status")" -le "$1" ]; }
ok "2.17 at most 4 threads at rest" wait_until 5 threads_at_most 4
resident() { box awk '/^VmRSS/ {print $2}' "/proc/$(main_pid)/status"; }
# The code of the start is given back a moment after it.  The bound leaves room for two huge pages: in the box the
# program lies in a tmpfs, and of one that the kernel has put into such pages each counts whole (8.5 or 12.5 MB).
resident_at_most() { [ "$(resident)" -le "$1" ]; }
wait_until 10 resident_at_most 14336
resident=$(resident)
# Of private dirty memory what is anonymous: the box keeps the program itself in memory, as dirty pages.
dirty=$(box awk '/^Anonymous/ {print $2}' "/proc/$(main_pid)/smaps_rollup")
diag "resident $resident kB, private dirty $dirty kB"
at_most "2.18 resident set at most 14 MB" "$resident" 14336
at_most "2.19 private dirty at most 4 MB" "$dirty" 4096
box_finish
