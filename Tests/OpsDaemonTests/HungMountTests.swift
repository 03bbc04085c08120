// A mount whose file system does not answer: the call is given up, the mount is stale and keeps its
// old figures, the other mounts are still asked, and when it answers it is no longer stale.

import Foundation
import OpsCore
import OpsLinux
import OpsProbe
import OpsTestKit
import Testing

@testable import OpsDaemon

/// Two mounts; calls into one of them hang until they are let go.
private final class FakeMounts: Sendable {
    private let gate = DispatchSemaphore(value: 0)
    let hasBegun = DispatchSemaphore(value: 0)

    static let table = ["/hung", "/well"].map {
        Mount(device: "/dev/\($0.dropFirst())", mountpoint: $0, fstype: "ext4")
    }
    static let space = MountSpace(blockSize: 4_096, blocks: 100, free: 50, available: 40)

    func answer(_ job: ProbeJob) -> ProbeAnswer {
        switch job {
        case .table: return .table(Self.table.map { MountEntry($0) })
        case .space("/hung", _):
            hasBegun.signal()
            gate.wait()
            return .space(mountpoint: "/hung", .measured(Self.space, nil))
        case .space(let mountpoint, _):
            return .space(mountpoint: mountpoint, .measured(Self.space, nil))
        default: return .nothing
        }
    }

    func letGo() { gate.signal() }
}

@Suite struct HungMountTests {
    @Test func aHungMountIsGivenUpAndComesBack() throws {
        let mounts = FakeMounts()
        var prober = try Prober(includeRemote: false) { _, job in mounts.answer(job) }
        func mount(_ name: String, _ prober: borrowing Prober) -> Mount? {
            prober.mounts.first { $0.mountpoint == name }
        }
        prober.askMounts()
        try prober.wait(for: "the table") { !$0.mounts.isEmpty }
        mounts.hasBegun.wait()
        let begun = Clocks.bootNanoseconds()
        var isGivenUp = prober.giveUpStuck(at: begun)
        #expect(!isGivenUp, "not at once")
        isGivenUp = prober.giveUpStuck(at: begun + Prober.patience + 1)
        var (hung, stuck) = (mount("/hung", prober), prober.stuck)
        #expect(isGivenUp && hung?.stale == true && stuck == 1)
        let well = mount("/well", prober)
        #expect(well?.stale == false)
        try prober.wait(for: "the other mount") { mount("/well", $0)?.space != nil }
        hung = mount("/hung", prober)
        #expect(hung?.stale == true && hung?.space == nil, "nothing is known of it")
        mounts.letGo()
        try prober.wait(for: "it to answer") { mount("/hung", $0)?.stale == false }
        (hung, stuck) = (mount("/hung", prober), prober.stuck)
        #expect(hung?.space == FakeMounts.space && stuck == 0)
    }

    /// The daemon's own round: what is given up is shown as stale from the next sample on.
    @Test func theDaemonGivesUpWhatHangs() throws {
        let scratch = try ScratchDirectory()
        let live = try LiveDaemon(scratch)
        let mounts = FakeMounts()
        defer { mounts.letGo() }
        let daemon = live.daemon
        daemon.prober = try Prober(includeRemote: false) { _, job in mounts.answer(job) }
        daemon.prober.askMounts()
        try daemon.prober.wait(for: "the table") { !$0.mounts.isEmpty }
        mounts.hasBegun.wait()
        let boot = Clocks.bootNanoseconds() + Prober.patience + 1
        daemon.engine.begin(at: Moment(boot: boot, wall: FakeLoop.newYear))
        daemon.perform(.giveUpStuck)
        let stuck = daemon.prober.stuck
        #expect(stuck == 1)
        let shown = daemon.sample()?.mounts.first { $0.mountpoint == "/hung" }
        #expect(shown?.stale == true)
    }
}
