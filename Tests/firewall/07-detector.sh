#!/bin/bash
# 07: the way over from fail2ban (docs/detector.md), step by step: both read the same logs, with the same
# filters; both hold the same addresses; then fail2ban is stopped, and opsd drops alone.
set -u
. "$(dirname "$0")/../lib/net.sh"
. "$repository/Tests/lib/fail2ban.sh"
export PATH=$OPSD_BINARIES:$PATH
detector=
jails="sshd nginx-http-auth postfix dovecot"

prepare() {
    unpack
    # An action that does nothing: what the jails hold is what counts.
    printf '%s\n' '[Definition]' 'actionban = true' 'actionunban = true' >"$etc/action.d/nothing.conf"
    printf '%s\n' '[DEFAULT]' 'backend = polling' 'ignoreself = false' 'banaction = nothing' \
        'maxretry = 3' 'findtime = 10m' 'bantime = 1h' 'ignoreip = 198.51.100.0/24' \
        '[sshd]' 'enabled = true' "logpath = $scratch/auth.log" \
        '[nginx-http-auth]' 'enabled = true' "logpath = $scratch/error.log" 'maxretry = 2' \
        '[postfix]' 'enabled = true' 'mode = auth' "logpath = $scratch/mail.log" \
        '[dovecot]' 'enabled = true' "logpath = $scratch/mail.log" 'maxretry = 4' \
        >"$etc/jail.local"
    for log in auth error mail; do : >"$scratch/$log.log"; done
}

detector_start() {
    ip netns exec "$host" "$OPSD_BINARIES/opswatch" --config "$scratch/opsd.toml" --state "$scratch/watch" \
        >>"$scratch/watch.out" 2>&1 &
    detector=$!
    wait_until 15 reads_all
}
reads_all() {
    [ "$(ctl --json detector sources | jq '[.sources[] | select(.state == "reading")] | length')" = 4 ]
}
detector_down() {
    [ -z "$detector" ] || kill -9 "$detector" 2>/dev/null
    detector=
}

opsd_has() { ctl --json bans --source "$1" --limit 1000 | jq -r '.bans[].ip' | sed 's|/128$||' | sort; }
same() {
    local jail
    for jail in $jails; do [ "$(jail_has "$jail")" = "$(opsd_has "$jail")" ] || return 1; done
}
# agree WHAT COUNT: both come to hold the same, COUNT in all.
agree() {
    local jail
    enough() { [ "$(for jail in $jails; do opsd_has "$jail"; done | wc -l)" = "$1" ] && same; }
    if wait_until 20 enough "$2"; then
        pass "$1"
    else
        fail "$1" "$(for jail in $jails; do
            echo "$jail: fail2ban" $(jail_has "$jail") "opsd" $(opsd_has "$jail")
        done)"
    fi
}

# Lines as the programs write them, made here. What an attacker chooses is among them.
stamp() { date '+%b %e %H:%M:%S'; }
ssh_lines() {
    local n
    for n in 1 2 3; do
        echo "$(stamp) host sshd[7$n]: Failed password for root from 203.0.113.1 port 4$n ssh2"
        echo "$(stamp) host sshd[7$n]: Invalid user oracle from 203.0.113.2 port 5$n"
        echo "$(stamp) host sshd[7$n]: Failed password for invalid user x from 192.0.2.99 port 1 from 203.0.113.3 port 6$n ssh2"
        echo "$(stamp) host sshd[7$n]: Failed password for root from 198.51.100.7 port 7$n ssh2"
        echo "$(stamp) host sshd[8$n]: Accepted publickey for deploy from 203.0.113.200 port 8$n ssh2: ED25519 SHA256:x"
    done
    echo "$(stamp) host sshd[90]: Failed password for root from 203.0.113.4 port 9 ssh2"
}
web_lines() {
    local n
    for n in 1 2; do
        printf '%s [error] 7#7: *%d user "admin": password mismatch, client: %s, %s\n' \
            "$(date '+%Y/%m/%d %H:%M:%S')" $n 203.0.113.21 \
            'server: shop, request: "GET / HTTP/1.1", host: "shop"'
        printf '%s [error] 7#7: *%d user "x, client: 192.0.2.98, server: y" was not found in "/etc/pw", client: %s, %s\n' \
            "$(date '+%Y/%m/%d %H:%M:%S')" $n 203.0.113.22 \
            'server: shop, request: "GET / HTTP/1.1", host: "shop"'
    done
}
mail_lines() {
    local n
    for n in 1 2 3 4; do
        echo "$(stamp) host postfix/smtpd[55$n]: warning: unknown[203.0.113.31]: SASL LOGIN authentication failed: UGFzc3dvcmQ6"
        echo "$(stamp) host dovecot: imap-login: Disconnected (auth failed, 1 attempts in 2 secs): user=<bob>, method=PLAIN, rip=203.0.113.41, lip=192.0.2.1, TLS"
    done
}

net_up
trap 'detector_down; f2b_down; net_down' EXIT
prepare
mkdir "$scratch/watch"

# MARK: the sections

said=$(opswatch import-fail2ban "$etc" 2>&1)
is "7.1 import-fail2ban prints the sections" $? 0
for jail in $jails; do
    like "7.2 $jail: a source, a rule, a policy" \
        "$(grep -cE "^\[(watch.source|watch.rule|guard.source)\.$jail\]" <<<"$said")" '^3$'
done
like "7.3 what is not honoured is named" "$said" 'banaction'
configure
{
    printf '[watch]\nrules = []\nstrike_private = true\n'
    echo "$said"
    printf '[guard]\ndry_run_sources = ["sshd", "nginx-http-auth", "postfix", "dovecot"]\n'
} >>"$scratch/opsd.toml"
ok "7.4 opsd takes them" opsd --check --config "$scratch/opsd.toml"
ok "7.5 so does opswatch" opswatch --check --config "$scratch/opsd.toml"

# MARK: side by side

start_opsd
f2b_start dovecot || { diag "fail2ban does not start" "$(tail -n 20 "$scratch/fail2ban.log")"; exit 1; }
detector_start || { diag "opswatch does not read" "$(tail -n 20 "$scratch/watch.out")"; exit 1; }
ssh_lines >>"$scratch/auth.log"
web_lines >>"$scratch/error.log"
mail_lines >>"$scratch/mail.log"
agree "7.6 the same log, the same bans" 7
for address in 192.0.2.99 192.0.2.98; do
    is "7.7 nobody is banned whose address was only a text" \
        "$(ctl --json why $address | jq -c '[.bans, .strikes]')" "$(ctl --json why 192.0.2.1 | jq -c '[.bans, .strikes]')"
done
is "7.8 the dry run drops nothing" "$(ctl --json check 203.0.113.1 | jq -r .banned)" false

# A rotation, as logrotate makes it; then more of the same.
mv "$scratch/auth.log" "$scratch/auth.log.1"
sed 's/203\.0\.113\.\([0-9]\)/203.0.113.10\1/' <(ssh_lines) >"$scratch/auth.log"
sed 's/203\.0\.113\./203.0.113.2/' <(mail_lines) >>"$scratch/mail.log"
agree "7.9 over rotations too" 12

# opswatch dies at any moment and comes back.
detector_down
sed 's/203\.0\.113\.\([0-9]\)/203.0.113.11\1/' <(ssh_lines) >>"$scratch/auth.log"
detector_start
agree "7.10 and over a kill -9" 15
is "7.11 nobody was counted twice" \
    "$(ctl --json strikes --limit 1000 | jq -c '[.strikes[] | select(.ip == "203.0.113.114") | .strikes]')" '[1]'

# MARK: alone

f2b_down
sed -i '/^dry_run_sources/d' "$scratch/opsd.toml"
kill -HUP "$daemon"
kill -HUP "$detector"
ok "7.12 the peer reaches the host" pings 10.77.0.1
for n in 1 2 3; do
    echo "$(stamp) host sshd[7$n]: Failed password for root from 10.78.0.2 port 4$n ssh2"
done >>"$scratch/auth.log"
ok "7.13 fail2ban is gone, and its packets are dropped" wait_until 15 not pings 10.77.0.1
# fail2ban does not notice when a log is truncated and has grown again meanwhile.
: >"$scratch/mail.log"
sed 's/203\.0\.113\./203.0.113.2/; s/203\.0\.113\.2/203.0.114.2/' <(mail_lines) >>"$scratch/mail.log"
regrown() { [ "$(ctl --json check 203.0.114.241 | jq -r .banned)" = true ]; }
ok "7.14 a log that was truncated in place and has grown again is read from its beginning" \
    wait_until 15 regrown
detector_down
finish
