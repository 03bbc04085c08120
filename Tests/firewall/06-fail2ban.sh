#!/bin/bash
# 06: fail2ban finds, opsd bans: with the shipped action, what the jails hold opsd holds, whatever happens to
# either of the two.
#
# fail2ban is Debian's package (Tests/lib/fail2ban.sh).
set -u
. "$(dirname "$0")/../lib/net.sh"
. "$repository/Tests/lib/fail2ban.sh"
export PATH=$OPSD_BINARIES:$PATH

prepare() {
    unpack
    cp "$repository/etc/fail2ban/action.d/opsd.conf" "$etc/action.d/"
    printf '[Init]\nmissed = %s/<name>.missed\n' "$scratch" >"$etc/action.d/opsd.local"
    printf '%s\n' '[DEFAULT]' 'backend = polling' 'usedns = no' 'ignoreself = false' 'maxretry = 3' \
        'findtime = 1h' 'banaction = opsd' \
        '[sshd]' 'enabled = true' "logpath = $scratch/auth.log" 'bantime = 10m' \
        '[nginx-http-auth]' 'enabled = true' "logpath = $scratch/error.log" 'bantime = 1h' \
        >"$etc/jail.local"
    : >"$scratch/auth.log"
    : >"$scratch/error.log"
}

# MARK: fail2ban, and what it and opsd hold

jails="sshd nginx-http-auth"

# Three failures of the address, in the log of its jail.
fails_ssh() {
    local n
    for n in 1 2 3; do
        echo "$(date '+%b %e %H:%M:%S') host sshd[7]: Failed password for root from $1 port $n ssh2"
    done >>"$scratch/auth.log"
}
fails_web() {
    local n
    for n in 1 2 3; do
        printf '%s [error] 7#7: *%d user "admin": password mismatch, client: %s, %s\n' \
            "$(date '+%Y/%m/%d %H:%M:%S')" $n "$1" \
            'server: shop, request: "GET / HTTP/1.1", host: "shop"'
    done >>"$scratch/error.log"
}

opsd_has() { ctl --json bans --source "fail2ban-$1" | jq -r '.bans[].ip' | sed 's|/128$||' | sort; }
same() {
    local jail
    for jail in $jails; do [ "$(jail_has "$jail")" = "$(opsd_has "$jail")" ] || return 1; done
}
# agree WHAT COUNT: both jails and opsd come to hold the same, COUNT bans in all.
agree() {
    local jail
    if wait_until 10 same; then
        is "$1" "$(for jail in $jails; do opsd_has "$jail"; done | wc -l)" "$2"
    else
        fail "$1" "$(for jail in $jails; do echo "$jail:" $(jail_has "$jail") "opsd:" $(opsd_has "$jail"); done)"
    fi
}
claims() { ctl --json why "$1" | jq -r '.bans[].source' | xargs; }
end_of() { ctl --json bans --source "fail2ban-$1" | jq -r ".bans[] | select(.ip == \"$2\") | .expires"; }
seconds_left() { ctl --json bans --source "fail2ban-$1" | jq ".bans[] | select(.ip == \"$2\") | .ttl_seconds"; }
second() { date -d "$1" +%s; }
is_past() { [ "$(date +%s)" -gt "$1" ]; }
# between LEAST NUMBER MOST
between() { [ -n "$2" ] && [ "$1" -le "$2" ] && [ "$2" -le "$3" ]; }

net_up
trap 'f2b_down; net_down' EXIT
prepare
configure
start_opsd
f2b_start nginx-http-auth || { diag "fail2ban does not start" "$(tail -n 20 "$scratch/fail2ban.log")"; exit 1; }

# MARK: two jails, one address

ok "6.1 the peer reaches the host" pings 10.77.0.1
fails_ssh 10.78.0.2
ok "6.2 three failed logins, and its packets are dropped" wait_until 10 not pings 10.77.0.1
fails_web 10.78.0.2
both() { [ "$(claims 10.78.0.2)" = "fail2ban-nginx-http-auth fail2ban-sshd" ]; }
ok "6.3 three at the web server too: two claims, the longest first" wait_until 10 both
is "6.4 it lasts as the longest" "$(ctl --json check 10.78.0.2 | jq -r .expires)" \
    "$(end_of nginx-http-auth 10.78.0.2)"
ok "6.5 by an hour more than the jail's 10 min, should fail2ban never lift it" \
    between 4100 "$(seconds_left sshd 10.78.0.2)" 4200
agree "6.6 the jails hold what opsd holds" 2
f2b set nginx-http-auth unbanip 10.78.0.2 >/dev/null
is "6.7 lifted by one jail, the other's claim is left" "$(claims 10.78.0.2)" fail2ban-sshd
exits "6.8 and drops" 1 pings 10.77.0.1
f2b set sshd unbanip 10.78.0.2 >/dev/null
ok "6.9 lifted by both, the peer is back" pings 10.77.0.1
agree "6.10 nobody is held" 0

# MARK: other addresses, other times

f2b set sshd banip fd77:0:1::2 fd77:0:1::3 198.51.100.0/24 2001:db8::/48 203.0.113.7 >/dev/null
agree "6.11 IPv6 addresses of one /64, and networks" 5
exits "6.12 dropped" 1 pings fd77::1
f2b set sshd unbanip fd77:0:1::3 >/dev/null
agree "6.13 one of the two lifted" 4
exits "6.14 the other is dropped" 1 pings fd77::1
f2b set sshd unbanip fd77:0:1::2 >/dev/null
ok "6.15 and back" pings fd77::1

f2b set nginx-http-auth bantime 4 >/dev/null
f2b set nginx-http-auth banip 10.78.0.2 >/dev/null
exits "6.16 a ban of four seconds drops" 1 pings 10.77.0.1
ok "6.17 and ends when the jail's ends" wait_until 10 pings 10.77.0.1
agree "6.18 in both" 3

# fail2ban prolongs a ban that is asked for again, and tells no action.
has() { jail_has nginx-http-auth | grep -q '^203\.0\.113\.8$'; }
f2b set nginx-http-auth banip 203.0.113.8 >/dev/null
began=$(milliseconds) asked=1 gaps=0
while has; do
    if ! opsd_has nginx-http-auth | grep -q '^203\.0\.113\.8$' && has; then gaps=$((gaps + 1)); fi
    if [ $asked -lt 3 ] && [ $(($(milliseconds) - began)) -gt $((asked * 1500)) ]; then
        f2b set nginx-http-auth banip 203.0.113.8 >/dev/null
        asked=$((asked + 1))
    fi
done
is "6.19 asked for three times, a ban lasts longer in the jail" $asked 3
is "6.20 and opsd holds it as long as the jail" $gaps 0
agree "6.21 not longer" 3

f2b set nginx-http-auth bantime -1 >/dev/null
f2b set nginx-http-auth banip 203.0.113.8 >/dev/null
is "6.22 a ban without an end" "$(end_of nginx-http-auth 203.0.113.8)" null
f2b set nginx-http-auth unbanip 203.0.113.8 >/dev/null
f2b set nginx-http-auth bantime 3600 >/dev/null

# MARK: what happens to fail2ban

f2b set nginx-http-auth banip 203.0.113.7 10.78.0.2 >/dev/null
agree "6.23 before" 5
ends=$(second "$(end_of sshd 203.0.113.7)")
for act in reload "reload --restart sshd" "reload --restart" restart; do
    # shellcheck disable=SC2086
    f2b $act >/dev/null 2>&1
    agree "6.24 $act" 5
    # fail2ban rounds the time of a ban when it restores it.
    ok "6.25 $act: with the same end" between -1 $(($(second "$(end_of sshd 203.0.113.7)") - ends)) 1
    exits "6.26 $act: dropped" 1 pings 10.77.0.1
done

# Families are flushed apart: fail2ban leaves out a command that it gave for the other one.
for round in 1 2; do
    f2b unban --all >/dev/null
    agree "6.27 unban --all, $round" 0
    f2b set sshd banip 203.0.113.9 >/dev/null
    f2b set sshd banip 2001:db8::9 >/dev/null
    agree "6.28 and banned again, $round" 2
done

# Killed. Meanwhile one of its bans ends, and opsd is restarted.
f2b set nginx-http-auth bantime 5 >/dev/null
f2b set nginx-http-auth banip 203.0.113.10 >/dev/null
ended=$(($(date +%s) + 6))
agree "6.29 before it is killed" 3
f2b_down
kill -9 "$daemon"
wait "$daemon" 2>/dev/null
start_opsd
is "6.30 fail2ban and opsd killed: opsd holds what it did" \
    "$(for jail in $jails; do opsd_has "$jail"; done | xargs)" "2001:db8::9 203.0.113.9 203.0.113.10"
wait_until 10 is_past "$ended"
f2b_start nginx-http-auth
agree "6.31 fail2ban started: what has ended is not held" 2

# MARK: what happens to opsd

kill -9 "$daemon"
wait "$daemon" 2>/dev/null
start_opsd
agree "6.32 opsd killed and started" 2
f2b set sshd unbanip 203.0.113.9 >/dev/null
agree "6.33 and a ban lifted" 1

# A ban that opsd could not take: fail2ban takes it for done.
stop_opsd
fails_ssh 10.78.0.2
jailed() { jail_has sshd | grep -q '^10\.78\.0\.2$'; }
ok "6.34 opsd is down, and a jail bans" wait_until 10 jailed
start_opsd
again() {
    fails_ssh 10.78.0.2
    sleep 0.5
    opsd_has sshd | grep -q '^10\.78\.0\.2$'
}
ok "6.35 opsd is back: the next failures ban" wait_until 30 again
agree "6.36 all is as it should be" 2
f2b set sshd unbanip 10.78.0.2 >/dev/null

# Each ban of an address may be longer than the one before (bantime.increment): told once it is known.
printf '%s\n' 'bantime.increment = true' 'bantime.factor = 1000' >>"$etc/jail.local"
f2b reload >/dev/null 2>&1
f2b set nginx-http-auth bantime 2 >/dev/null
held() { [ -n "$(end_of nginx-http-auth 203.0.113.11)" ]; }
fails_web 203.0.113.11
ok "6.37 a first ban" wait_until 10 held
ok "6.38 which ends" wait_until 10 not held
fails_web 203.0.113.11
ok "6.39 a second" wait_until 10 held
longer() { [ "$(seconds_left nginx-http-auth 203.0.113.11)" -gt 7000 ]; }
ok "6.40 which fail2ban makes longer: so it is in opsd" wait_until 20 longer
f2b set nginx-http-auth unbanip 203.0.113.11 >/dev/null

# MARK: the way from fail2ban

# The commands that the documents give for it are run as they stand there.
mkdir -p "$scratch/bin"
printf '#!/bin/sh\nexec "%s" -c "%s" -s "%s" -p "%s" "$@"\n' "$scratch/package/usr/bin/fail2ban-client" "$etc" \
    "$scratch/fail2ban.sock" "$scratch/fail2ban.pid" >"$scratch/bin/fail2ban-client"
chmod +x "$scratch/bin/fail2ban-client"
# recipe DOCUMENT: what it says from the loop over the jails to its end.
recipe() { sed 's/^       //' "$repository/docs/$1" | sed -n '/^for jail in \$(fail2ban-client/,/^done$/p'; }
moved() { ctl --json bans --source moved | jq -r '.bans[].ip' | sort | xargs; }
moved_end() { ctl --json bans --source moved | jq -r ".bans[] | select(.ip == \"$1\") | .expires"; }
jail_end() { date -d "$(f2b get "$1" banip --with-time | awk -v ip="$2" '$1 == ip { print $7, $8 }')" +%s; }

f2b set nginx-http-auth bantime -1 >/dev/null
f2b set nginx-http-auth banip 203.0.113.20 2001:db8:7::/48 >/dev/null
f2b set sshd bantime 7200 >/dev/null
f2b set sshd banip 203.0.113.21 198.51.100.0/24 2001:db8::21 >/dev/null
for document in banning.md detector.md; do
    ctl unban --source moved --yes >/dev/null 2>&1
    recipe $document >"$scratch/recipe"
    like "6.45 $document has a recipe" "$(cat "$scratch/recipe")" "--source moved"
    PATH=$scratch/bin:$PATH bash -eu "$scratch/recipe" >"$scratch/recipe.log" 2>&1
    is "6.46 $document: it ends well" $? 0
    is "6.47 $document: addresses, networks, IPv6" "$(moved)" \
        "198.51.100.0/24 2001:db8:7::/48 2001:db8::21/128 2001:db8::9/128 203.0.113.20 203.0.113.21"
    is "6.48 $document: bantime = -1 has no end" "$(moved_end 203.0.113.20) $(moved_end 2001:db8:7::/48)" "null null"
    is "6.49 $document: others keep theirs" "$(second "$(moved_end 203.0.113.21)")" "$(jail_end sshd 203.0.113.21)"
done

# MARK: the end

f2b set sshd banip 10.78.0.2 >/dev/null
ctl ban 10.78.0.2 --ttl 1h --source ops >/dev/null
f2b stop >/dev/null 2>&1
is "6.41 fail2ban stopped: none of its bans is left" \
    "$(for jail in $jails; do opsd_has "$jail"; done | wc -l)" 0
is "6.42 those of others are" "$(claims 10.78.0.2)" ops
is "6.50 and what was moved" "$(moved)" \
    "198.51.100.0/24 2001:db8:7::/48 2001:db8::21/128 2001:db8::9/128 203.0.113.20 203.0.113.21"
ctl unban 10.78.0.2 >/dev/null
ok "6.43 the peer is back" pings 10.77.0.1
ok "6.44 the kernel holds what opsd holds" ctl enforce verify
finish
