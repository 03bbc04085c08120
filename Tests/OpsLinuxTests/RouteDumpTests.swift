// Where a dump of routes ends, and what it came to.  What a kernel with many routes sends is in
// OpsDaemonTests, which has networks of its own.

@preconcurrency import Glibc
import Testing

@testable import OpsLinux

private func long(_ value: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
}

private func message(_ type: UInt8, flags: UInt8 = 2, _ payload: [UInt8]) -> [UInt8] {
    long(UInt32(16 + payload.count)) + [type, 0, flags, 0] + long(1) + long(0) + payload
}

/// What a datagram came to.
private struct Read: Equatable {
    var progress: RouteDump.Progress
    var isInterrupted = false
    var entries: [[UInt8]] = []

    init(_ datagram: [UInt8]) {
        var isInterrupted = false
        var entries: [[UInt8]] = []
        progress = RouteDump.read(
            datagram.span, entries: 24, isInterrupted: &isInterrupted
        ) { entry in
            entries.append(entry.indices.map { entry[$0] })
        }
        self.isInterrupted = isInterrupted
        self.entries = entries
    }
}

@Suite struct RouteDumpTests {
    private static let minus: [UInt8] = long(UInt32(bitPattern: -EOPNOTSUPP))

    @Test func entriesAndTheEnd() {
        let two = message(24, [1, 2, 3, 4]) + message(24, [5, 6, 7, 8])
        #expect(Read(two).progress == .more && Read(two).entries == [[1, 2, 3, 4], [5, 6, 7, 8]])
        let last = Read(two + message(3, long(0)) + message(24, [9, 9, 9, 9]))
        #expect(last.progress == .done && last.entries.count == 2 && !last.isInterrupted)
        #expect(Read(message(3, [])).progress == .done)
        // Messages of other types are passed over.
        #expect(Read(message(1, []) + message(28, [1]) + [0, 0, 0]).progress == .more)
        #expect(Read([]) == Read([1, 2, 3]))
    }

    @Test func failures() {
        #expect(Read(message(2, Self.minus)).progress == .failed(EOPNOTSUPP))
        #expect(Read(message(2, [])).progress == .failed(EIO))
        // A dump that could not go on says so at its end.
        #expect(Read(message(3, Self.minus)).progress == .failed(EOPNOTSUPP))
        #expect(Read(message(2, long(1 << 31))).progress == .failed(.min))
    }

    @Test func interruptions() {
        #expect(Read(message(24, flags: 0x12, [0, 0, 0, 0])).isInterrupted)
        let last = Read(message(3, flags: 0x12, long(0)))
        #expect(last.isInterrupted && last.progress == .done)
    }

    @Test func whatNoKernelSends() {
        let whole = message(24, [1, 2, 3, 4]) + message(3, long(0))
        for end in 0..<whole.count {
            let cut = Read(Array(whole[..<end]))
            #expect(cut.progress == .more && cut.entries.count == (end >= 20 ? 1 : 0))
            for value in [0, 1, 15, 16, 17, 0x7f, 0xff] as [UInt8] {
                var wrong = whole
                wrong[end] = value
                _ = Read(wrong)
            }
        }
        for _ in 0..<2_000 {
            _ = Read((0..<Int.random(in: 0...99)).map { _ in UInt8.random(in: 0...40) })
        }
    }

    /// A kernel that does not answer in time.
    @Test func aReceiveThatTimesOut() {
        let injection = FaultInjection(.init(.error(EAGAIN), of: "recvfrom"))
        injection.run {
            do throws(Errno) {
                try RouteDump.read(.nexthops, limitBytes: 1 << 20) { _ in }
                Issue.record("it was read")
            } catch {
                #expect(error == Errno(EAGAIN, "recvfrom"))
            }
        }
    }
}
