#!/bin/bash
# 28: the log detector as it is installed: sshd is on by itself, in its sandbox; logs that come, go and may
# not be read; reload, watchdog, opsd away, and what opsd says of it all.
set -u
. "$(dirname "$0")/../lib/box.sh"
box_boot

watch_property() { box systemctl show -p "$1" --value opswatch; }
# say_as COMM TEXT: logs as a root process of that name, as sshd does. It lives on for a moment, since journald
# looks up who wrote an entry when it gets it.
say_as() {
    box test -x "/run/$1" || box cp /usr/bin/logger "/run/$1"
    box sh -c '{ echo "$2"; sleep 0.3; } | "/run/$1" -t "$1" -p auth.info --id=77' sh "$1" "$2"
}
source_field() { box opsctl --json detector sources | jq -r ".sources[] | select(.name == \"$1\") | .$2"; }
source_is() { [ "$(source_field "$1" "$2")" = "$3" ]; }
is_banned() { [ "$(field .banned check "$1")" = true ]; }
told() { box opsctl --json events --limit 100 | jq -e ".events[] | select(.event == \"$1\")" >/dev/null; }

# MARK: as it is installed

ok "28.1 both start" box systemctl start opsd opswatch
is "28.2 READY means ready" "$(watch_property ActiveState)" active
like "28.3 and it says what is on" "$(watch_property StatusText)" '^rules sshd; reads sshd \(journal\)$'
ok "28.4 opsd knows it" wait_until 15 source_is sshd state reading
box opsctl detector sources | sed 's/^/# /'

for port in 1 2 3 4 5; do
    say_as sshd "Failed password for invalid user admin from 203.0.113.7 port 4000$port ssh2"
done
ok "28.5 five failures ban" wait_until 10 is_banned 203.0.113.7
like "28.6 the reason names rule and user" "$(field .reason check 203.0.113.7)" '^sshd: user admin$'
for port in 1 2 3 4 5; do
    say_as sshd "Failed password for root from 127.0.0.1 port 4000$port ssh2"
    say_as sshd "Failed password for root from 192.168.7.7 port 4000$port ssh2"
done
# A user without privileges writes what sshd would.
box useradd -M mallory
box cp /usr/bin/logger /run/sshd-session
for port in 1 2 3 4 5; do
    as mallory sh -c '{ echo "$1"; sleep 0.3; } | /run/sshd-session -t sshd -p auth.info' sh \
        "Failed password for root from 198.51.100.9 port 4000$port ssh2"
done
say_as sshd "opswatch-canary 28"
ok "28.7 a canary line arrives" wait_until 10 told canary
is "28.8 loopback is not banned" "$(field .banned check 127.0.0.1)" false
is "28.9 nor is a private address" "$(field .banned check 192.168.7.7)" false
is "28.10 nor whom a local user accuses" "$(field .banned check 198.51.100.9)" false

# MARK: its sandbox

pid=$(watch_property MainPID)
is "28.11 its own user" "$(box ps -o user= -p "$pid" | xargs)" opswatch
is "28.12 no capability" "$(box sed -n 's/^CapEff:[[:space:]]*//p' "/proc/$pid/status")" 0000000000000000
is "28.13 no network but its own" \
    "$([ "$(box readlink "/proc/$pid/ns/net")" = "$(box readlink /proc/1/ns/net)" ] && echo shared || echo own)" own
is "28.14 one thread" "$(box ls "/proc/$pid/task" | wc -l)" 1
forbidden=$(box setpriv --reuid opswatch --regid opswatch --init-groups opsctl unban 203.0.113.7 2>&1)
like "28.15 it may not unban" "$forbidden" 'needs the role admin, and yours is watch'

# MARK: sources that come and go

box mkdir -p /var/log/shop
cat <<'CONFIGURATION' | box tee -a /etc/opsd/opsd.toml >/dev/null
[watch.source.shop]
files = ["/var/log/shop/*.log"]
expect_every = "3s"
[watch.rule.shop]
sources = ["shop"]
pattern = '^ refused <F-USER>\S+</F-USER> from <HOST>$'
[guard.source.shop]
strikes = 2
CONFIGURATION
ok "28.16 a reload" box systemctl reload opsd opswatch
ok "28.17 a log that is not there is shown as missing" wait_until 15 source_is shop state missing
box sh -c 'echo "$(date "+%Y-%m-%d %H:%M:%S") refused bob from 203.0.113.8" >/var/log/shop/a.log'
box sh -c 'echo "$(date "+%Y-%m-%d %H:%M:%S") refused bob from 203.0.113.8" >>/var/log/shop/a.log'
ok "28.18 it is read once it is there" wait_until 15 is_banned 203.0.113.8
ok "28.19 a log that goes silent is an event" wait_until 15 told source_silent
box sh -c 'echo "$(date "+%Y-%m-%d %H:%M:%S") all is well" >>/var/log/shop/a.log'
ok "28.20 and that lines come again" wait_until 15 told source_back
box sh -c 'umask 077; echo x >/var/log/shop/b.log'
ok "28.21 one that it may not read is denied" wait_until 20 source_is shop state denied
like "28.22 and what to do stands beside" "$(source_field shop detail)" '/var/log/shop/b.log may not be read by the user opswatch'
box rm /var/log/shop/b.log
box sh -c 'mkdir -m 0700 /var/log/private.d; printf "[watch.source.private]\nfiles = [\"/var/log/private.d/*.log\"]\n" >>/etc/opsd/opsd.toml'
ok "28.23 a source more" box systemctl reload opsd opswatch
ok "28.24 a directory that it may not enter is denied, not missing" wait_until 20 source_is private state denied
box sed -i '/^\[watch.source.private\]/,$d' /etc/opsd/opsd.toml
ok "28.25 a source less" box systemctl reload opsd opswatch
ok "28.26 is forgotten at once" wait_until 15 source_is private state ''

box sh -c 'printf "[watch.rule.bad]\nsources = [\"shop\"]\npattern = \"(<HOST>\"\n" >>/etc/opsd/opsd.toml'
exits "28.27 a pattern that does not compile stops the reload" 1 box systemctl reload opswatch
like "28.28 with its place" "$(box journalctl -u opswatch -o cat --no-pager -n 20)" 'bad.*(parenthes|missing)'
is "28.29 the old configuration runs on" "$(watch_property MainPID)" "$pid"
box sed -i '/^\[watch.rule.bad\]/,$d' /etc/opsd/opsd.toml

# MARK: a rule that cannot be used

cat <<'CONFIGURATION' | box tee -a /etc/opsd/opsd.toml >/dev/null
[watch.rule.away]
sources = ["shop"]
filter = "no-such-filter"
CONFIGURATION
exits "28.30 the check names it" 2 box opswatch --check
box systemctl restart opswatch
rule_state() { box opsctl --json detector rules | jq -r ".rules[] | select(.name == \"$1\") | .state"; }
rule_is() { [ "$(rule_state "$1")" = "$2" ]; }
ok "28.31 at a start it is failed" wait_until 20 rule_is away failed
ok "28.32 and the others run" wait_until 20 rule_is sshd active
ok "28.33 which is an event" wait_until 15 told filter_failed
box sed -i '/^\[watch.rule.away\]/,$d' /etc/opsd/opsd.toml
ok "28.34 mended" box systemctl reload opsd opswatch
ok "28.35 it is gone" wait_until 15 rule_is away ''
pid=$(watch_property MainPID)

# MARK: without each other

box systemctl stop opsd.service opsd.socket
box sh -c 'for i in 1 2; do echo "$(date "+%Y-%m-%d %H:%M:%S") refused eve from 203.0.113.66"; done >>/var/log/shop/a.log'
is "28.36 opsd away: it waits" "$(watch_property ActiveState)" active
box systemctl start opsd.socket opsd.service
ok "28.37 and reads on" wait_until 15 is_banned 203.0.113.66

box kill -9 "$pid"
box sh -c 'for i in 1 2; do echo "$(date "+%Y-%m-%d %H:%M:%S") refused eve from 203.0.113.67"; done >>/var/log/shop/a.log'
ok "28.38 killed, it is started again and reads on" wait_until 15 is_banned 203.0.113.67
is "28.39 what was counted counts once, since opsd was started" \
    "$(box opsctl --json guard stats | jq -r '.by_source[] | select(.source == "shop") | .strikes')" 4

pid=$(watch_property MainPID)
box kill -STOP "$pid"
is_another() { [ "$(watch_property ActiveState)" = active ] && [ "$(watch_property MainPID)" != "$pid" ]; }
ok "28.40 one that hangs is killed by the watchdog, and started again" wait_until 60 is_another

# MARK: lines that are incidents

cat <<'CONFIGURATION' | box tee -a /etc/opsd/opsd.toml >/dev/null
[watch.rule.shop-errors]
sources = ["shop"]
pattern = '^ (ERROR|CRITICAL) '
action = "incident"
severity = "critical"
CONFIGURATION
ok "28.41 a rule for incidents" box systemctl reload opsd opswatch
for id in 1 2 3; do
    box sh -c 'echo "$(date "+%Y-%m-%d %H:%M:%S") ERROR order $1 was not written" >>/var/log/shop/a.log' - "$id"
done
shop_incident() { box opsctl --json incidents | jq -r ".incidents[] | select(.source == \"shop-errors\") | .$1"; }
has_raises() { [ "$(shop_incident count)" = "$1" ]; }
ok "28.42 three lines are one incident, counted" wait_until 15 has_raises 3
like "28.43 which says what was written" "$(shop_incident message)" '^ERROR order 1 was not written$'
box opsctl incident show "$(shop_incident id)" | sed 's/^/# /'
ok "28.44 a stop takes a moment" box systemctl stop opswatch
is "28.45 and is clean" "$(watch_property Result)" success
box_finish
