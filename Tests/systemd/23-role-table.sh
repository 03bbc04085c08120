#!/bin/bash
# 23: every command of the table by every role, from real users: allowed exactly where the table says;
# and what is installed and written belongs to whom it should.
set -u
. "$(dirname "$0")/../lib/box.sh"
needs python3
box_boot
box groupadd web
box useradd -M -G opsd reader
box useradd -M -G opsd,opsd-report reporter
box useradd -M -G opsd boss
box useradd -M -G opsd,web deployer
box useradd -M stranger
box useradd -M -G opsd,opsd-report watcher
configure <<<$'[access]\nadmin = ["root", "boss", "@web"]\nwatch = ["watcher"]'
box systemctl start opsd

# roles USER RANK: what the user may, against what the table says of the rank.
box sh -c 'opsctl --json commands >/run/commands.json; chmod 644 /run/commands.json'
roles() {
    local did
    did=$(as "$1" /opt/opsd/hostile /run/opsd/opsd.sock roles "$2" /run/commands.json)
    diag "$1: $did"
    is "23.1 $1: allowed exactly what $2 may" "$(figure wrong "$did")" none
    ok "23.2 $1: there was a table" test "$(figure commands "$did")" -ge 27
}
roles reader read
roles reporter report
roles boss admin
roles deployer admin
roles watcher watch
roles root admin
roles opsd admin
exits "23.3 a stranger is kept out by the socket" 3 as stranger opsctl ping

# Somebody whom the socket lets in and the daemon gives no role.
configure <<<$'[access]\nread = ["boss"]\nadmin = ["root"]'
box systemctl reload opsd
is "23.4 without a role it is told so" \
    "$(figure code "$(as reader /opt/opsd/hostile /run/opsd/opsd.sock newcomer)")" forbidden
roles boss read

# Who may write what. Nothing of these is anybody else's.
modes() { box stat -c '%n %U:%G %a' "$@" | xargs; }
is "23.5 socket" "$(modes /run/opsd /run/opsd/opsd.sock)" \
    "/run/opsd root:root 755 /run/opsd/opsd.sock root:opsd 660"
is "23.6 state, log, configuration" "$(modes /var/lib/opsd /var/log/opsd /etc/opsd /etc/opsd/opsd.toml)" \
    "/var/lib/opsd opsd:opsd 700 /var/log/opsd opsd:opsd 750 /etc/opsd root:root 755 /etc/opsd/opsd.toml root:root 644"
box opsctl snapshot >/dev/null
is "23.7 what is written is opsd's, and for opsd's group to read at most" \
    "$(box find /var/lib/opsd /var/log/opsd \( ! -user opsd -o ! -group opsd -o ! -type l -perm /037 \) \
        ! -type d | xargs)" ""
is "23.8 directories alike" \
    "$(box find /var/lib/opsd /var/log/opsd -type d \( ! -user opsd -o -perm /027 \) | xargs)" ""
is "23.9 nobody but root can change what is installed" \
    "$(box find /usr/local/sbin/opsd /usr/local/bin/opsctl /usr/local/lib/systemd/system/opsd.service \
        /usr/local/lib/systemd/system/opsd.socket /usr/local/lib/sysusers.d/opsd.conf \
        /usr/local/lib/tmpfiles.d/opsd.conf /etc/logrotate.d/opsd \( ! -user root -o -perm /022 \))" ""
for user in reader reporter boss stranger; do
    exits "23.10 $user cannot look into the state" 2 as $user ls /var/lib/opsd
    exits "23.11 nor make a file beside the socket" 1 as $user touch /run/opsd/x
done
exits "23.12 nor can the daemon's user" 1 as opsd touch /run/opsd/x
box_finish
