#!/bin/bash
# 04: back to a version that cannot read the present state: refused without a snapshot for it, and with one it starts
# with all that it can hold. OPSD_OLDER=DIR names programs of 0.1.0, which are then started for real.
set -u
. "$(dirname "$0")/../lib/box.sh"
. "$repository/Tests/lib/deb.sh"
debs_build || skip_all "no packages: $(tail -n 1 "$OPSD_PACKAGES/log")"
# A package of 0.1.0: without a detector, and with its own programs where they are there.
older() {
    local tree
    tree=$(mktemp -d)
    dpkg-deb -R "$(deb opsd)" "$tree/opsd"
    if [ -n "${OPSD_OLDER:-}" ]; then
        cp "$OPSD_OLDER/opsd" "$tree/opsd/usr/sbin/"
        cp "$OPSD_OLDER/opsctl" "$tree/opsd/usr/bin/"
        rm "$tree"/opsd/usr/sbin/opswatch "$tree"/opsd/usr/lib/systemd/system/opswatch.service
        # It has no such options.
        sed -i 's/^ExecReload=.*/ExecReload=kill -HUP $MAINPID/' "$tree/opsd/usr/lib/systemd/system/opsd.service"
        sed -i 's/in opsd opswatch;/in opsd;/; s/ opswatch.service"/"/' "$tree"/opsd/DEBIAN/{postinst,prerm,postrm}
        : >"$tree/opsd/etc/opsd/opsd.toml"
    fi
    sed -i 's/^Version: .*/Version: 0.1.0/' "$tree/opsd/DEBIAN/control"
    deb_pack "$tree/opsd" 0.1.0
    rm -rf "$tree"
}
older
deb_box

deb_install "$deb_version" >/dev/null
ok "4.1 opsd answers" wait_until 5 answers
box opsctl ban 203.0.113.9 --ttl 1h --source sshd >/dev/null
box opsctl ban 203.0.113.9 --ttl 30m --source web >/dev/null
box opsctl strike 203.0.113.10 --reason "failed login" >/dev/null
box opsctl strike 203.0.113.11 --place log:7 >/dev/null
echo 198.51.100.0/24 | box opsctl list load drop - >/dev/null
box opsctl slo add api good=90 bad=1 >/dev/null 2>&1
expires=$(field .expires check 203.0.113.9)
version() { field .version version; }

said=$(deb_install 0.1.0)
is "4.2 refused without a snapshot for it" $? 1
like "4.3 it says what to do" "$said" 'opsctl snapshot --for 0\.1'
is "4.4 the new version is there" "$(deb_status)" "ii  $deb_version"
ok "4.5 and runs" wait_until 5 answers
is "4.6 with its state" "$(field .expires check 203.0.113.9)" "$expires"

said=$(box opsctl snapshot --for 0.1)
is "4.7 a snapshot for 0.1" $? 0
like "4.8 says how many claims are left out" "$said" '1 claim beside'
like "4.9 and how many places" "$said" '1 place of'
diag "$said"
is "4.10 as data" "$(field '.left_out.claims, .left_out.places' snapshot --for 0.1 | xargs)" "1 1"
# What comes after it is not lost: opsd writes it again when it stops.
box opsctl ban 203.0.113.12 --ttl 1h >/dev/null

said=$(deb_install 0.1.0)
is "4.11 back to 0.1.0" $? 0
diag "$said"
like "4.12 it says where the state before is" "$said" '/var/lib/opsd\.before-0\.1'
is "4.13 dpkg has it" "$(deb_status)" "ii  0.1.0"
ok "4.14 it answers" wait_until 5 answers
[ -z "${OPSD_OLDER:-}" ] || is "4.15 0.1.0 for real" "$(version)" 0.1.0
is "4.16 the ban is there, with the same end" "$(field .expires check 203.0.113.9)" "$expires"
is "4.17 so is what came after the request" "$(field .banned check 203.0.113.12)" true
is "4.18 the strikes" "$(field '.strikes | length' strikes)" 2
is "4.19 the list" "$(field .banned check 198.51.100.7)" true
ok "4.20 the history" box test -s /var/lib/opsd/history
is "4.21 the state is the daemon's own" "$(box find /var/lib/opsd ! -user opsd)" ""
ok "4.22 the state before is kept" box test -s /var/lib/opsd.before-0.1/snapshot.jsonl
box opsctl ban 203.0.113.13 --ttl 1h >/dev/null
ok "4.23 it restarts with its own state" box systemctl restart opsd
ok "4.24 it answers" wait_until 5 answers
is "4.25 with what came since" "$(field .banned check 203.0.113.13)" true

# And forth again.
ok "4.26 up again" deb_install "$deb_version"
ok "4.27 it answers" wait_until 5 answers
is "4.28 the version" "$(version)" "$deb_version"
is "4.29 the ban" "$(field .expires check 203.0.113.9)" "$expires"
is "4.30 what came in between" "$(field .banned check 203.0.113.13)" true
ok "4.31 purge" box dpkg --purge opsd
exits "4.32 purges the state before, too" 1 box test -e /var/lib/opsd.before-0.1
box_finish
