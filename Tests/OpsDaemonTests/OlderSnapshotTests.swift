// Going back a release: the snapshot for 0.1 has only what 0.1 reads and understands, says what it
// lacks, and holds all of a daemon that has stopped.

import Foundation
import OpsConfig
import OpsCore
import OpsLinux
import OpsStore
import OpsTestKit
import Testing

@testable import OpsDaemon

@Suite struct OlderSnapshotTests {
    private let scratch: ScratchDirectory

    init() throws { scratch = try ScratchDirectory() }

    // MARK: What is in it

    /// The members of each kind of line, as a fixture's snapshots have them.
    private static func members(_ bytes: [UInt8]) throws -> [String: Set<String>] {
        var found: [String: Set<String>] = [:]
        for line in SnapshotText.lines(bytes) {
            let object = try #require(
                try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            var names = Set(object.keys)
            for case let list as [[String: Any]] in object.values {
                for item in list { names.formUnion(item.keys) }
            }
            found[SnapshotText.kind(line), default: []].formUnion(names)
        }
        return found
    }

    private static func kindsOfEvents(_ bytes: [UInt8]) throws -> Set<String> {
        var kinds: Set<String> = []
        for line in SnapshotText.lines(bytes) where SnapshotText.kind(line) == "event" {
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8))
            if let kind = (object as? [String: Any])?["kind"] as? String { kinds.insert(kind) }
        }
        return kinds
    }

    /// The state of the newest fixture, and beside it an event that came later.
    private func filled() throws -> (RealStore, Fixture) {
        let fixture = try Fixture(Fixture.newest)
        try fixture.copy(to: scratch)
        let store = try RealStore(
            scratch, now: fixture.now, bootID: fixture.bootID, configuration: fixture.configuration)
        store.engine.commit(.noted(Note(.canary, .info, "nobody asked for this")))
        store.flush()
        return (store, fixture)
    }

    private func write(_ store: RealStore, at now: Moment) throws -> OlderSnapshot {
        var file = SnapshotFile(statePath: scratch.state)
        let job = OlderSnapshotJob(
            for: .first, store.engine.state, sequence: store.engine.log.sequence,
            bootID: store.engine.state.bootID, SnapshotExtras(), at: now)
        guard case .older(let written) = file.perform(.older(job)) else {
            throw StartFault.failed("not written")
        }
        return written
    }

    /// The frozen files of the version before claims have every line and member that 0.1 knows.
    @Test func onlyWhatTheFirstReleaseKnows() throws {
        let (store, fixture) = try filled()
        _ = try write(store, at: fixture.now)
        let bytes = try scratch.bytes("state/for-0.1/snapshot.jsonl")
        let old = try Fixture("v2")
        let known = try Self.members(try old.bytes("snapshot.jsonl"))
        let found = try Self.members(bytes)
        #expect(found.count >= 10)
        for (kind, names) in found {
            let allowed = try #require(known[kind], "0.1 has no line \(kind)")
            #expect(names.isSubset(of: allowed), "\(kind): \(names.subtracting(allowed).sorted())")
        }
        let header = try #require(SnapshotText.lines(bytes).first)
        #expect(header.contains("\"min_reader\":2,"))
        // All kinds of events that 0.1 has, in any of its files, or by its own list.
        for name in try Self.kindsOfEvents(bytes) {
            #expect(OlderRelease.first.knows(try #require(EventKind(rawValue: name))), "\(name)")
        }
        let kinds = try Self.kindsOfEvents(try old.bytes("snapshot.jsonl"))
            .compactMap(EventKind.init)
        #expect(kinds.count > 8 && kinds.allSatisfy(OlderRelease.first.knows))
        #expect(!OlderRelease.first.knows(.canary) && !OlderRelease.first.knows(.sourceSilent))
    }

    @Test func whatItLacksIsCounted() throws {
        let (store, fixture) = try filled()
        store.perform("cost record model=gpt-4o usd=1 key=k", at: fixture.now)
        store.perform("cost reserve model=gpt-4o usd=1", at: fixture.now)
        store.perform("queue report mail depth=3", at: fixture.now)
        store.engine.commit(
            .domain(.trend(.put(Trend(id: .memory, size: 1 << 20), event: nil))))
        store.engine.commit(
            .endpoint(
                .put(
                    Endpoint(id: "shop", state: .up, since: 1, checked: 1, deadline: Ban.never),
                    event: nil)))
        store.flush()
        let image = store.engine.state.image(at: fixture.now)
        let written = try write(store, at: fixture.now)
        let places = image.entries.count { if case .place = $0 { true } else { false } }
        let alerts = image.entries.reduce(0) { count, entry in
            guard case .service(.head(_, _, _, let alerts, _)) = entry else { return count }
            return count + alerts.keys.count { $0.target != nil }
        }
        func count(_ isCounted: (DomainEntry) -> Bool) -> Int {
            image.entries.count(where: isCounted)
        }
        let expected: [LeftOut: Int] = [
            .claims: image.claims.count, .strikes: image.strikes.count(where: \.isOwn),
            .places: places, .alerts: alerts,
            .incidents: count { if case .incident(.incident) = $0 { true } else { false } },
            .notes: count { if case .incident(.note) = $0 { true } else { false } },
            .silences: count { if case .incident(.silence) = $0 { true } else { false } },
            .work: count {
                if case .work(.item(let item)) = $0 { item.stage.isOpen } else { false }
            },
            .costs: count { if case .cost(.model) = $0 { true } else { false } },
            .reservations: count { if case .cost(.entry) = $0 { true } else { false } },
            .queues: count { if case .queue = $0 { true } else { false } },
            .trends: count { if case .trend = $0 { true } else { false } },
            .endpoints: count { if case .endpoint = $0 { true } else { false } },
            .events: image.events.count { !OlderRelease.first.knows($0.kind) },
        ]
        #expect(expected.values.allSatisfy { $0 > 0 } && expected.count == LeftOut.allCases.count)
        #expect(written.leftOut == expected)
        #expect(written.directory == scratch.state + "/for-0.1")
        #expect(written.sequence == store.engine.log.sequence)
    }

    /// It needs no log: what is there alone is a whole state.
    @Test func aDirectoryWithNothingElseIsAWholeState() throws {
        let (store, fixture) = try filled()
        let before = store.engine.state.image(at: fixture.now)
        _ = try write(store, at: fixture.now)
        let other = try ScratchDirectory()
        _ = try Directory.ensure(path: other.state, mode: 0o750)
        _ = try other.write(
            try scratch.bytes("state/for-0.1/snapshot.jsonl"), to: "state/snapshot.jsonl")
        let configuration = fixture.configuration
        let found = try StateDirectory(path: other.state).recover(isForced: false) {
            State(
                rules: configuration.guard, hashKey: (3, 4),
                eventCapacity: configuration.events.tail)
        }
        let after = found.state.image(at: fixture.now)
        var bans = before.bans
        for place in bans.indices { bans[place].traits.remove(.own) }
        #expect(after.bans == bans && after.claims.isEmpty)
        #expect(after.strikes == before.strikes.filter { !$0.isOwn } && !after.strikes.isEmpty)
        #expect(after.offenses == before.offenses)
        #expect(after.events == before.events.filter { OlderRelease.first.knows($0.kind) })
        #expect(after.lastEventID == before.lastEventID)
        #expect(found.state.minReader <= OlderRelease.first.snapshotReader)
        #expect(found.outcome.sequence == store.engine.log.sequence)
    }

    // MARK: When it is written

    @Test func theReplySaysWhatWasLeftOut() {
        let loop = FakeLoop.settled()
        let admin = loop.connect()
        loop.send(admin, "snapshot for=0.1\n")
        loop.settle()
        let reply = admin.take().first ?? "no reply"
        #expect(reply.hasPrefix(#"ok {"lsn":"#), "\(reply)")
        #expect(reply.contains(#""for":"0.1","directory":"/state/for-0.1","left_out":{"claims":0"#))
        #expect(loop.olderJobs.count == 1 && loop.snapshotsFinished == 0)
        loop.send(admin, "snapshot for=0.7\n")
        loop.turn()
        #expect(admin.take().first?.hasPrefix(#"err {"code":"bad-argument""#) == true)
    }

    @Test func aFailureIsTheAnswer() {
        let loop = FakeLoop.settled()
        loop.snapshotFault = "no space"
        let admin = loop.connect()
        loop.send(admin, "snapshot for=0.1\n")
        loop.settle()
        #expect(admin.take().first?.contains("no space") == true)
    }

    /// What changed after the request is in what the stop writes.
    @Test func aStopWritesItAgain() {
        let loop = FakeLoop.settled()
        let admin = loop.connect()
        loop.send(admin, "snapshot for=0.1\n")
        loop.settle()
        loop.send(admin, "ban 203.0.113.77 ttl=1h\n")
        loop.settle()
        loop.beginStop()
        loop.settle()
        #expect(loop.loop.isFinished && loop.loop.older.isFinal)
        #expect(loop.olderJobs.count == 2)
        #expect(loop.olderJobs.last?.header.sequence == loop.engine.log.sequence)
        #expect(loop.olderJobs.first?.header.sequence != loop.engine.log.sequence)
    }

    @Test func aStopWithoutARequestWritesNone() {
        let loop = FakeLoop.settled()
        loop.beginStop()
        loop.settle()
        #expect(loop.loop.isFinished && loop.olderJobs.isEmpty)
    }

    /// Nobody went back: the next start leaves nothing that would soon be out of date.
    @Test func aStartRemovesIt() throws {
        _ = try RealStore(scratch, now: Moment(boot: 100_000_000_000_000, wall: FakeLoop.newYear))
        _ = try Directory(path: scratch.state).ensure("for-0.1", mode: 0o750)
        _ = try scratch.write("old", to: "state/for-0.1/snapshot.jsonl")
        _ = try RealStore(scratch, now: Moment(boot: 100_000_000_000_000, wall: FakeLoop.newYear))
        #expect(scratch.names("state/for-0.1").isEmpty)
    }
}
