// Messages as bytes, both ways: what is written has the shape that netlink wants, and nothing that
// comes back can make the reader leave its bytes.

import CNetfilter
import OpsCore
import OpsTestKit
import Testing

@testable import OpsFirewall

private func messages(_ bytes: [UInt8]) -> [NetlinkMessage] {
    var found: [NetlinkMessage] = []
    NetlinkMessage.forEach(in: bytes.span) { found.append($0) }
    return found
}

/// A message of the dump that answers `sequence`: an element of a set, or NLMSG_DONE with a code.
private func dumpPart(
    _ address: UInt32?, to sequence: UInt32, flags: Int32 = 0, code: Int32 = 0
) -> [UInt8] {
    var bytes: [UInt8] = []
    if let address {
        var transaction = Transaction(sequence: sequence &- 1)
        transaction.fill(.addresses4, [Drop(Network(ipv4: address), until: 5)], at: 0)
        let all = transaction.finish().bytes
        let elements = messages(all).first { $0.sequence == sequence }
        if let elements {
            bytes = Array(all[elements.payload.lowerBound - 16..<elements.payload.upperBound])
        }
    } else {
        bytes = answer(code, to: sequence)
        bytes[4] = UInt8(NLMSG_DONE)
    }
    // The flags follow the length and the type.
    if bytes.count > 8 {
        bytes[6] = UInt8(truncatingIfNeeded: flags)
        bytes[7] = UInt8(truncatingIfNeeded: flags >> 8)
    }
    return bytes
}

/// An answer of the kernel's to message `sequence`.
private func answer(_ error: Int32, to sequence: UInt32) -> [UInt8] {
    var bytes: [UInt8] = []
    func put<Number: FixedWidthInteger>(_ number: Number) {
        withUnsafeBytes(of: number) { bytes += $0 }
    }
    put(UInt32(36))
    put(UInt16(NLMSG_ERROR))
    put(UInt16(0))
    put(sequence)
    put(UInt32(77))
    put(error)
    for _ in 0..<4 { put(UInt32(0)) }
    return bytes
}

@Suite("messages")
struct MessageTests {
    @Test("a transaction is bracketed, numbered without a gap, and asks for one answer")
    func brackets() {
        var transaction = Transaction(sequence: 40)
        #expect(transaction.isEmpty)
        transaction.rebuild(Layout(ipv6Prefix: 64))
        transaction.fill(.addresses4, [Drop(Network(ipv4: 1), until: 5)], at: 0)
        #expect(!transaction.isEmpty)
        let (bytes, last) = transaction.finish()
        let found = messages(bytes)
        #expect(found.first?.type == UInt16(NFNL_MSG_BATCH_BEGIN))
        #expect(found.last?.type == UInt16(NFNL_MSG_BATCH_END))
        #expect(found.map(\.sequence) == (0..<UInt32(found.count)).map { 40 + $0 })
        let asking = found.filter { Int32($0.flags) & NLM_F_ACK != 0 }
        #expect(asking.map(\.sequence) == [last])
        #expect(found.last?.sequence == last + 1)
        #expect(found.last?.payload.upperBound == bytes.count)
    }

    @Test("elements come in messages whose lists fit an attribute", arguments: [1, 2_000, 70_000])
    func chunks(count: Int) {
        let drops = (0..<count).map { Drop(Network(ipv4: UInt32($0)), until: 1_000) }
        var transaction = Transaction(sequence: 1)
        transaction.fill(.addresses4, drops, at: 0)
        let (bytes, _) = transaction.finish()
        var elements: [KernelElement] = []
        for message in messages(bytes).dropFirst().dropLast() {
            let list = NetlinkAttribute.first(
                NFTA_SET_ELEM_LIST_ELEMENTS, in: bytes.span, message.attributes)
            #expect(list != nil)
            #expect((list?.value.count ?? 0) < 65_536)
            // The kernel's own form of the same message is read by the same code.
            var dump = Dump()
            dump.receive(
                bytes.span.extracting(message.payload.lowerBound - 16..<message.payload.upperBound),
                answerTo: message.sequence)
            elements += dump.elements
        }
        #expect(elements.map(\.key) == (0..<count).map { UInt128($0) })
    }

    @Test("a timeout is what is left and a little, never zero; without an end there is none")
    func timeouts() {
        #expect(Drop.timeout(1_000, at: 400) == 620)
        #expect(Drop.timeout(1_000, at: 1_000) == 20)
        #expect(Drop.timeout(1_000, at: 5_000) == 20)
        #expect(Drop.timeout(Drop.never, at: 5_000) == nil)
    }

    @Test("networks are dealt out to the sets")
    func layout() {
        let layout = Layout(ipv6Prefix: 64)
        #expect(layout.set(of: Network(ipv4: 1)) == .addresses4)
        #expect(layout.set(of: Network(ipv4: 0x0a00_0000, prefix: 8)) == .ranges4)
        let high: UInt64 = 0x2001_0db8_0000_0000
        #expect(layout.set(of: Network(high: high, low: 0, length: 64)) == .addresses6)
        #expect(layout.set(of: Network(high: high, low: 1, length: 128)) == .exact6)
        #expect(layout.set(of: Network(high: high, low: 0, length: 48)) == .ranges6)
        #expect(
            Layout(ipv6Prefix: 128).set(of: Network(high: high, low: 1, length: 128))
                == .addresses6)
    }

    @Test("an outcome is done with its acknowledgement, and the first refusal stands")
    func outcomes() {
        var outcome = Outcome()
        outcome.receive(answer(0, to: 9).span, from: 1, through: 9)
        #expect(outcome.isDone && outcome.errorCode == nil)
        outcome = Outcome()
        outcome.receive((answer(-2, to: 5) + answer(-17, to: 6)).span, from: 1, through: 9)
        #expect(!outcome.isDone && outcome.errorCode == 2)
        outcome = Outcome()
        outcome.receive((answer(0, to: 10) + answer(-2, to: 0)).span, from: 1, through: 9)
        #expect(!outcome.isDone && outcome.errorCode == nil, "answers to something else")
        outcome.receive(answer(.min, to: 3).span, from: 1, through: 9)
        #expect(outcome.errorCode == .max)
    }

    @Test(
        "a dump is done only if no part of it says that it was interrupted",
        arguments: [
            ([0, 0, 0], .done), ([NLM_F_DUMP_INTR, 0, 0], .interrupted),
            ([0, NLM_F_DUMP_INTR, 0], .interrupted), ([0, 0, NLM_F_DUMP_INTR], .interrupted),
            ([NLM_F_MULTI, NLM_F_MULTI | NLM_F_DUMP_INTR, NLM_F_MULTI], .interrupted),
            ([NLM_F_MULTI, NLM_F_MULTI, NLM_F_MULTI], .done),
        ] as [([Int32], Dump.Progress)])
    func interruptedDumps(flags: [Int32], progress: Dump.Progress) {
        let parts = [
            dumpPart(1, to: 7, flags: flags[0]), dumpPart(2, to: 7, flags: flags[1]),
            dumpPart(nil, to: 7, flags: flags[2]),
        ]
        var dump = Dump()
        for (place, part) in parts.enumerated() {
            #expect(dump.progress == .more, "\(place)")
            // A part of another dump says nothing about this one.
            let bytes = dumpPart(9, to: 8, flags: NLM_F_DUMP_INTR) + part
            dump.receive(bytes.span, answerTo: 7)
        }
        #expect(dump.progress == progress)
        #expect(dump.elements.map(\.key) == [1, 2])
        // The parts may come in one datagram.
        let all = parts[0] + parts[1] + parts[2]
        var whole = Dump()
        whole.receive(all.span, answerTo: 7)
        #expect(whole.progress == progress && whole.elements == dump.elements)
        // An error is an error, interrupted or not.
        var refused = Dump()
        let refusal = parts[0] + dumpPart(nil, to: 7, flags: flags[2], code: -2)
        refused.receive(refusal.span, answerTo: 7)
        #expect(refused.progress == .failed(2))
    }

    @Test("what others do to our table is seen, our own work and other tables are not")
    func tampering() {
        var transaction = Transaction(sequence: 1)
        transaction.deleteTable()
        let structure = transaction.finish().bytes
        transaction = Transaction(sequence: 1)
        transaction.fill(.addresses4, [Drop(Network(ipv4: 1), until: 5)], at: 0)
        let elements = transaction.finish().bytes
        #expect(Tampering.found(in: structure.span, ownPort: 5) == .structure)
        #expect(Tampering.found(in: elements.span, ownPort: 5) == .elements)
        #expect(
            Tampering.found(in: (elements + structure).span, ownPort: 5)
                == [.elements, .structure])
        transaction = Transaction(sequence: 1)
        var runs = NetworkRuns()
        _ = runs.append(Network(ipv4: 1))
        let sets = ListSets("a", runs, generation: 1, layout: Layout(ipv6Prefix: 64))
        transaction.fill(sets, runs.chunk(0), until: Drop.never, at: 0)
        let lists = transaction.finish().bytes
        #expect(Tampering.found(in: lists.span, ownPort: 5) == .lists)
        // The writer leaves the port 0.
        #expect(Tampering.found(in: structure.span, ownPort: 0) == [])
        var other = structure
        for place in other.indices.dropLast(4) where other[place...].starts(with: "opsd".utf8) {
            other[place] = UInt8(ascii: "x")
        }
        #expect(Tampering.found(in: other.span, ownPort: 5) == [])
    }

    @Test("damaged answers are read without harm", arguments: 1...200)
    func hostile(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        var transaction = Transaction(sequence: 1)
        transaction.build(Layout(ipv6Prefix: 64))
        transaction.fill(
            .addresses6, [Drop(Network(high: 1, low: 2, length: 64), until: 5)], at: 0)
        var (bytes, last) = transaction.finish()
        for _ in 0..<Int.random(in: 1...40, using: &random) {
            bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(
                in: 0...255, using: &random)
        }
        bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random))
        var outcome = Outcome()
        outcome.receive(bytes.span, from: 1, through: last)
        _ = Tampering.found(in: bytes.span, ownPort: 5)
        for sequence in UInt32(1)...last {
            var dump = Dump()
            dump.receive(bytes.span, answerTo: sequence)
        }
    }
}

@Suite("comparison")
struct ComparisonTests {
    private func element(_ key: UInt32, _ left: Int64 = Drop.never) -> KernelElement {
        KernelElement(key: UInt128(key), remaining: left, isEnd: false)
    }

    @Test("both ways, and the ends")
    func ways() {
        var comparison = Comparison()
        comparison.compare(
            .addresses4,
            [
                Drop(Network(ipv4: 1), until: 90_000), Drop(Network(ipv4: 2), until: Drop.never),
                Drop(Network(ipv4: 3), until: 50_000),
            ],
            with: [element(3, 9_000), element(4), element(1, 81_000)], at: 10_000)
        #expect(comparison.missing == 1)
        #expect(comparison.extra == 1)
        #expect(comparison.wrong == 1)
        #expect(
            comparison.examples == [
                "missing: 0.0.0.2 in addresses4", "wrong end: 0.0.0.3 in addresses4",
                "extra: 0.0.0.4 in addresses4",
            ])
    }

    @Test("what is about to end may be there or not")
    func due() {
        var comparison = Comparison()
        comparison.compare(
            .addresses4, [Drop(Network(ipv4: 1), until: 11_000)], with: [element(2, 900)],
            at: 10_000)
        #expect(comparison.isClean)
    }

    @Test("a permanent ban with a timeout is wrong, and the other way round")
    func permanent() {
        var comparison = Comparison()
        comparison.compare(
            .addresses4,
            [Drop(Network(ipv4: 1), until: Drop.never), Drop(Network(ipv4: 2), until: 99_000)],
            with: [element(1, 50_000), element(2)], at: 0)
        #expect(comparison.wrong == 2)
    }

    @Test("ranges have their ends")
    func ranges() {
        var comparison = Comparison()
        let range = CoverRange(first: 10, last: 19, deadline: Drop.never)
        let end = KernelElement(key: 20, remaining: Drop.never, isEnd: true)
        comparison.compare(.ranges4, [range], with: [end, element(10)], at: 0)
        #expect(comparison.isClean)
        comparison.compare(.ranges4, [range], with: [element(10)], at: 0)
        #expect(comparison.missing == 1)
    }
}
