# fail2ban.sh: Debian's fail2ban, unpacked into the scratch directory of net.sh: no service of it is started,
# and nothing of it stays. Its socket, logs and database are there too.
#
# Source it after net.sh; after net_up call unpack and write $etc/jail.local.

etc=

fetch() { (cd "$scratch" && apt-get -qq download fail2ban) >/dev/null 2>&1; }
unpack() {
    command -v apt-get >/dev/null || skip_all "no apt-get here to get fail2ban with"
    fetch || { apt-get -qq update >/dev/null 2>&1 && fetch; } || skip_all "cannot download fail2ban"
    dpkg-deb -x "$scratch"/fail2ban_*.deb "$scratch/package"
    export PYTHONPATH=$scratch/package/usr/lib/python3/dist-packages
    etc=$scratch/package/etc/fail2ban
    printf '%s\n' '[Definition]' "logtarget = $scratch/fail2ban.log" "socket = $scratch/fail2ban.sock" \
        "pidfile = $scratch/fail2ban.pid" "dbfile = $scratch/fail2ban.sqlite3" 'allowipv6 = yes' \
        >"$etc/fail2ban.local"
}

f2b() {
    "$scratch/package/usr/bin/fail2ban-client" -c "$etc" -s "$scratch/fail2ban.sock" \
        -p "$scratch/fail2ban.pid" "$@"
}
# f2b_start JAIL: starts it, and waits until that jail runs.
f2b_start() {
    f2b start >/dev/null 2>&1
    wait_until 20 f2b status "$1"
}
f2b_down() {
    local pid
    pid=$(cat "$scratch/fail2ban.pid" 2>/dev/null) || return 0
    kill -9 "$pid" 2>/dev/null
    rm -f "$scratch/fail2ban.pid" "$scratch/fail2ban.sock"
    wait_until 10 not kill -0 "$pid"
}
jail_has() { f2b get "$1" banip | tr ' ' '\n' | grep . | sort; }
