// Which mounts are listed, under which name.

import OpsCore
import Testing

@testable import OpsProbe

@Suite struct MountTests {
    private func listed(_ text: String, kinds: Set<FileSystemKind> = [.real]) -> [Mount] {
        MountTable.mounts(mountinfo: text.utf8Array.span, kinds: kinds)
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
}
