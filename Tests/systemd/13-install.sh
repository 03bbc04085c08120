#!/bin/bash
# 13: the installer on a running machine: first time, twice, upgrade in place, uninstall, purge.
set -u
. "$(dirname "$0")/../lib/box.sh"
box_boot bare
install() { box /opt/opsd/systemd/install --binaries=/opt/opsd/binaries "$@"; }
uninstall() { box /opt/opsd/systemd/uninstall "$@"; }

said=$(install)
is "13.1 installs" $? 0
like "13.2 and says that it started" "$said" 'service: started'
like "13.2 and the detector" "$said" 'detector: started'
ok "13.3 it answers" box opsctl ping
is "13.4 from boot on" "$(box systemctl is-enabled opsd.service opsd.socket | xargs)" "enabled enabled"
is "13.4 the detector too" "$(box systemctl is-enabled opswatch.service)" enabled
is "13.4 and the pager" "$(box systemctl is-active opspager.service)" active
is "13.4 and the checker" "$(box systemctl is-active opscheck.service)" active
is "13.5 the ban's text is in the journal's catalog" \
    "$(box journalctl --list-catalog "$(message_id ban)" | wc -l)" 1
pid=$(main_pid)
box opsctl ban 203.0.113.9 --ttl 1h >/dev/null
expires=$(field .expires check 203.0.113.9)

said=$(install)
is "13.6 twice: succeeds" $? 0
like "13.7 nothing to restart" "$said" 'nothing to restart'
is "13.8 the same process" "$(main_pid)" "$pid"

# An upgrade: another build, while clients come in.
box sh -c 'printf "\n#\n" >>/opt/opsd/binaries/opsd; printf "\n# mine\n" >>/etc/opsd/opsd.toml'
knock_start
said=$(install)
is "13.9 upgrade: succeeds" $? 0
like "13.10 restarted in place" "$said" 'restarted in place'
ok "13.11 answers" wait_until 5 answers
knock_stop
diag "upgrade: $seen"
is "13.12 no connection was refused" "$(saw refused)" 0
is "13.13 no request was lost" "$(saw lost)" 0
isnt "13.14 another process" "$(main_pid)" "$pid"
is "13.15 the ban is there, with the same end" "$(field .expires check 203.0.113.9)" "$expires"
like "13.16 the configuration is kept" "$(box cat /etc/opsd/opsd.toml)" '# mine'

# An upgrade that would not accept the configuration changes nothing.
pid=$(main_pid)
box sh -c 'printf "\n#\n" >>/opt/opsd/binaries/opsd; printf "\n[nonsense]\n" >>/etc/opsd/opsd.toml'
before=$(box sha256sum /usr/local/sbin/opsd)
exits "13.17 a configuration that the new build refuses stops the upgrade" 1 install
is "13.18 the old build is in place" "$(box sha256sum /usr/local/sbin/opsd)" "$before"
is "13.19 and runs" "$(main_pid)" "$pid"
box sed -i '/nonsense/d' /etc/opsd/opsd.toml
# What only the detector can judge stops it as well.
box cp -p /etc/opsd/opsd.toml /run/opsd.toml.before
cat <<'CONFIGURATION' | box tee -a /etc/opsd/opsd.toml >/dev/null
[watch.source.shop]
files = ["/var/log/shop.log"]
[watch.rule.shop]
sources = ["shop"]
pattern = "^(<HOST>$"
CONFIGURATION
exits "13.23 a pattern that the new detector refuses stops the upgrade" 1 install
is "13.24 the old build is in place" "$(box sha256sum /usr/local/sbin/opsd)" "$before"
box cp -p /run/opsd.toml.before /etc/opsd/opsd.toml

# Uninstall keeps what cannot be built again, and leaves no ban to a kernel that nobody asks any more.
is "13.20 the kernel has the bans" "$(box nft list tables | grep -c 'inet opsd')" 1
ok "13.20 uninstall" uninstall
is "13.21 stopped" "$(property ActiveState)" inactive
is "13.21 the kernel drops nothing any more" "$(box nft list tables | grep -c 'inet opsd')" 0
for gone in /usr/local/sbin/opsd /usr/local/sbin/opswatch /usr/local/sbin/opspager /usr/local/sbin/opscheck \
    /usr/local/bin/opsctl /usr/local/bin/opsbench \
    /usr/local/lib/systemd/system/opsd.socket \
    /run/opsd/opsd.sock; do
    exits "13.22 gone: $gone" 1 box test -e $gone
done
ok "13.23 state stays" box test -d /var/lib/opsd
ok "13.24 configuration stays" box test -s /etc/opsd/opsd.toml
install >/dev/null
is "13.25 installed again, the ban is there" "$(field .expires check 203.0.113.9)" "$expires"

ok "13.26 uninstall --purge" uninstall --purge
for gone in /var/lib/opsd /var/lib/opswatch /etc/opsd /var/log/opsd /var/log/opspager; do
    exits "13.27 purged: $gone" 1 box test -e $gone
done
for user in opsd opswatch opspager opscheck; do exits "13.28 no user $user" 2 box getent passwd $user; done
exits "13.29 no groups" 2 box getent group opsd-report
ok "13.30 purging twice does no harm" uninstall --purge
box_finish
