// The hot path allocates nothing: `check` of a ban and of none, `hit`, `ping`, and a plain `ban`
// only what it keeps.  Counted, not timed: CAllocations counts this thread's calls.

import CAllocations
import OpsCore
import Testing

@testable import OpsDaemon

@Suite(.enabled(if: allocations_so_far() >= 0, "a sanitizer has the heap"))
struct AllocationTests {
    /// The limit for 50 turns of 64 requests: less than one a turn, let alone a request.  The
    /// runtime under the tests may allocate something of its own.
    private let fewer: Int64 = 10
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

    /// Requests arrive in one read, are answered, and the answers are sent, as in a turn of the
    /// daemon; returns how many bytes were sent.
    private func exchange(_ requests: Span<UInt8>) -> Int {
        let engine = loop.engine
        engine.begin(at: loop.now)
        engine.receive(client.slot, requests)
        engine.serveArrived()
        var sent = 0
        let touched = engine.takeTouched()
        for index in touched.indices {
            let slot = touched[index]
            guard let session = engine.session(slot) else { continue }
            let count = session.output.sendable(safe: engine.log.safe)
            sent += session.output.send(count) { $0.byteCount }
            engine.noteOutput(slot, moved: true, isBlocked: false)
        }
        return sent
    }

    /// Counts what `rounds` times the same requests allocate, once everything has its size.
    private func allocations(_ line: (Int) -> String, rounds: Int = 50) -> Int64 {
        let text = Array((1...64).map { line($0) + "\n" }.joined().utf8)
        var allocated: Int64 = 0
        // The first time, tables and buffers take the size they need.
        for _ in 0..<2 {
            var sent = 0
            var round = 0
            let before = allocations_so_far()
            while round < rounds {
                sent += exchange(text.span)
                round += 1
            }
            allocated = allocations_so_far() - before
            #expect(sent > 64 * 8 * rounds)
        }
        return allocated
    }

    @Test("the counter counts")
    func counter() {
        let before = allocations_so_far()
        let array = [UInt8](repeating: 1, count: Int.random(in: 100...200))
        #expect(allocations_so_far() > before)
        #expect(array[0] == 1)
    }

    @Test("check of a ban")
    func checkHit() { #expect(allocations { "check 203.0.113.\($0)" } < fewer) }

    @Test("check of an address that nothing is held against")
    func checkMiss() { #expect(allocations { "check 198.51.100.\($0)" } < fewer) }

    @Test("check of an IPv6 address")
    func checkIPv6() { #expect(allocations { "check 2001:db8:\($0)::1" } < fewer) }

    @Test("hit, admitted and banned")
    func hit() {
        #expect(allocations({ "hit 198.51.100.\($0)" }, rounds: 50) < fewer)
        #expect(allocations { "hit 203.0.113.\($0)" } < fewer)
    }

    @Test("ping")
    func ping() { #expect(allocations { _ in "ping" } < fewer) }

    /// A path that allocates a text for each request is noticed.
    @Test("an allocation a request is seen")
    func isSeen() {
        // A quoted word takes the general path: arrays of words and values.
        #expect(allocations { "check \"203.0.113.\($0)\"" } >= 50 * 64)
    }
}
