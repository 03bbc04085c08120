// Made-up state for the tests: seeded, so that a failure can be run again.

import OpsCore
import OpsStore
import OpsTestKit

extension SeededGenerator {
    mutating func number() -> Int64 {
        pick([
            0, 1, -1, .max, .min, 1_700_000_000_000, Int64(bitPattern: next()),
            Int64(next() % 100_000),
        ])
    }

    /// A deadline, or any other number of milliseconds of boot time.
    mutating func deadline() -> Int64 {
        pick([
            0, 1, Bounds.deadlineMilliseconds.upperBound, Int64(next() % 1 << 43),
            Int64(next() % 100_000),
        ])
    }

    /// Milliseconds of the wall clock, or its difference to boot time.
    mutating func wall() -> Int64 {
        let range = Bounds.wallMilliseconds
        return pick([
            0, -1, range.lowerBound, range.upperBound, 1_700_000_000_000,
            Int64.random(in: range, using: &self),
        ])
    }

    /// Both clocks.
    mutating func moment() -> Moment {
        let range = Bounds.bootNanoseconds
        let boot = pick([0, range.upperBound, Int64.random(in: range, using: &self)])
        return Moment(boot: boot, wall: number())
    }

    mutating func text(upTo bytes: Int) -> String {
        let parts = [
            "", "ssh", "a \"quoted\" \\ word", "line\nfeed\ttab", "\u{1b}[31mred", "\u{0}", "ä€𝄞",
            "\u{202e}bidi", "failed password for root", "/path/\u{7f}", "\u{2028}",
        ]
        var text = ""
        for _ in 0..<Int(next() % 4) {
            let more = pick(parts)
            if text.utf8.count + more.utf8.count <= bytes { text += more }
        }
        if next() % 16 == 0 { text = String(repeating: "x", count: bytes) }
        return text
    }

    mutating func network() -> Network {
        switch next() % 6 {
        case 0: Network(ipv4: UInt32(truncatingIfNeeded: next()))
        case 1:
            Network(ipv4: UInt32(truncatingIfNeeded: next()), prefix: UInt8(next() % 33))
        case 2: Network(high: next(), low: next(), length: 64)
        case 3: Network(high: 0x2001_0db8_0000_0000, low: next() & 0xffff_0000_ffff, length: 128)
        case 4: Network(high: next(), low: next(), length: UInt8(next() % 129))
        default: pick([.ipv4Loopback, .ipv6Loopback, Network(high: 0, low: 0, length: 0)])
        }
    }

    mutating func ban() -> Ban {
        Ban(
            network: network(), deadline: pick([Ban.never, deadline()]),
            created: pick([0, .max, UInt32(truncatingIfNeeded: next())]),
            reason: text(upTo: Bounds.reasonBytes), source: text(upTo: Bounds.sourceBytes),
            uid: pick([0, 1000, .max]),
            traits: pick([[], .automatic, .dryRun, [.automatic, .subnet], .known]),
            confirmedDeadline: pick([nil, nil, nil, Ban.never, deadline()]))
    }

    mutating func offense() -> Offense {
        Offense(network: network(), count: pick([1, 7, .max]), deadline: deadline())
    }

    mutating func strike(_ network: Network? = nil) -> Strike {
        Strike(
            network: network ?? self.network(), deadline: deadline(),
            at: UInt32(truncatingIfNeeded: next()),
            weight: pick([1, 1000, .max]), reason: text(upTo: Bounds.reasonBytes),
            source: text(upTo: Bounds.sourceBytes), uid: pick([0, 33, .max]),
            isOwn: pick([false, false, true]))
    }

    mutating func gauges() -> Gauges {
        pick([Gauges(), Gauges(cpu: 0, memory: 1000, disk: 905), Gauges(cpu: 885, memory: 912)])
    }

    mutating func stamp() -> Stamp {
        Stamp(moment: moment(), gauges: gauges())
    }

    mutating func clearReason() -> ClearReason {
        pick([.command, .success, .allowed, .evicted, .unconfirmed])
    }

    mutating func mark() -> ExpiryMark { ExpiryMark(deadline: deadline(), network: network()) }

    mutating func rebase() -> Rebase {
        Rebase(
            lastBoot: deadline(), earlierOffset: wall(), boot: deadline(), wall: wall(),
            bootID: BootID(high: next(), low: next()))
    }

    mutating func note() -> Note {
        Note(
            pick(EventKind.allCases), pick(Severity.allCases), text(upTo: 900),
            uid: pick([nil, 0, .max]))
    }

    mutating func listCommit() -> ListCommit {
        ListCommit(
            token: next(), chunks: pick([0, 1, .max]), name: listName(),
            deadline: pick([Ban.never, deadline()]), committed: pick([0, .max]),
            uid: pick([0, 33, .max]), entries: pick([0, 7, .max]), added: pick([0, .max]),
            removed: pick([0, .max]), isReplacement: next() % 2 == 0)
    }

    mutating func listName() -> String {
        pick(["a", "block-list_1.txt", String(repeating: "z", count: 64)])
    }

    /// Up to `limit` networks of random sizes, ascending.
    mutating func runs(_ limit: Int, isIPv4: Bool) -> NetworkRuns {
        var runs = NetworkRuns()
        var networks = (0..<limit).map { _ in
            isIPv4
                ? Network(
                    ipv4: UInt32(truncatingIfNeeded: next()), prefix: pick([24, 31, 32, 32]))
                : Network(high: next(), low: next(), length: pick([32, 48, 64, 128]))
        }
        networks.sort()
        for network in networks where network.isIPv4 == isIPv4 { _ = runs.append(network) }
        return runs
    }

    mutating func chunk() -> ListChunk {
        let count = pick([1, 2, 5])
        return ListChunk(
            token: next(), index: pick([0, 1, .max]),
            runs: runs(count, isIPv4: next() % 2 == 0).chunk(0))
    }

    /// A list of a few networks; `ListStoreTests` has long ones.
    mutating func list() -> AddressList {
        var all = runs(pick([0, 1, 4]), isIPv4: true)
        let more = runs(pick([0, 1, 3]), isIPv4: false)
        for place in 0..<more.chunkCount { _ = all.append(more.chunk(place)) }
        return AddressList(
            name: listName(), deadline: pick([Ban.never, deadline()]), committed: pick([0, .max]),
            uid: pick([0, .max]), networks: ListedNetworks(all))
    }

    mutating func event(_ id: UInt64) -> Event {
        let kind = pick(EventKind.allCases)
        let subject = subject(kind)
        return Event(
            id: id, kind: kind, severity: pick(Severity.allCases),
            wall: number(), gauges: gauges(), details: text(upTo: 300),
            network: pick([nil, network()]), reason: pick([nil, text(upTo: 200)]),
            source: subject == nil ? pick([nil, text(upTo: 60)]) : nil, uid: pick([nil, 0, .max]),
            expires: pick([nil, number()]), subject: subject)
    }
}

/// A segment in the making, as a writer thread would make it: batches that start with a mark.
struct SampleLog {
    var bytes: [UInt8] = []
    var entries: [LogEntry] = []
    /// Where each batch starts.
    var batches: [Int] = []
    /// Where each record (not mark) ends.
    var ends: [Int] = []
    var writer: SegmentWriter

    init(first: UInt64 = 1, salt: UInt64 = 0x5eed, isDetached: Bool = false) {
        writer = SegmentWriter(
            SegmentHeader(
                salt: salt, firstSequence: first, isDetached: isDetached,
                bootID: BootID(high: 1, low: 2), created: Moment(boot: 3, wall: 4)),
            into: &bytes)
    }

    /// Writes a batch; what came before it is durable unless said otherwise.
    mutating func batch(_ changes: [(Stamp, Change)], durable: UInt64? = nil, snapshot: UInt64 = 0)
    {
        batches.append(bytes.count)
        writer.mark(
            durable: durable ?? writer.nextSequence - 1, snapshot: snapshot, into: &bytes)
        for (stamp, change) in changes {
            let sequence = writer.append(change, stamp, into: &bytes)
            entries.append(LogEntry(sequence: sequence, stamp: stamp, change: change))
            ends.append(bytes.count)
        }
    }

    /// `batches` batches of up to `size` changes.
    static func random(
        _ seed: UInt64, batches: Int, size: Int, first: UInt64 = 1, padding: Int = 0
    ) -> SampleLog {
        var random = SeededGenerator(seed: seed)
        var log = SampleLog(first: first, salt: random.next())
        for _ in 0..<batches {
            let count = 1 + Int(random.next() % UInt64(size))
            log.batch((0..<count).map { _ in (random.stamp(), random.change()) })
        }
        log.bytes += [UInt8](repeating: 0, count: padding)
        return log
    }
}

/// Reads a segment into entries.
func readLog(_ bytes: [UInt8]) throws(StoreFault) -> (LogReading, [LogEntry]) {
    var entries: [LogEntry] = []
    let reading = try LogReader.read(bytes.span) { sequence, stamp, change in
        entries.append(LogEntry(sequence: sequence, stamp: stamp, change: change))
    }
    return (reading, entries)
}
