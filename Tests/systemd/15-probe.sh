#!/bin/bash
# 15: the sandbox does not blind the probe: it sees every process, and only real mounts.
set -u
. "$(dirname "$0")/../lib/box.sh"
box_boot
box systemctl start opsd
pid=$(main_pid)
in_its_view() { box nsenter -t "$pid" -m -- setpriv --reuid opsd --regid opsd --clear-groups "$@"; }

ok "15.1 it can read PID 1's stat" in_its_view cat /proc/1/stat
ok "15.2 and /proc/meminfo" in_its_view cat /proc/meminfo
ok "15.3 and /proc/diskstats" in_its_view cat /proc/diskstats
ok "15.4 it cannot write outside its own directories" \
    bash -c "! '$repository/Tests/sdbox' exec '$box_dir' nsenter -t $pid -m -- touch /usr/x /run/opsd/x"

# The sandbox binds /var/lib/opsd and others over themselves: mounts of the host they are not.
sampled() { [ "$(field '.partitions | length' disks)" -gt 0 ]; }
if wait_until 15 sampled; then
    is "15.5 the sandbox's own mounts are not disks" \
        "$(field '[.partitions[] | .mountpoint |
            select(test("^/(var/lib|var/log|etc|run)/opsd|/credentials|/inaccessible"))] | length' disks)" 0
else
    fail "15.5 the sandbox's own mounts are not disks" "no disk was sampled in 15 s"
fi
box_finish
