// The speed and the size of work, printed: OPSD_BENCH=1 swift test -c release --filter WorkBench.
// Not a test of anything: it expects nothing of the clock.

import Foundation
import OpsConfig
import OpsCore
import OpsLinux
import OpsTestKit
import Testing

@testable import OpsDaemon

@Suite(.enabled(if: ProcessInfo.processInfo.environment["OPSD_BENCH"] != nil)) struct WorkBench {
    private static let payload = #"{"page":1,"text":""# + String(repeating: "x", count: 492) + "\"}"

    private static func draft(_ key: String, _ now: Moment) -> WorkDraft {
        WorkDraft(
            kind: "page/mail", key: key, payload: payload, isUrgent: false,
            expires: now.bootMilliseconds + 86_400_000)
    }

    /// Items made, taken, begun and ended, 64 a turn, with the real log and a sync for each turn.
    @Test func madeAndEndedWithTheRealLog() throws {
        let scratch = try ScratchDirectory()
        let now = Moment(boot: 100_000_000_000_000, wall: FakeLoop.newYear)
        let store = try RealStore(scratch, now: now)
        let engine = store.engine
        engine.update { $0.workKinds = ["page/mail"] }
        engine.begin(at: now)
        let caller = Caller(uid: 7, role: .pager)
        let turns = 1_000
        let start = ContinuousClock.now
        for turn in 0..<turns {
            let drafts = (0..<WorkBounds.perTurn).map { Self.draft("\(turn).\($0)", now) }
            for change in engine.ask({ $0.put(drafts, at: now) }) { engine.commit(change) }
            for _ in 0..<WorkBounds.perTurn {
                let item = try #require(
                    engine.ask { $0.nextWork(of: ["page/mail"], at: now) })
                let token = engine.drawToken()
                let lease = WorkLease(token: token, uid: 7, milliseconds: 60_000)
                engine.commit(engine.ask { $0.take(item, as: lease) })
                let claim = WorkClaim(id: item.id, token: token)
                let held = try engine.ask { try $0.held(claim, by: caller) }
                if let begun = engine.ask({ $0.begin(held) }) { engine.commit(begun) }
                let done = try engine.ask { try $0.done(claim, receipt: "r", by: caller) }
                if let change = done.change { engine.commit(change) }
            }
            store.step()
        }
        store.flush()
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        let items = turns * WorkBounds.perTurn
        print(
            "work: \(Int(Double(items) / seconds)) items/s made, taken, begun and ended, "
                + "512-byte payloads, fdatasync for each \(WorkBounds.perTurn)")
    }

    /// Memory of a full table.
    @Test func memoryOfOpenItems() throws {
        func resident() throws -> Int {
            let text = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
            return (Int(text.split(separator: " ")[1]) ?? 0) * 4_096
        }
        let now = Moment(boot: 1_000_000_000_000, wall: FakeLoop.newYear)
        var state = State(hashKey: (1, 2))
        state.workKinds = ["page/mail"]
        let before = try resident()
        for number in 0..<WorkBounds.open {
            var draft = Self.draft("incident/\(number)/raise/1", now)
            draft.isUrgent = number % 2 == 0
            // Each has bytes of its own.
            draft.payload =
                #"{"page":1,"text":""# + "\(number + 10_000)" + String(repeating: "x", count: 487)
                + "\"}"
            for change in state.put([draft], at: now) { state.apply(change, Stamp(moment: now)) }
        }
        let bytes = try resident() - before
        print("work: \(state.openWorkCount) open items take \(bytes / 1_024) KiB")
    }
}
