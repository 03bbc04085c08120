// Random histories of work: two satellites of two connections each, which crash, lose connections
// and answer late; an opsd that crashes and loses the end of its log, between any two records; a
// disk that hangs and fails.  At the end:
//
//  - no item that was durable is lost: each was done, or a person looked at it;
//  - what is done at most once was never done twice;
//  - a page that was sent again was marked each time;
//  - no item was acknowledged twice.

import OpsCore
import OpsStore
import OpsTestKit
import Testing

@testable import OpsDaemon

/// The outside, as nobody can take it back.
private struct Outside {
    /// How often each thing was done, by its key.
    var done: [String: Int] = [:]
    /// What went wrong.
    var faults: [String] = []
}

/// An item that a satellite has.
private struct Held {
    var id: UInt64
    var token: String
    var kind: String
    var key: String
    var mayRepeat: Bool
    var hasBegun = false
}

/// A satellite: one connection takes, the other says everything else.
private final class Satellite {
    let kinds: String
    let roles: RoleSet
    var taker: FakeClient?
    var talker: FakeClient?
    var isWaiting = false
    var items: [Held] = []

    init(_ kinds: String, _ roles: RoleSet) {
        self.kinds = kinds
        self.roles = roles
    }

    func connect(_ loop: FakeLoop) {
        if taker == nil || taker?.isClosed == true {
            taker = loop.connect(uid: 7, roles: roles)
            isWaiting = false
            // What was taken on the connection before and has not begun may be another's now.
            items.removeAll { !$0.hasBegun }
        }
        if talker == nil || talker?.isClosed == true { talker = loop.connect(uid: 7, roles: roles) }
    }

    /// It is killed: what it knew is gone.
    func crash(_ loop: FakeLoop) {
        for client in [taker, talker] where client?.isClosed == false {
            if let client { loop.hangUp(client) }
        }
        (taker, talker, items, isWaiting) = (nil, nil, [], false)
    }
}

private final class WorkHistory {
    var random: SeededGenerator
    var loop = FakeLoop.settled()
    var outside = Outside()
    let satellites = [
        Satellite("page/a,page/b", RoleSet(.pager)), Satellite("restart,page/a", .admin),
    ]
    /// Records that are on the disk: those of earlier starts.
    private var history: [(stamp: Stamp, change: Change)] = []
    private var number = 0

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
        configure()
    }

    private func configure() {
        loop.engine.update { $0.workKinds = ["page/a", "page/b", "restart"] }
    }

    // MARK: Steps

    func step() {
        loop.advance([0, 0.01, 1, 3, 20][Int(random.next() % 5)])
        for satellite in satellites { satellite.connect(loop) }
        let satellite = random.pick(satellites)
        switch random.next() % 24 {
        case 0...4: put()
        case 5...12: act(satellite)
        case 13...15: take(satellite)
        case 16: satellite.crash(loop)
        case 17: if let taker = satellite.taker { loop.hangUp(taker) }
        case 18: if let talker = satellite.talker { loop.hangUp(talker) }
        case 19: loop.disk = .waiting
        case 20, 21: loop.disk = .prompt
        case 22:
            switch random.next() % 8 {
            case 0, 1: restart()
            case 2: failUntilRestart()
            default: break
            }
        default: look()
        }
        loop.turn()
        receive()
    }

    func put() {
        number += 1
        loop.engine.begin(at: loop.now)
        let draft = WorkDraft(
            kind: random.pick(["page/a", "page/a", "page/b", "restart"]), key: "k\(number)",
            payload: "{}", isUrgent: random.next() % 3 == 0,
            expires: loop.now.bootMilliseconds + 1_000_000_000)
        let now = loop.now
        for change in loop.engine.ask({ $0.put([draft], at: now) }) { loop.engine.commit(change) }
    }

    private func take(_ satellite: Satellite) {
        guard let taker = satellite.taker, !satellite.isWaiting else { return }
        satellite.isWaiting = true
        let lease = random.pick([2, 20])
        loop.send(taker, "work take \(satellite.kinds) wait=10s lease=\(lease)s\n")
        receive()
    }

    /// What has come for the satellites that wait.
    private func receive() {
        for satellite in satellites {
            for line in satellite.taker?.take() ?? [] {
                satellite.isWaiting = false
                // What is not durable must not be done, where it must not be done twice.
                guard let item = takenItem(line), !line.contains("\"durable\":false") else {
                    continue
                }
                let key = loop.engine.ask { $0.work(item.id) }?.key ?? "?"
                satellite.items.append(
                    Held(
                        id: item.id, token: item.token, kind: item.kind, key: key,
                        mayRepeat: item.mayRepeat))
            }
            if satellite.taker?.isClosed ?? true { satellite.isWaiting = false }
        }
    }

    /// A request on the other connection; nil: there is no reply, or none that counts.
    private func say(_ satellite: Satellite, _ words: String) -> Bool {
        guard let talker = satellite.talker else { return false }
        loop.send(talker, words + "\n")
        for _ in 0..<3 where talker.bytes.isEmpty { loop.turn() }
        guard let reply = talker.take().last else {
            // It gives up, and comes back on another connection.
            loop.hangUp(talker)
            satellite.talker = nil
            return false
        }
        return reply.hasPrefix("ok") && !reply.contains("\"durable\":false")
    }

    private func act(_ satellite: Satellite) {
        guard !satellite.items.isEmpty else { return }
        let place = Int(random.next() % UInt64(satellite.items.count))
        var item = satellite.items[place]
        let name = "\(item.id) token=\(item.token)"
        if !item.hasBegun {
            if random.next() % 6 == 0 {
                _ = say(satellite, "work failed \(name) class=never-sent error=\"busy\"")
                satellite.items.remove(at: place)
                return
            }
            guard say(satellite, "work begun \(name)") else {
                satellite.items.remove(at: place)
                return
            }
            // Whoever has begun does it at once, or dies.
            if random.next() % 8 == 0 { return satellite.crash(loop) }
            perform(item)
            item.hasBegun = true
        } else if random.next() % 5 == 0 {
            _ = say(satellite, "work beat \(name)")
        } else {
            _ = say(satellite, "work done \(name) receipt=r")
            satellite.items.remove(at: place)
            return
        }
        satellite.items[place] = item
    }

    /// It is done, outside.
    private func perform(_ item: Held) {
        let before = outside.done[item.key] ?? 0
        outside.done[item.key] = before + 1
        if before == 0 { return }
        if item.kind == "restart" {
            outside.faults.append("\(item.key) was done twice")
        } else if !item.mayRepeat {
            outside.faults.append("\(item.key) was sent again without a mark")
        }
    }

    /// A person looks at what is unsure, when nobody is at it any more.
    private func look() {
        loop.engine.begin(at: loop.now)
        let unsure = loop.engine.ask { $0.domains.work.all }.filter { $0.stage.name == "unsure" }
        for item in unsure
        where !satellites.contains(where: { $0.items.contains { $0.id == item.id } }) {
            let word = outside.done[item.key] == nil ? "retry" : "cancel"
            let admin = loop.connect()
            loop.send(admin, "work \(word) \(item.id)\n")
            loop.hangUp(admin)
        }
    }

    /// The disk fails: what is said from now on is lost with the next crash.
    private func failUntilRestart() {
        loop.disk = .broken
        for _ in 0..<10 {
            loop.advance(0.1)
            for satellite in satellites {
                satellite.connect(loop)
                take(satellite)
                act(satellite)
            }
            put()
            loop.turn()
            receive()
        }
        restart()
    }

    // MARK: A crash of opsd

    /// opsd dies; of what was not durable any number of records is on the disk.
    func restart() {
        history += loop.recordsAfterKill(startedAfter: history.count, using: &random)
        let state = State(replaying: history)
        let before = loop
        loop = FakeLoop(state: state, sequence: UInt64(history.count))
        loop.now = before.now
        loop.engine.begin(at: loop.now)
        loop.engine.resumeWork(wasStopped: false)
        configure()
        for satellite in satellites {
            (satellite.taker, satellite.talker, satellite.isWaiting) = (nil, nil, false)
        }
        loop.settle()
    }

    /// Everything works from now on, until nothing is left to do.
    func drain() {
        loop.disk = .prompt
        for _ in 0..<4_000 {
            loop.advance(5)
            for satellite in satellites {
                satellite.connect(loop)
                take(satellite)
                while !satellite.items.isEmpty { act(satellite) }
            }
            look()
            loop.settle()
            receive()
            if loop.engine.ask({ $0.openWorkCount }) == 0 { return }
        }
        outside.faults.append("\(loop.engine.ask { $0.openWorkCount }) items are left")
    }
}

@Suite struct WorkPropertyTests {
    @Test(arguments: 1...24 as ClosedRange<UInt64>) func nothingIsLostOrDoneTwice(seed: UInt64) {
        let history = WorkHistory(seed: seed)
        for _ in 0..<400 { history.step() }
        history.drain()
        #expect(history.outside.faults.isEmpty)
        let items = history.loop.engine.ask { $0.domains.work.all }
        #expect(items.count > 20)
        for item in items {
            #expect(!item.stage.isOpen)
            let times = history.outside.done[item.key] ?? 0
            #expect(times > 0, "\(item.key): \(item.stage.name)")
            #expect(item.attempts.filter { $0.outcome == .done }.count <= 1)
        }
    }

    /// What is live is what a replay makes of the log, from its beginning and from a snapshot at
    /// any record.
    @Test(arguments: 1...6 as ClosedRange<UInt64>) func liveEqualsReplayed(seed: UInt64) throws {
        let history = WorkHistory(seed: seed)
        for _ in 0..<300 { history.step() }
        history.loop.disk = .prompt
        history.loop.settle()
        let now = history.loop.now
        let live = history.loop.engine.state.image(at: now)
        var records: [(Stamp, Change)] = []
        for file in history.loop.files.sorted(by: { $0.key < $1.key }).map(\.value) {
            _ = try LogReader.read(file.span) { _, stamp, change in records.append((stamp, change))
            }
        }
        let base = history.loop.origin
        for cut in stride(from: 0, through: records.count, by: max(1, records.count / 7)) {
            var state = base
            for (stamp, change) in records[..<cut] { state.apply(change, stamp) }
            var restored = State(hashKey: (5, 6))
            for entry in state.image(at: now).entries { restored.restore(entry) }
            for (stamp, change) in records[cut...] { restored.apply(change, stamp) }
            #expect(restored.image(at: now).entries == live.entries)
        }
    }
}
