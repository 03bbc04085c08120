// What is known of mounts from round to round: failed calls, file systems that become read-only,
// automounts, and mounts that are left out.

import OpsCore
import Testing

@testable import OpsProbe

@Suite struct KnownMountsTests {
    private static let space = MountSpace(blockSize: 4_096, blocks: 100, free: 50, available: 40)
    private static let inodes = MountInodes(total: 100, free: 7)

    private func entry(
        _ place: String, id: UInt64 = 5, isReadOnly: Bool = false, hasFailed: Bool = false,
        isAutomount: Bool = false, activity: UInt64? = nil
    ) -> MountEntry {
        let mount = Mount(
            device: "/dev/x", mountpoint: place, fstype: "ext4", isReadOnly: isReadOnly)
        var entry = MountEntry(
            mount, id: id, device: 7, hasFailed: hasFailed, isAutomount: isAutomount)
        entry.activity = activity
        return entry
    }

    /// A call that fails was taken for an answer, and the figures before it for new ones.
    @Test func aFailedCallMakesTheFiguresOld() {
        var known = KnownMounts()
        _ = known.adopt([entry("/a")])
        known.take(.measured(Self.space, Self.inodes), of: "/a")
        #expect(known.mounts.first?.inodes == Self.inodes)
        known.take(.failed("Permission denied (EACCES)"), of: "/a")
        var mount = known.mounts.first
        #expect(mount?.stale == true && mount?.fault == "Permission denied (EACCES)")
        #expect(mount?.space == Self.space)
        // The next table changes nothing; an answer does.
        _ = known.adopt([entry("/a")])
        #expect(known.mounts.first?.fault == "Permission denied (EACCES)")
        known.take(.measured(nil, nil), of: "/a")
        mount = known.mounts.first
        #expect(mount?.stale == false && mount?.fault == nil && mount?.space == Self.space)
        // What is mounted there next starts anew.
        _ = known.adopt([entry("/a", id: 6)])
        #expect(known.mounts.first?.space == nil)
    }

    @Test func aStallIsNoFailure() {
        var known = KnownMounts()
        _ = known.adopt([entry("/a"), entry("/b", id: 6)])
        known.take(.failed("x"), of: "/b")
        var isNews = known.stall { $0 == "/a" }
        #expect(isNews && known.mounts.map(\.stale) == [true, true])
        isNews = known.stall { $0 == "/a" }
        #expect(!isNews)
    }

    @Test func whatIsHiddenIsLeftOutUntilItAnswers() {
        var known = KnownMounts()
        _ = known.adopt([entry("/a")])
        known.take(.hidden, of: "/a")
        #expect(known.mounts.isEmpty)
        #expect(known.adopt([entry("/a")]).count == 1, "asked all the same")
        #expect(known.mounts.isEmpty)
        known.take(.measured(Self.space, nil), of: "/a")
        #expect(known.mounts.count == 1)
        known.take(.hidden, of: "/none")
    }

    @Test func aFileSystemThatBecomesReadOnly() {
        func becomes(_ rounds: [MountEntry]) -> [Bool] {
            var known = KnownMounts()
            return rounds.map { entry in
                _ = known.adopt([entry])
                return known.mounts.first?.hasBecomeReadOnly == true
            }
        }
        let (writable, readOnly) = (entry("/a"), entry("/a", isReadOnly: true))
        #expect(becomes([readOnly, readOnly]) == [false, false], "mounted so on purpose")
        #expect(becomes([writable, readOnly, readOnly, writable]) == [false, true, true, false])
        #expect(becomes([readOnly, writable, readOnly]) == [false, false, true])
        #expect(becomes([writable, entry("/a", id: 6, isReadOnly: true)]) == [false, false])
        let failed = entry("/a", isReadOnly: true, hasFailed: true)
        #expect(becomes([failed, failed]) == [true, true], "before the first look")
        #expect(becomes([readOnly, failed]) == [false, true])
    }

    /// A question over an automounter's mount keeps it mounted.
    @Test func automountsAreLeftToSleep() {
        var known = KnownMounts()
        func questions(_ activity: UInt64?, id: UInt64 = 5) -> Int {
            known.adopt([entry("/net", id: id, isAutomount: true, activity: activity)]).count
        }
        #expect(questions(12) == 1 && questions(12) == 0 && questions(12) == 0)
        known.take(.measured(Self.space, nil), of: "/net")
        #expect(questions(13) == 1 && questions(13) == 0)
        #expect(known.mounts.first?.space == Self.space && known.mounts.first?.stale == false)
        #expect(questions(13, id: 6) == 1, "mounted again")
        #expect(questions(nil, id: 7) == 1 && questions(nil, id: 7) == 0)
        // Others are asked each round.
        #expect(known.adopt([entry("/a")]).count == 1 && known.adopt([entry("/a")]).count == 1)
    }

    @Test func mountsAreLeftOut() {
        var known = KnownMounts()
        let table = [entry("/"), entry("/mnt/usb", id: 6), entry("/var/lib/docker/x/y", id: 7)]
        #expect(known.adopt(table).count == 3)
        known.exclude(["/mnt/usb", "/var/lib/docker/*"])
        #expect(known.mounts.map(\.mountpoint) == ["/"])
        #expect(known.adopt(table).count == 1)
        known.exclude([])
        #expect(known.adopt(table).count == 3)
    }
}
