// The hot path asks the heap for nothing: `check` of a ban and of none, `hit`, `ping`, and a plain
// `ban` only for what it keeps.  Counted, not timed: CAllocations counts this thread's calls.

import CAllocations
import OpsCore
import Testing

@testable import OpsDaemon

@Suite(.enabled(if: allocations_so_far() >= 0, "a sanitizer has the heap"))
struct AllocationTests {
    private let loop = FakeLoop()
    private let client: FakeClient

    init() {
        client = loop.connect()
        for host in 1...64 {
            loop.send(client, "ban 203.0.113.\(host) ttl=1d reason=abuse source=sshd\n")
        }
        loop.settle()
        _ = client.take()
    }

    /// Requests arrive in one read, are answered, and the answers go to the socket, as in a turn of
    /// the daemon; how many bytes were sent.
    private func exchange(_ requests: Span<UInt8>) -> Int {
        let engine = loop.engine
        engine.begin(at: loop.now)
        engine.receive(client.slot, requests)
        var sent = 0
        for slot in engine.takeTouched() {
            guard let session = engine.session(slot) else { continue }
            let count = session.output.sendable(safe: engine.log.safe)
            sent += session.output.send(count) { $0.byteCount }
            engine.noteOutput(slot, moved: true, isBlocked: false)
        }
        return sent
    }

    /// What `rounds` times the same requests allocate, once everything has its size.
    private func allocations(_ line: (Int) -> String, rounds: Int = 50) -> Int64 {
        let text = Array((1...64).map { line($0) + "\n" }.joined().utf8)
        for _ in 0..<4 { #expect(exchange(text.span) > 64 * 8) }
        var sent = 0
        let before = allocations_so_far()
        for _ in 0..<rounds { sent += exchange(text.span) }
        let after = allocations_so_far()
        #expect(sent > 64 * 8 * rounds)
        return after - before
    }

    @Test("the counter counts")
    func counter() {
        let before = allocations_so_far()
        let array = [UInt8](repeating: 1, count: Int.random(in: 100...200))
        #expect(allocations_so_far() > before)
        #expect(array[0] == 1)
    }

    @Test("check of a ban")
    func checkHit() { #expect(allocations { "check 203.0.113.\($0)" } == 0) }

    @Test("check of an address that nothing is held against")
    func checkMiss() { #expect(allocations { "check 198.51.100.\($0)" } == 0) }

    @Test("check of an IPv6 address")
    func checkIPv6() { #expect(allocations { "check 2001:db8:\($0)::1" } == 0) }

    @Test("hit, admitted and banned")
    func hit() {
        #expect(allocations({ "hit 198.51.100.\($0)" }, rounds: 50) == 0)
        #expect(allocations { "hit 203.0.113.\($0)" } == 0)
    }

    @Test("ping")
    func ping() { #expect(allocations { _ in "ping" } == 0) }

    /// What the test would say of a path that allocates: a text a request.
    @Test("an allocation a request is seen")
    func isSeen() {
        // By the table: lists of words and values.
        #expect(allocations { "check \"203.0.113.\($0)\"" } >= 50 * 64)
    }
}
