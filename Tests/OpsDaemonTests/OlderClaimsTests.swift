// Bans by several sources as the version before claims wrote them: whoever banned last decided, and
// an unban lifted everybody's.  An older log keeps that meaning: nothing comes back.  The files are
// that version's own (Fixtures/v2-claims); that all of its answers stand is asked in FormatTests.

import OpsCore
import OpsTestKit
import Testing

@testable import OpsDaemon
@testable import OpsStore

@Suite struct OlderClaimsTests {
    private let fixture: Fixture
    private let scratch: ScratchDirectory

    init() throws {
        fixture = try Fixture("v2-claims")
        scratch = try ScratchDirectory()
        try fixture.copy(to: scratch)
    }

    private func start() throws -> RealStore {
        try RealStore(
            scratch, now: fixture.now, bootID: fixture.bootID, configuration: fixture.configuration)
    }

    /// The sources that ban an address, as `why` shows them.
    private func sources(_ address: String, _ store: RealStore) throws -> [String] {
        let reply = try ReplyComparison.object(store.ask("why \(address)", at: fixture.now))
        let bans = try #require(reply["bans"] as? [[String: Any]])
        return bans.compactMap { $0["source"] as? String }
    }

    @Test func itsRecordsAreThoseBeforeClaims() throws {
        var types: Set<RecordType> = []
        for name in try fixture.segments {
            let bytes = try fixture.bytes(name)
            _ = try LogReader.read(bytes.span) { types.insert($2.recordType) }
        }
        #expect(types.isSuperset(of: [.banned, .unbanned, .bannedSpecially, .confirmed]))
        #expect(types.isDisjoint(with: [.claimed, .claimedSpecially, .released, .claimConfirmed]))
    }

    /// From its snapshot and the log after it, and from the older snapshot and more of the log.
    @Test(arguments: [false, true]) func nothingComesBack(isOlder: Bool) throws {
        if isOlder { scratch.remove("state/snapshot.jsonl") }
        let store = try start()
        #expect(store.recovered.damaged.isEmpty && store.recovered.cut.isEmpty)
        // The later ban replaced the earlier one, however long that was.
        for address in ["203.0.113.1", "203.0.113.13"] {
            #expect(try sources(address, store) == ["b"], "\(address)")
        }
        // Lifted, ended or not confirmed, while the earlier one would have gone on.
        for last in [2, 5, 8, 14, 15, 17] {
            #expect(try sources("203.0.113.\(last)", store) == [], "\(last)")
        }
        for last in [3, 16] { #expect(try sources("203.0.113.\(last)", store) == ["a"], "\(last)") }
        for last in [4, 18] { #expect(try sources("203.0.113.\(last)", store) == ["trial"]) }
    }

    /// From here on it is held by claims.
    @Test func itGoesOnWithClaims() throws {
        let store = try start()
        for request in [
            "ban 203.0.113.1 ttl=1h source=a", "unban 203.0.113.13 source=b",
            "ban 203.0.113.4 ttl=1h source=sshd", "confirm 203.0.113.6",
        ] {
            #expect(store.ask(request, at: fixture.now).hasPrefix("ok "), "\(request)")
        }
        #expect(try sources("203.0.113.1", store) == ["b", "a"])
        #expect(try sources("203.0.113.13", store) == [])
        #expect(try sources("203.0.113.4", store) == ["sshd", "trial"])
    }
}
