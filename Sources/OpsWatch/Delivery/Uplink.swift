// The conversation with opsd: bytes out, bytes in, time as an argument; it owns no descriptor.
//   1. A new connection says `hello` and asks for the places of its streams before any report:
//      what opsd has counted is dropped, the rest is sent again.
//   2. Reports are pipelined, at most `window` of them; answers come in their order.
//   3. While there is no answer, nothing is forgotten: `ReportQueue` holds it.
//   4. What cannot be delivered is counted, by what opsd says of it, never dropped in silence.
// Logs are read only while it is open, so a daemon that is away costs no memory.

import OpsCore
import OpsProtocol

/// Why a connection cannot go on.
enum UplinkFault: Error, Hashable, Sendable {
    /// What answers is not opsd, or speaks another protocol.
    case notOpsd(String)
    /// opsd refuses this user.
    case forbidden(String)
    /// opsd cannot take anything now; it is tried again later.
    case busy(String)

    /// In one sentence.
    var message: String {
        switch self {
        case .notOpsd(let what): what
        case .forbidden(let what): "opsd refuses: \(what)"
        case .busy(let what): "opsd is busy: \(what)"
        }
    }
}

/// What became of reports since the start.
struct DeliveryCounts: Hashable, Sendable {
    /// opsd has taken them.
    var taken: UInt64 = 0
    /// Of these, those that opsd had counted before.
    var repeated: UInt64 = 0
    /// Of these, those that did not count: too old, allowed, or banned already.
    var uncounted: UInt64 = 0
    /// opsd refused them for good.
    var refused: UInt64 = 0
    /// Why the last one was refused; empty: none was.
    var lastRefusal = ""
}

/// One connection after the other to opsd.
struct Uplink: Sendable {
    /// Where the conversation is.
    enum Phase: Hashable, Sendable {
        /// There is no connection.
        case away
        /// Connected; what opsd knows is not known yet.
        case greeting
        /// Reports may go.
        case open
    }

    private enum Expected: Sendable {
        case hello, places, report, note
    }

    /// Reports without an answer at one time.
    static let window = 256
    /// Bytes of requests that may wait for the socket.
    static let outputLimitBytes = 256 << 10

    private(set) var phase = Phase.away
    private(set) var counts = DeliveryCounts()
    /// How many answers came since the start.
    private(set) var answers: UInt64 = 0
    /// Whether an answer is to come.
    var isWaiting: Bool { expectedHead < expected.count }
    /// Whether opsd's last answer was kept safe; false: its disk is full or failing, and what it
    /// knows could be lost in a crash.
    private(set) var isDurable = true
    /// The places of this user's streams as opsd told them on this connection.
    private(set) var places: [String: UInt64] = [:]
    /// What is to be sent.
    private(set) var output: [UInt8] = []

    var queue = ReportQueue()
    private var expected: [Expected] = []
    private var expectedHead = 0
    private var framer = LineFramer(limitBytes: 1 << 20)
    private let version: String
    private let uid: UInt32

    init(version: String, uid: UInt32) {
        self.version = version
        self.uid = uid
    }

    // MARK: The connection

    /// A connection was made.
    mutating func connected() {
        phase = .greeting
        framer = LineFramer(limitBytes: 1 << 20)
        output.removeAll(keepingCapacity: true)
        expected.removeAll(keepingCapacity: true)
        expectedHead = 0
        places = [:]
        queue.disconnected()
        send("hello name=opswatch version=\(version)", .hello)
        send("places limit=1000", .places)
    }

    /// The connection has ended.
    mutating func disconnected() {
        phase = .away
        output.removeAll(keepingCapacity: false)
        expected.removeAll(keepingCapacity: true)
        expectedHead = 0
        queue.disconnected()
    }

    /// This many bytes of `output` were sent.
    mutating func sent(_ count: Int) {
        if count == output.count {
            output.removeAll(keepingCapacity: output.capacity <= Self.outputLimitBytes * 2)
        } else {
            output.removeFirst(count)
        }
    }

    /// Makes requests of waiting reports, as many as there is room for.
    mutating func fill() {
        guard phase == .open else { return }
        while queue.sentCount < Self.window, output.count < Self.outputLimitBytes,
            queue.writeNext(to: &output)
        {
            expected.append(.report)
        }
    }

    /// Sends a request whose answer only has to come: figures of a source or a rule, an event.
    /// false: there is no connection, or no room; the caller tells it later.
    mutating func note(_ line: String) -> Bool {
        guard phase == .open, output.count < Self.outputLimitBytes else { return false }
        send(line, .note)
        return true
    }

    private mutating func send(_ line: String, _ kind: Expected) {
        output.append(contentsOf: line.utf8)
        output.append(UInt8(ascii: "\n"))
        expected.append(kind)
    }

    // MARK: Answers

    /// Takes what opsd sent.  After a fault the connection is to be closed.
    mutating func received(_ bytes: Span<UInt8>) throws(UplinkFault) {
        framer.feed(bytes)
        while true {
            var answer: Answer?
            switch framer.next({ answer = Answer($0) }) {
            case nil: return
            case .tooLong: throw .notOpsd("an answer of more than 1 MiB")
            case .line:
                guard let answer else {
                    throw .notOpsd("what answers at the socket is not opsd")
                }
                try take(answer)
            }
        }
    }

    private mutating func take(_ answer: Answer) throws(UplinkFault) {
        guard expectedHead < expected.count else { throw try unasked(answer) }
        let kind = expected[expectedHead]
        expectedHead += 1
        answers &+= 1
        if expectedHead == expected.count {
            expected.removeAll(keepingCapacity: true)
            expectedHead = 0
        } else if expectedHead >= 1_024 {
            expected.removeFirst(expectedHead)
            expectedHead = 0
        }
        switch kind {
        case .hello:
            if case .refused(let refusal) = answer { throw Self.fault(refusal) }
        case .places: try takePlaces(answer)
        case .report: try takeReport(answer)
        case .note:
            if case .refused(let refusal) = answer, refusal.code == "forbidden" {
                throw .forbidden(refusal.message)
            }
        }
    }

    /// opsd says why it closes a connection before anything was asked.
    private func unasked(_ answer: Answer) throws(UplinkFault) -> UplinkFault {
        if case .refused(let refusal) = answer { return Self.fault(refusal) }
        return .notOpsd("opsd answered what was not asked")
    }

    private static func fault(_ refusal: Answer.Refusal) -> UplinkFault {
        switch refusal.code {
        case "forbidden": .forbidden(refusal.message)
        case "unknown-command":
            .notOpsd("opsd does not know this opswatch; install both of one version")
        default: .busy(refusal.message)
        }
    }

    private mutating func takePlaces(_ answer: Answer) throws(UplinkFault) {
        switch answer {
        case .refused(let refusal): throw Self.fault(refusal)
        case .taken(let object):
            guard let page = PlacesPage(object, uid: uid) else {
                throw .notOpsd("places without a list of places")
            }
            places.merge(page.places) { max($0, $1) }
            if let next = page.next {
                var line = Array("places limit=1000 after=".utf8)
                JSONWriter.append(to: &line) { $0.string(next) }
                send(String(decoding: line, as: UTF8.self), .places)
                return
            }
            let known = queue.drop(through: places)
            counts.taken &+= UInt64(known)
            phase = .open
        }
    }

    private mutating func takeReport(_ answer: Answer) throws(UplinkFault) {
        switch answer {
        case .taken(let object):
            _ = queue.answered()
            counts.taken &+= 1
            let says = object.span
            isDurable = !Answer.has("\"durable\":false", in: says)
            if Answer.has("\"counted\":false", in: says) {
                if Answer.has("\"repeated\":true", in: says) {
                    counts.repeated &+= 1
                } else {
                    counts.uncounted &+= 1
                }
            }
        case .refused(let refusal):
            switch refusal.code {
            case "forbidden": throw .forbidden(refusal.message)
            case "busy", "degraded", "internal":
                queue.refusedForNow()
                throw .busy(refusal.message)
            default:
                _ = queue.answered()
                counts.refused &+= 1
                counts.lastRefusal = refusal.message
            }
        }
    }
}
