// What each renderer makes of its fixture, in a pipe.  Compare with care: people and scripts read this.

enum Snapshots {
    static let plain: [String: String] = [
        "ping": #"""
        pong

        """#,
        "version": #"""
        opsd 0.1.0
        protocol 1

        """#,
        "commands": #"""
        COMMAND  ROLE  WHAT IT DOES
        ping     read  Ask whether the daemon answers.

        """#,
        "config": #"""
        [paths]
        socket = "/run/opsd/opsd.sock"

        [guard]
        strikes = 3
        window = "5m"
        allow = ["127.0.0.0/8", "::1/128"]
        success_clears = true

        """#,
        "reload": #"""
        applied: guard.strikes
        waits for a restart: paths.socket

        """#,
        "snapshot": #"""
        snapshot written, durable through 42

        """#,
        "status": #"""
        STRESSED  web-1  up 10d 0h  in a container  sample 0.7 s old

        cpu         [####################]  99.5%  iowait 2.0%
        memory      [##############------]  71.2%  2.3 GiB available, swap 1.5%
        disk        [#################---]  86.9%  0.9 GiB free on /
        load        3.01 2.52 1.85 on 2 CPUs, 1,103 processes

        issue       CPU at 99.5 %, above 80 %
        warning     0.9 GB free on /, below 1 GB
        bans        1,234 (answered, not enforced in the kernel)
        strikes     56

        store       durable (fsync always)
        opsd        0.1.0 up 1d 2h, 9.3 MiB, 1.0 s CPU, 1 connection
        loop lag    0.03 ms (worst 33.98 ms)

        """#,
        "health": #"""
        CRITICAL  not ok
        COMPONENT  STATE   DETAIL
        loop       ok      last timer served 0.0 ms late
        store      FAILED  fsync: Input/output error
        issue: CPU at 99.5 %, above 80 % (cpu_high)

        """#,
        "metrics": #"""
        sample of 2026-11-21 10:41:47Z, 0.7 s old
        cpu         9.5% user 6.8% system 2.7% iowait 0.0% steal 0.5%
        cores       10% -
        load        3.01 2.52 1.85 running 5 blocked 0 processes 103
        memory      3.2% 22.8 GiB available of 23.5 GiB
        swap        0.0% 0 B used of 0 B
        pressure    cpu some 59.8% full 0.0% of the last 10 s

           READ/S  WRITTEN/S  READS/S  WRITES/S  BUSY  DEVICE
        132.5 KiB  190.5 KiB     18.6      10.4  0.0%  vda

        IN/S    OUT/S        IN       OUT  ERRORS  DROPS  INTERFACE
         0 B  1.2 KiB  16.0 MiB  24.8 KiB       4      6  eth0

         USED                  GIB  USED GIB  FREE GIB  TYPE  STATE  MOUNT
        83.2%  [########--]  252.0     200.0      40.5  ext4  stale  /srv/data
        issues      none

        """#,
        "metrics history": #"""
        3 points, one every 5s
        cpu   ▁▆  max 70.0%
        ram   ▅▅  max 52.0%

        TIME                    CPU    MAX    RAM    MAX   DISK  LOAD
        2026-11-21 10:41:35Z   0.0%   0.5%  50.0%  50.1%  16.9%  0.01
        2026-11-21 10:41:40Z  55.5%  70.0%  51.0%  52.0%  16.9%  1.01
        2026-11-21 10:41:45Z      -      -      -      -      -     -

        """#,
        "processes": #"""
        by CPU
         PID    CPU  MEMORY    MIB  NAME
        4711  99.0%    0.7%  158.1  swift-frontend

        by memory
        PID   CPU  MEMORY   MIB  NAME
          1  0.0%    0.1%  17.8  systemd

        103 processes at 2026-11-21 10:41:46Z

        """#,
        "disks": #"""
         USED                  GIB  USED GIB  FREE GIB  TYPE  STATE  MOUNT
        83.2%  [########--]  252.0     200.0      40.5  ext4  stale  /srv/data

        """#,
        "stats system": #"""
        status: healthy
        system:
          platform: Linux
          python_version: -
        cpu:
          percent: 9.50

        """#,
        "check": #"""
        192.0.2.1  not banned
        203.0.113.9  banned until 2026-11-21 11:41:48Z, in 1h 0m, by 203.0.113.0/24: abuse (ops)
        198.51.100.1  banned permanently

        """#,
        "hit": #"""
        203.0.113.9  refused 429, retry in 58s, strikes: 1

        """#,
        "strike": #"""
        203.0.113.9  banned until 2026-11-21 10:51:48Z, in 10m 0s

        """#,
        "success": #"""
        203.0.113.9  2 strikes cleared

        """#,
        "clear": #"""
        203.0.113.9  no strikes

        """#,
        "ban": #"""
        203.0.113.9  banned until 2026-11-21 11:41:48Z, in 1h 0m: failed login (sshd)

        """#,
        "unban": #"""
        203.0.113.9  no longer banned

        """#,
        "bans": #"""
        ADDRESS        EXPIRES                LEFT  BY        SOURCE  REASON
        203.0.113.9    2026-11-21 11:41:48Z  1h 0m  rules     sshd    failed login
        2001:db8::/64  permanent             never  uid 1000  -       -

        """#,
        "strikes": #"""
        ADDRESS      STRIKES  LAST                  COUNTS UNTIL          SOURCE  REASON
        203.0.113.9        1  2026-11-21 10:40:48Z  2026-11-21 10:45:48Z  sshd    login

        """#,
        "why": #"""
        203.0.113.9  banned by the rules; hits answer 403
        hits        12 of 100 in 1m 0s
        strikes     1

        ban on 203.0.113.9
          made      2026-11-21 10:31:48Z 10m 0s ago
          ends      2026-11-21 11:41:48Z in 1h 0m
          by        the rules (sshd)
          reason    failed login

        STRUCK                           COUNTS UNTIL          WEIGHT  BY       SOURCE  REASON
        2026-11-21 10:40:48Z  1m 0s ago  2026-11-21 10:45:48Z       1  uid 999  sshd    login

        ID  TIME                  SEVERITY  EVENT  DETAILS
        27  2026-11-21 10:41:48Z  info      ban    203.0.113.9 banned by command (abuse)

        """#,
        "guard stats": #"""
        active bans            1 of 1,000,000
        addresses with strikes 2 of 1,000,000
        tracked together       3
        rate windows           4 of 1,000,000
        networks in lists      986,514 of 2,000,000, in 2 lists

        """#,
        "list show": #"""
        LIST  NETWORKS     IPV4  IPV6  LOADED                EXPIRES     LEFT  BY
        big    986,514  986,514     0  2026-11-21 13:06:46Z  permanent  never  uid 0

        """#,
        "list drop": #"""
        list big: dropped, 986,514 networks

        """#,
        "guard cleanup": #"""
        removed: 3

        """#,
        "events": #"""
        ID  TIME                  SEVERITY  EVENT  DETAILS
        27  2026-11-21 10:41:48Z  info      ban    203.0.113.9 banned by command (abuse)

        """#,
        "something new": #"""
        a: 1
        b:
          c: 1, 2
          d:
            - e=f
        g: -

        """#,
    ]
}
