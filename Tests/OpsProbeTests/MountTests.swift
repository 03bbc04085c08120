// Which mounts are listed, under which name.

import OpsCore
import Testing

@testable import OpsProbe

@Suite struct MountTests {
    private func listed(_ text: String, kinds: Set<FileSystemKind> = [.real]) -> [Mount] {
        entries(text, kinds: kinds).map(\.mount)
    }

    private func entries(
        _ text: String, kinds: Set<FileSystemKind> = [.real]
    ) -> [MountEntry] {
        MountTable.entries(mountinfo: text.utf8Array.span, kinds: kinds)
    }

    @Test func realFileSystemsOnceEachAtTheShortestPlace() {
        #expect(
            listed(Fixture.mountinfo) == [
                Mount(device: "/dev/vda", mountpoint: "/", fstype: "ext4"),
                Mount(device: "/dev/sdc", mountpoint: "/data", fstype: "btrfs"),
                Mount(
                    device: "/dev/disk/by-id/a b", mountpoint: "/mnt/two words\tand\\more",
                    fstype: "xfs"),
                Mount(device: "/dev/sdd1", mountpoint: "/win", fstype: "fuseblk"),
            ])
    }

    @Test func remoteOnesWhenAsked() {
        let places = listed(Fixture.mountinfo, kinds: [.real, .remote]).map(\.mountpoint)
        #expect(places.contains("/net") && places.contains("/ssh"))
    }

    @Test func theLastAtAPlaceHidesTheOthers() {
        let text = """
            1 0 8:1 / / rw - ext4 /dev/sda1 rw
            2 1 8:2 / /data rw - ext4 /dev/sda2 rw
            3 1 8:3 / /data rw - xfs /dev/sda3 rw
            4 1 8:4 / /tmp rw - ext4 /dev/sda4 rw
            5 1 0:9 / /tmp rw - tmpfs tmpfs rw

            """
        #expect(listed(text).map(\.device) == ["/dev/sda1", "/dev/sda3"])
    }

    @Test(arguments: ["overlay", "tmpfs", "squashfs", "nfs4"])
    func whatIsAtTheRootIsListed(fstype: String) {
        #expect(listed("1 0 0:50 / / rw - \(fstype) thing rw\n").map(\.mountpoint) == ["/"])
    }

    @Test(arguments: [
        "", "\n", " - ", "1 0 8:1 / / rw - ext4 /dev/sda1 rw", "1 0 81 / / rw - ext4 /dev/sda1\n",
        "1 0 8:1 / / rw ext4 /dev/sda1 rw\n", "1 0 8:1 / / rw -\n", "1 0 8:x / / rw - ext4 a b\n",
        "1 0 99999999999:1 / / rw - ext4 a b\n",
    ])
    func linesThatAreNoneArePassedOver(text: String) {
        #expect(listed(text).isEmpty)
    }

    @Test func escapesThatAreNoneStandForThemselves() {
        let text = #"1 0 8:1 / /a\04\999\ rw - ext4 /dev/sda1 rw"# + "\n"
        #expect(listed(text).map(\.mountpoint) == [#"/a\04\999\"#])
    }

    @Test func aListIsBounded() {
        let text = (1...3_000).map { "1 0 8:\($0) / /m\($0) rw - ext4 /dev/s\($0) rw\n" }.joined()
        #expect(listed(text).count == MountTable.mountLimit)
    }

    /// A path under a mount that lies on a directory above it leads into that.
    @Test func whatLiesAboveHidesAllBelow() {
        let text = """
            1 0 8:1 / / rw - ext4 /dev/sda1 rw
            2 1 8:2 / /srv/a rw - ext4 /dev/sda2 rw
            3 2 8:3 / /srv/a/b rw - ext4 /dev/sda3 rw
            4 1 8:4 / /srv rw - ext4 /dev/sda4 rw
            5 4 8:5 / /srv/a rw - ext4 /dev/sda5 rw
            6 1 8:6 / /srvelse rw - ext4 /dev/sda6 rw

            """
        #expect(
            listed(text).map { "\($0.mountpoint) \($0.device)" } == [
                "/ /dev/sda1", "/srv /dev/sda4", "/srv/a /dev/sda5", "/srvelse /dev/sda6",
            ])
    }

    /// The kernel lists mounts by id, and a moved mount lies where it was moved to.
    @Test func whichLiesOnWhichTheIDsSay() {
        let text = """
            1 0 8:1 / / rw - ext4 /dev/sda1 rw
            2 3 8:2 / /data rw - ext4 /dev/sda2 rw
            3 1 8:3 / /data rw - ext4 /dev/sda3 rw

            """
        #expect(listed(text).map(\.device) == ["/dev/sda1", "/dev/sda2"])
    }

    @Test func theRootOnTheRootfs() {
        let text = """
            1 1 0:2 / / rw - rootfs rootfs rw
            2 1 8:1 / / rw - ext4 /dev/sda1 rw
            3 2 8:2 / /home rw - ext4 /dev/sda2 rw

            """
        #expect(listed(text).map(\.device) == ["/dev/sda1", "/dev/sda2"])
    }

    /// Hidden where its mount point is shortest, it is listed where it can be seen.
    @Test func whatIsMountedTwiceIsListedWhereItIsSeen() {
        let text = """
            1 0 8:1 / / rw - ext4 /dev/sda1 rw
            2 1 8:2 / /a rw - ext4 /dev/sda2 rw
            3 1 8:2 / /longer rw - ext4 /dev/sda2 rw
            4 2 8:3 / /a rw - ext4 /dev/sda3 rw

            """
        #expect(listed(text).map(\.mountpoint) == ["/", "/a", "/longer"])
        #expect(listed(text)[2].device == "/dev/sda2")
    }

    @Test func whatAnAutomounterHasMounted() {
        let text = """
            1 0 8:1 / / rw - ext4 /dev/sda1 rw
            2 1 0:9 / /net rw - autofs systemd-1 rw
            3 2 8:3 / /net rw - ext4 /dev/sda3 rw
            4 3 8:4 / /net/deep rw - ext4 /dev/sda4 rw
            5 1 8:5 / /home rw - ext4 /dev/sda5 rw

            """
        #expect(
            entries(text).filter(\.isAutomount).map(\.mount.mountpoint) == ["/net", "/net/deep"])
        #expect(entries(text)[2].statPath == "/sys/dev/block/8:3/stat")
        #expect(parsed(" 5 0 16 1 7 0 8 9 0 1 2\n") { MountEntry.activity(diskStat: $0) } == 12)
        #expect(parsed("5 0\n") { MountEntry.activity(diskStat: $0) } == nil)
    }

    @Test(arguments: [
        // Mount's options, file system's options: read-only, failed.
        ("rw", "rw", false, false), ("ro", "rw,errors=remount-ro", false, false),
        ("ro", "ro", true, false), ("rw", "rw,emergency_ro", true, true),
        ("rw", "ro,errors=remount-ro", true, true), ("rw", "rw,x=ro", false, false),
        ("rw", "discard,ro", true, false),
    ])
    func readOnlyByTheFileSystem(mount: String, options: String, isReadOnly: Bool, failed: Bool) {
        let entry = entries("1 0 8:1 / / \(mount) - ext4 /dev/sda1 \(options)\n").first
        #expect(entry?.mount.isReadOnly == isReadOnly && entry?.hasFailed == failed)
    }

    @Test func aTableIsReadUpToABound() {
        let text = (1...MountTable.lineLimit + 9).map {
            "\($0) 0 0:\($0) / /m\($0) rw - proc p rw\n"
        }
        let last = "99999 0 8:1 / / rw - ext4 /dev/sda1 rw\n"
        #expect(listed(text.joined() + last).isEmpty)
        #expect(listed(last + text.joined()).count == 1)
    }
}
