#!/bin/bash
# 02: a package installed where systemd/install has put opsd, which is how 0.1.0 came to a host: it takes the place of
# all that, keeps what is the administrator's, and refuses no connection.
set -u
. "$(dirname "$0")/../lib/box.sh"
. "$repository/Tests/lib/deb.sh"
debs_build || skip_all "no packages: $(tail -n 1 "$OPSD_PACKAGES/log")"
deb_box

box /opt/opsd/systemd/install --binaries=/opt/opsd/binaries >/dev/null
box sh -c 'echo "# mine" >>/etc/opsd/opsd.toml'
box opsctl ban 203.0.113.9 --ttl 1h --reason before >/dev/null
expires=$(field .expires check 203.0.113.9)
pid=$(main_pid)
is "2.1 opsd runs from /usr/local" "$(box readlink "/proc/$pid/exe")" /usr/local/sbin/opsd
owner=$(box stat -c %u /var/lib/opsd)

knock_start
said=$(deb_install "$deb_version")
is "2.2 the package is installed" $? 0
like "2.3 it says what it replaced" "$said" 'took the place of what systemd/install'
ok "2.4 it answers" wait_until 5 answers
knock_stop
diag "$seen"
is "2.5 no connection was refused" "$(saw refused)" 0
is "2.6 no request was lost" "$(saw lost)" 0
is "2.7 dpkg has it" "$(deb_status)" "ii  $deb_version"
is "2.8 opsd runs from /usr" "$(box readlink "/proc/$(main_pid)/exe")" /usr/sbin/opsd
is "2.9 opswatch too" \
    "$(box sh -c 'readlink /proc/$(systemctl show -p MainPID --value opswatch)/exe')" /usr/sbin/opswatch
for unit in opsd.service opsd.socket opswatch.service; do
    is "2.10 $unit is the package's" "$(box systemctl show -p FragmentPath --value $unit)" \
        "/lib/systemd/system/$unit"
    is "2.11 $unit starts at boot" "$(box systemctl is-enabled $unit)" enabled
done
is "2.12 nothing is left below /usr/local" "$(box find /usr/local -name '*ops*' | xargs)" ""
is "2.13 nothing in /etc points there" "$(box find /etc/systemd -lname '/usr/local/*' | xargs)" ""
is "2.14 the ban is there, with the same end" "$(field .expires check 203.0.113.9)" "$expires"
is "2.15 the state has the same owner" "$(box stat -c %u /var/lib/opsd)" "$owner"
like "2.16 the configuration is the administrator's" "$(box cat /etc/opsd/opsd.toml)" '# mine'
is "2.17 and not beside it" "$(box ls /etc/opsd | xargs)" opsd.toml
ok "2.18 reload" box systemctl reload opsd
is "2.19 the ban's text is in the journal's catalog" \
    "$(box journalctl --list-catalog "$(message_id ban)" | wc -l)" 1
is "2.20 the shell finds the new opsctl" "$(box sh -c 'command -v opsctl')" /usr/bin/opsctl

exits "2.21 systemd/install refuses beside the package" 1 \
    box /opt/opsd/systemd/install --binaries=/opt/opsd/binaries
exits "2.22 systemd/uninstall too" 1 box /opt/opsd/systemd/uninstall
ok "2.23 opsd runs as before" answers
exits "2.24 opsbench went with the rest" 1 box test -e /usr/local/bin/opsbench
ok "2.25 opsd-bench has it" deb_install "$deb_version" opsd-bench
ok "2.26 and it runs" box opsbench --version

# What the administrator had disabled is not started.
box dpkg --purge opsd opsd-bench >/dev/null 2>&1
box /opt/opsd/systemd/install --binaries=/opt/opsd/binaries >/dev/null
box systemctl disable --now opswatch.service 2>/dev/null
deb_install "$deb_version" >/dev/null
ok "2.27 opsd runs" wait_until 5 answers
is "2.28 a detector that was disabled stays so" \
    "$(box systemctl is-enabled opswatch.service; box systemctl is-active opswatch.service)" "disabled
inactive"
# The configuration that came with opsd, and that nobody changed, is the package's from now on.
is "2.29 the package's configuration" "$(box sha256sum /etc/opsd/opsd.toml | cut -d' ' -f1)" \
    "$(sha256sum "$repository/etc/opsd.toml" | cut -d' ' -f1)"
box_finish
