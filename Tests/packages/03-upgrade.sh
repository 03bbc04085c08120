#!/bin/bash
# 03: first installation, upgrade while clients connect, a configuration that is refused, removal, installation again,
# purge.
set -u
. "$(dirname "$0")/../lib/box.sh"
. "$repository/Tests/lib/deb.sh"
debs_build || skip_all "no packages: $(tail -n 1 "$OPSD_PACKAGES/log")"
lower=$deb_version~1 higher=$deb_version+1
deb_as "$lower"
deb_as "$higher"
deb_box

ok "3.1 a first installation" deb_install "$lower"
ok "3.2 opsd answers" wait_until 5 answers
is "3.3 all start at boot" \
    "$(box systemctl is-enabled opsd.service opsd.socket opswatch.service | xargs)" "enabled enabled enabled"
is "3.4 the detector runs" "$(box systemctl is-active opswatch.service)" active
is "3.5 users" "$(box getent passwd opsd opswatch | wc -l)" 2
ok "3.6 completions" box test -s /usr/share/bash-completion/completions/opsctl
ok "3.7 manual pages" box man -w opsd.toml

# Upgrade, while clients come in.
box opsctl ban 203.0.113.9 --ttl 1h >/dev/null
box opsctl strike 203.0.113.10 >/dev/null
expires=$(field .expires check 203.0.113.9)
box sh -c 'echo "# mine" >>/etc/opsd/opsd.toml'
pid=$(main_pid)
socket=$(box stat -c %i /run/opsd/opsd.sock)
knock_start
ok "3.8 upgrade" deb_install "$deb_version"
ok "3.9 it answers" wait_until 5 answers
knock_stop
diag "$seen"
is "3.10 no connection was refused" "$(saw refused)" 0
is "3.11 no request was lost" "$(saw lost)" 0
ok "3.12 there was load" test "$(saw asked)" -gt 100
isnt "3.13 another process" "$(main_pid)" "$pid"
is "3.14 the same socket" "$(box stat -c %i /run/opsd/opsd.sock)" "$socket"
is "3.15 dpkg has the new version" "$(deb_status)" "ii  $deb_version"
is "3.16 the ban is there, with the same end" "$(field .expires check 203.0.113.9)" "$expires"
is "3.17 the strike too" "$(field '.strikes | length' strikes)" 1
like "3.18 the configuration is kept" "$(box cat /etc/opsd/opsd.toml)" '# mine'

# What the administrator has disabled stays so.
box systemctl disable --now opswatch.service 2>/dev/null

# A build that would refuse the configuration is not started, and what runs goes on.
pid=$(main_pid)
box sh -c 'printf "\n[nonsense]\n" >>/etc/opsd/opsd.toml'
said=$(deb_install "$higher")
is "3.19 a refused configuration fails the upgrade" $? 1
like "3.20 it says why" "$said" 'nonsense.*nothing was restarted'
is "3.21 the same process" "$(main_pid)" "$pid"
ok "3.22 it answers" answers
box sed -i '/nonsense/d' /etc/opsd/opsd.toml
ok "3.23 mended and configured" box dpkg --configure opsd
ok "3.24 it answers" wait_until 5 answers
isnt "3.25 another process" "$(main_pid)" "$pid"
is "3.26 what was disabled stays so" \
    "$(box systemctl is-enabled opswatch.service; box systemctl is-active opswatch.service)" "disabled
inactive"

# Removed: bans are lifted in the kernel; configuration, state and users stay.
ok "3.27 remove" box dpkg -r opsd
is "3.28 stopped" "$(box systemctl is-active opsd.service opsd.socket | xargs)" "inactive inactive"
is "3.29 the kernel drops nothing any more" "$(box nft list tables | grep -c 'inet opsd')" 0
exits "3.30 the socket is gone" 1 box test -e /run/opsd/opsd.sock
like "3.31 the configuration stays" "$(box cat /etc/opsd/opsd.toml)" '# mine'
ok "3.32 the state stays" box test -s /var/lib/opsd/snapshot.jsonl
ok "3.33 installed again" deb_install "$deb_version"
ok "3.34 it answers" wait_until 5 answers
is "3.35 the ban is there, with the same end" "$(field .expires check 203.0.113.9)" "$expires"
like "3.36 the configuration is kept" "$(box cat /etc/opsd/opsd.toml)" '# mine'

ok "3.37 purge" box dpkg --purge opsd
for gone in /etc/opsd /var/lib/opsd /var/lib/opswatch /var/log/opsd /etc/logrotate.d/opsd; do
    exits "3.38 purged: $gone" 1 box test -e $gone
done
is "3.39 nothing of its own is in /etc" "$(box find /etc /var/lib/systemd -name '*ops[dw]*' | xargs)" ""
is "3.40 users stay" "$(box getent passwd opsd opswatch | wc -l)" 2
ok "3.41 installed once more" deb_install "$deb_version"
ok "3.42 it answers" wait_until 5 answers
is "3.43 and knows nothing of before" "$(field .banned check 203.0.113.9)" false
box_finish
