// OutputQueue against a slow and plain model: a list of replies, each with its gate.

import OpsTestKit
import Testing

@testable import OpsDaemon

/// What the queue should do, reply by reply.
private struct OutputModel {
    struct Piece {
        var bytes: [UInt8]
        var gate: UInt64
        var isAcknowledgement: Bool
    }

    var pieces: [Piece] = []

    var count: Int { pieces.reduce(0) { $0 + $1.bytes.count } }

    func sendable(_ safe: UInt64) -> [UInt8] {
        Array(pieces.prefix { $0.gate <= safe }.map(\.bytes).joined())
    }

    mutating func sent(_ count: Int) {
        var rest = count
        while rest > 0 {
            let step = min(rest, pieces[0].bytes.count)
            pieces[0].bytes.removeFirst(step)
            rest -= step
            if pieces[0].bytes.isEmpty { pieces.removeFirst() }
        }
    }

    mutating func releaseUndurable(opened safe: UInt64) {
        for place in pieces.indices where pieces[place].gate > safe {
            pieces[place].gate = 0
            if pieces[place].isAcknowledgement {
                pieces[place].bytes.removeLast(2)
                pieces[place].bytes += Array(",\"durable\":false}\n".utf8)
            }
        }
    }
}

@Suite struct OutputQueueTests {
    private func reply(_ random: inout SeededGenerator) -> [UInt8] {
        let size = Bool.random(using: &random) ? 10 : Int.random(in: 1...3_000, using: &random)
        let letter = UInt8.random(in: 0x61...0x7a, using: &random)
        return Array("ok {\"a\":\"".utf8) + [UInt8](repeating: letter, count: size)
            + Array("\"}\n".utf8)
    }

    @Test(arguments: 1...12) func behavesLikeItsModel(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var queue = OutputQueue()
        var model = OutputModel()
        var sequence: UInt64 = 1
        var safe: UInt64 = 0
        for _ in 0..<400 {
            switch Int.random(in: 0..<12, using: &random) {
            case 0...2:
                let bytes = reply(&random)
                queue.append { $0 += bytes }
                model.pieces.append(.init(bytes: bytes, gate: 0, isAcknowledgement: false))
            case 3...6:
                let bytes = reply(&random)
                let acknowledges = Bool.random(using: &random)
                sequence += UInt64.random(in: 0...1, using: &random)
                queue.append(heldFor: sequence, isAcknowledgement: acknowledges) { $0 += bytes }
                model.pieces.append(
                    .init(bytes: bytes, gate: sequence, isAcknowledgement: acknowledges))
            case 7, 8: safe = UInt64.random(in: safe...sequence, using: &random)
            case 9 where Int.random(in: 0..<20, using: &random) == 0:
                // The daemon has looked just before: what is safe is open.
                _ = queue.sendable(safe: safe)
                queue.releaseUndurable()
                model.releaseUndurable(opened: safe)
                #expect(queue.held == 0)
            default: break
            }
            let expected = model.sendable(safe)
            let sendable = queue.sendable(safe: safe)
            #expect(sendable == expected.count)
            #expect(queue.count == model.count)
            if sendable != expected.count { return }
            let offered = Int.random(in: 0...min(sendable, 9_000), using: &random)
            let taken = Int.random(in: 0...offered, using: &random)
            var got: [UInt8] = []
            let went = queue.send(offered) { span in
                for place in 0..<taken {
                    got.append(span.unsafeLoad(fromByteOffset: place, as: UInt8.self))
                }
                return taken
            }
            #expect(went == taken)
            #expect(got == Array(expected.prefix(taken)))
            model.sent(taken)
        }
    }

    @Test func holdsWhatIsBehindAGate() {
        var queue = OutputQueue()
        queue.append { $0 += Array("a".utf8) }
        queue.append(heldFor: 5, isAcknowledgement: true) { $0 += Array("{}\n".utf8) }
        queue.append { $0 += Array("b".utf8) }
        #expect(queue.sendable(safe: 4) == 1)
        #expect(queue.held == 1)
        #expect(queue.sendable(safe: 5) == 5)
        #expect(queue.held == 0)
    }

    /// A gate that opened before the log broke acknowledges what is durable.
    @Test func releaseLeavesOpenGatesAlone() {
        var queue = OutputQueue()
        queue.append(heldFor: 1, isAcknowledgement: true) { $0 += Array("ok {\"a\":1}\n".utf8) }
        queue.append(heldFor: 2, isAcknowledgement: true) { $0 += Array("ok {\"b\":2}\n".utf8) }
        _ = queue.sendable(safe: 1)
        queue.releaseUndurable()
        var text = ""
        _ = queue.send(queue.sendable(safe: 0)) { span in
            for place in 0..<span.byteCount {
                let byte = span.unsafeLoad(fromByteOffset: place, as: UInt8.self)
                text.unicodeScalars.append(Unicode.Scalar(byte))
            }
            return span.byteCount
        }
        #expect(text == "ok {\"a\":1}\nok {\"b\":2,\"durable\":false}\n")
    }

    @Test func manyGatesAreForgottenAsTheyOpen() {
        var queue = OutputQueue()
        for sequence in 1...5_000 as ClosedRange<UInt64> {
            queue.append(heldFor: sequence, isAcknowledgement: false) { $0.append(0x61) }
        }
        for safe in 1...5_000 as ClosedRange<UInt64> {
            #expect(queue.sendable(safe: safe) == 1)
            #expect(queue.send(1) { _ in 1 } == 1)
        }
        #expect(queue.count == 0 && queue.held == 0)
    }
}
