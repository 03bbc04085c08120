// What real machines say: a virtual machine (Debian 12, kernel 6.18, two cores), and lines of
// others where it has none of the kind.

enum Fixture {
    static let stat = """
        cpu  3494 0 1215 149606 1085 0 103 19 0 0
        cpu0 848 0 511 76291 34 0 64 7 0 0
        cpu1 2646 0 704 73314 1050 0 38 11 0 0
        intr 132480 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 1 1 15 0 0 0 0 155 47 0 25 1
        ctxt 219556
        btime 1795252214
        processes 4119
        procs_running 1
        procs_blocked 0
        softirq 93691 0 12631 4 518 30265 0 3 33078 0 17192

        """

    /// A second later: core 0 has spent 30 user, 10 system, 50 idle, 5 iowait and 5 stolen ticks,
    /// core 1 has been idle.
    static let statLater = """
        cpu  3524 0 1225 149756 1090 0 103 24 0 0
        cpu0 878 0 521 76341 39 0 64 12 0 0
        cpu1 2646 0 704 73414 1050 0 38 11 0 0
        intr 132999 0 0 0 0
        ctxt 219999
        btime 1795252214
        processes 4125
        procs_running 3
        procs_blocked 1
        softirq 93991 0 12631 4 518 30265 0 3 33078 0 17192

        """

    static let meminfo = """
        MemTotal:       24684096 kB
        MemFree:        24513344 kB
        MemAvailable:   24432760 kB
        Buffers:             960 kB
        Cached:            33684 kB
        SwapCached:            0 kB
        Active:            16916 kB
        Inactive:          16200 kB
        Active(anon):       1536 kB
        Unevictable:       14476 kB
        SwapTotal:       2097148 kB
        SwapFree:        1048574 kB
        Dirty:               136 kB
        VmallocTotal:   34359738367 kB
        HugePages_Total:       0

        """

    static let loadavg = "0.04 1.03 12.50 1/87 4120\n"
    static let uptime = "778.30 1496.06\n"
    static let statm = "765 441 413 5 0 123 0\n"
    static let pressure = """
        some avg10=0.14 avg60=1.37 avg300=0.83 total=9968398
        full avg10=0.00 avg60=0.14 avg300=0.25 total=9906380

        """

    static let network = """
        Inter-|   Receive                                                |  Transmit
         face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
            lo:    3193      29    0    0    0     0          0         0     3193      29    0    0    0     0       0          0
          ifb0:       0       0    0    0    0     0          0         0        0       0    0    0    0     0       0          0
          eth0: 16729911     470    1    2    0     0          0         0    25403     301    3    4    0     0       0          0

        """

    static let diskstats = """
           7       0 loop0 11 0 28 0 0 0 0 0 0 0 0 0 0 0 0 0 0
         254       0 vda 27637 6713 3181466 21973 5327 6266 373536 936 0 18652 23531 1220 0 173760 607 693 13
         254       1 vda1 27000 6713 3181000 21973 5327 6266 373536 936 0 18652 23531 1220 0 173760 607 693 13
         259       0 nvme0n1 100 0 2000 7 50 0 400 3 0 10 12 0 0 0 0 0 0
         259       1 nvme0n1p1 90 0 1900 7 50 0 400 3 0 10 12 0 0 0 0 0 0
         252       0 dm-0 90 0 1900 7 50 0 400 3 0 10 12 0 0 0 0 0 0
         253       0 zram0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0

        """

    static let mountinfo = #"""
        22 27 0:21 / /proc rw,relatime - proc proc rw
        23 27 0:22 / /sys rw,relatime - sysfs sysfs rw
        24 27 0:6 / /dev rw,relatime - devtmpfs devtmpfs rw,size=12334524k,mode=755
        27 1 254:0 / / rw,relatime shared:1 master:2 - ext4 /dev/vda rw,discard
        28 27 254:0 /srv/www /var/www rw,relatime shared:1 - ext4 /dev/vda rw
        29 27 8:17 / /mnt/two\040words\011and\134more rw - xfs /dev/disk/by-id/a\040b rw
        30 27 0:50 / /data rw,relatime - btrfs /dev/sdc rw,subvolid=5,subvol=/
        31 27 0:50 /home /home rw,relatime - btrfs /dev/sdc rw,subvolid=256,subvol=/home
        32 27 0:60 / /net rw - nfs4 server:/export rw
        33 27 0:61 / /ssh rw - fuse.sshfs me@host: rw
        34 27 7:1 / /snap/core/1 ro - squashfs /dev/loop1 ro
        35 27 8:33 / /win rw - fuseblk /dev/sdd1 rw
        36 27 0:70 / /var/lib/docker/overlay2/x/merged rw - overlay overlay rw,lowerdir=/a
        31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755

        """#

    static let processStat =
        "4128 (cat) R 4116 4116 2742 0 -1 4194304 100 0 0 0 31 11 0 0 20 0 1 0 77830 3133440 403 "
        + "18446744073709551615 93954943426560 93954943446441 140734903394016 0 0 0 0 0 0 0 0 0 17 "
        + "0 0 0 0 0 0 93954943462448 93954943464064 93955709599744 140734903397072 0\n"

    static let cpuinfo = """
        processor\t: 0
        vendor_id\t: GenuineIntel
        cpu MHz\t\t: 2499.998
        cache size\t: 36608 KB
        physical id\t: 0
        siblings\t: 2
        core id\t\t: 0
        cpu cores\t: 1
        flags\t\t: fpu vme de pse

        processor\t: 1
        cpu MHz\t\t: 2500.002
        physical id\t: 0
        core id\t\t: 0

        processor\t: 2
        cpu MHz\t\t: 2500.000
        physical id\t: 1
        core id\t\t: 0


        """

    /// A whole host's files, for tests that go through the builder.
    static let all: [(file: String, text: String)] = [
        ("stat", stat), ("memory", meminfo), ("load", loadavg), ("uptime", uptime),
        ("network", network), ("disks", diskstats), ("cpuPressure", pressure),
        ("memoryPressure", pressure), ("ioPressure", pressure), ("ownMemory", statm),
    ]
}

/// What `parser` makes of the bytes of `text`.
func parsed<Value>(_ text: String, _ parser: (Span<UInt8>) -> Value) -> Value {
    let bytes = Array(text.utf8)
    return parser(bytes.span)
}
