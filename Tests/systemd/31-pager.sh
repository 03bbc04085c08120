#!/bin/bash
# 31: the pager as it is installed: in its sandbox, with a secret, to a file of its own and to a webhook on this
# host; reload, stop, and what opsd says of it.
#
# In a box the manager cannot give a service its credentials (access lists are missing), so the secret is a file.
set -u
. "$(dirname "$0")/../lib/box.sh"
box_boot

pager_property() { box systemctl show -p "$1" --value opspager; }
channel_field() { box opsctl --json pager status | jq -r ".channels[] | select(.name == \"$1\") | .$2"; }
channel_is() { [ "$(channel_field "$1" "$2")" = "$3" ]; }
is_done() { [ "$(box opsctl --json work show "$1" | jq -r .stage)" = done ]; }
# deliver CHANNEL: asks for a test, and waits until it is done.
deliver() {
    local item
    item=$(box opsctl --json pager test "$1" | jq -r .item) || return 1
    wait_until 15 is_done "$item"
}

# MARK: as it is installed

ok "31.1 both start" box systemctl start opsd opspager
is "31.2 READY means ready" "$(pager_property ActiveState)" active
like "31.3 and it says that there is nothing to do" "$(pager_property StatusText)" '^no channel is configured'

# MARK: channels

box sh -c 'umask 077; echo s3cret >/etc/opsd/hook-key; chown root:opspager /etc/opsd/hook-key
    chmod 640 /etc/opsd/hook-key
    printf "[pager.channel.record]\nkind = \"file\"\npath = \"/var/log/opspager/pages\"\n" >>/etc/opsd/opsd.toml
    printf "[pager.channel.hook]\nkind = \"webhook\"\nurl = \"http://127.0.0.1:9/\"\nsecret_file = \"hook-key\"\n" \
        >>/etc/opsd/opsd.toml'
like "31.4 the check outside of the unit notes the credential" "$(box opspager --check)" \
    'note: .*"hook-key" is there only in the unit'
box sed -i 's|"hook-key"|"/etc/opsd/hook-key"|' /etc/opsd/opsd.toml
ok "31.5 both reload" box systemctl reload opsd opspager
wait_until 5 eval '[[ $(pager_property StatusText) == *record* ]]'
like "31.6 it can be used" "$(pager_property StatusText)" 'hook \(webhook\), record \(file\)'
ok "31.7 a page to the file" deliver record
is "31.8 is a line of JSON" "$(box cat /var/log/opspager/pages | jq -r .page.reason)" test
is "31.9 that others cannot read" "$(box stat -c %U:%a /var/log/opspager/pages)" opspager:600
ok "31.10 pager status knows" wait_until 15 channel_is record state ok
box opsctl pager test hook >/dev/null
ok "31.11 and what went wrong with the other" wait_until 15 channel_is hook state failing
like "31.12 in words" "$(channel_field hook last_error)" 'connect'
box opsctl pager status | sed 's/^/# /'

# MARK: its sandbox

pid=$(pager_property MainPID)
is "31.13 its own user" "$(box ps -o user= -p "$pid" | xargs)" opspager
is "31.14 no capability" "$(box sed -n 's/^CapEff:[[:space:]]*//p' "/proc/$pid/status")" 0000000000000000
forbidden=$(box setpriv --reuid opspager --regid opspager --init-groups opsctl bans 2>&1)
like "31.15 it may not look at bans" "$forbidden" 'yours is pager'
is "31.16 the secret is in no log" "$(box journalctl --no-pager | grep -c s3cret)" 0

# MARK: reload and stop

ok "31.17 a reload" box systemctl reload opspager
wait_until 5 eval '[[ $(pager_property StatusText) == *record* ]]'
box sh -c 'cp /etc/opsd/opsd.toml /run/good; echo "[pager.channel.bad]" >>/etc/opsd/opsd.toml'
exits "31.18 a bad file fails it" 1 box systemctl reload opspager
like "31.19 with the fault in the journal" "$(box journalctl -u opspager --no-pager -o cat)" \
    'pager\.channel\.bad: has no kind'
box cp /run/good /etc/opsd/opsd.toml
is "31.20 it is still the same process" "$(pager_property MainPID)" "$pid"
ok "31.21 a stop takes a moment" box systemctl stop opspager
is "31.22 and is clean" "$(pager_property Result)" success
box_finish
