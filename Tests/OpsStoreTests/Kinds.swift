// Every kind of change and of snapshot line by name, each with its sample.  No switch here has a
// `default:`, so that a kind without a sample does not compile.

import OpsCore
import OpsTestKit
import Testing

@testable import OpsStore

/// The kinds of `Change`.
enum ChangeKind: CaseIterable {
    case banned, unbanned, struck, strikesCleared
    case bansExpired, bansExpiredMany, strikesExpired
    case clockSet, rebased
    case confirmed, remembered, forgotten, placed
    case listChunk, listCommitted, listDropped, listExpired
    case noted
    case observed, alerted, rebaselined
    case gateHeld, gateOverridden, gateOverrideEnded
    case objectiveDropped
    case claimed, released, claimConfirmed, counterCleared
    case struckAt, claimedAt
    case workPut, workTaken, workBegun, workReleased, workRetried, workEnded, workUnsure
    case workKind, workDoubted, workForgotten
    case incidentPut, incidentDropped, incidentRepeated
    case incidentNotePut, incidentNoteDropped, incidentEvidencePut, incidentEvidenceDropped
    case silencePut, silenceDropped, silenced, incidentMarked
    case costReserved, costClosed, costCorrected, costSpent, costForgotten, costCapSet
    case costAlerted, costModelDropped
    case endpointPut, endpointDropped
    case queuePut, queueDropped, trendPut, trendDropped

    init(_ change: Change) {
        self =
            switch change {
            case .banned: .banned
            case .unbanned: .unbanned
            case .struck: .struck
            case .strikesCleared: .strikesCleared
            case .bansExpired: .bansExpired
            case .bansExpiredMany: .bansExpiredMany
            case .strikesExpired: .strikesExpired
            case .clockSet: .clockSet
            case .rebased: .rebased
            case .confirmed: .confirmed
            case .remembered: .remembered
            case .forgotten: .forgotten
            case .domain(.list(.chunk)): .listChunk
            case .domain(.list(.committed)): .listCommitted
            case .domain(.list(.dropped)): .listDropped
            case .domain(.list(.expired)): .listExpired
            case .noted: .noted
            case .domain(.place): .placed
            case .domain(.service(.observed)): .observed
            case .domain(.service(.alerted)): .alerted
            case .domain(.service(.rebaselined)): .rebaselined
            case .domain(.service(.gateHeld)): .gateHeld
            case .domain(.service(.gateOverridden)): .gateOverridden
            case .domain(.service(.gateOverrideEnded)): .gateOverrideEnded
            case .domain(.service(.objectiveDropped)): .objectiveDropped
            case .claimed: .claimed
            case .released: .released
            case .claimConfirmed: .claimConfirmed
            case .counterCleared: .counterCleared
            case .struckAt: .struckAt
            case .claimedAt: .claimedAt
            case .domain(.work(.put)): .workPut
            case .domain(.work(.taken)): .workTaken
            case .domain(.work(.begun)): .workBegun
            case .domain(.work(.released)): .workReleased
            case .domain(.work(.retried)): .workRetried
            case .domain(.work(.ended)): .workEnded
            case .domain(.work(.unsure)): .workUnsure
            case .domain(.work(.kind)): .workKind
            case .domain(.work(.doubted)): .workDoubted
            case .domain(.work(.forgotten)): .workForgotten
            case .domain(.incident(.incident(.put))): .incidentPut
            case .domain(.incident(.incident(.drop))): .incidentDropped
            case .domain(.incident(.repeated)): .incidentRepeated
            case .domain(.incident(.note(.put))): .incidentNotePut
            case .domain(.incident(.note(.drop))): .incidentNoteDropped
            case .domain(.incident(.evidence(.put))): .incidentEvidencePut
            case .domain(.incident(.evidence(.drop))): .incidentEvidenceDropped
            case .domain(.incident(.silence(.put))): .silencePut
            case .domain(.incident(.silence(.drop))): .silenceDropped
            case .domain(.incident(.silenced)): .silenced
            case .domain(.incident(.marked)): .incidentMarked
            case .domain(.cost(.reserved)): .costReserved
            case .domain(.cost(.closed)): .costClosed
            case .domain(.cost(.corrected)): .costCorrected
            case .domain(.cost(.spent)): .costSpent
            case .domain(.cost(.forgotten)): .costForgotten
            case .domain(.cost(.capSet)): .costCapSet
            case .domain(.cost(.alerted)): .costAlerted
            case .domain(.cost(.modelDropped)): .costModelDropped
            case .domain(.endpoint(.put)): .endpointPut
            case .domain(.endpoint(.drop)): .endpointDropped
            case .domain(.queue(.queue(.put))): .queuePut
            case .domain(.queue(.queue(.drop))): .queueDropped
            case .domain(.trend(.put)): .trendPut
            case .domain(.trend(.drop)): .trendDropped
            }
    }
}

extension SeededGenerator {
    /// A change of a kind, or of any.
    mutating func change(_ wanted: ChangeKind? = nil) -> Change {
        let kind = wanted ?? pick(ChangeKind.allCases)
        return switch kind {
        case .banned: .banned(ban())
        case .unbanned: .unbanned(network(), clearReason(), uid: pick([0, .max]))
        case .struck: .struck(strike())
        case .strikesCleared: .strikesCleared(network(), clearReason(), uid: 7)
        case .bansExpired: .bansExpired(mark(), announce: next() % 2 == 0)
        case .bansExpiredMany: .bansExpiredMany(count: pick([0, 1, .max]))
        case .strikesExpired: .strikesExpired(mark())
        case .clockSet: .clockSet(offset: wall(), step: pick([nil, number()]))
        case .rebased: .rebased(rebase())
        case .confirmed:
            .confirmed(network(), deadline: pick([Ban.never, deadline()]), uid: pick([0, .max]))
        case .remembered: .remembered(offense())
        case .forgotten: .forgotten(mark())
        case .listChunk: .list(.chunk(chunk()))
        case .listCommitted: .list(.committed(listCommit()))
        case .listDropped:
            .list(.dropped(ListDrop(name: listName(), entries: 5, uid: pick([0, .max]))))
        case .placed: .domain(.place(place()))
        case .listExpired:
            .list(
                .expired(
                    ListEnd(name: listName(), deadline: deadline(), entries: pick([0, .max]))))
        case .noted: .noted(note())
        case .observed: .service(.observed(observedDelta()))
        case .alerted: .service(.alerted(alertChange()))
        case .rebaselined: .service(.rebaselined(rebaseline()))
        case .gateHeld: .service(.gateHeld(gateChange()))
        case .gateOverridden: .service(.gateOverridden(gateOverride()))
        case .gateOverrideEnded: .service(.gateOverrideEnded(uid: pick([nil, 0, .max])))
        case .objectiveDropped: .service(.objectiveDropped(objective()))
        case .claimed: .claimed(ban())
        case .released:
            .released(
                ClaimRelease(
                    network(), source: ban().source, clearReason(), uid: pick([0, .max]),
                    forgets: next() % 2 == 0))
        case .claimConfirmed:
            .claimConfirmed(
                network(), source: ban().source, deadline: pick([Ban.never, deadline()]), uid: 7)
        case .counterCleared:
            .counterCleared(
                network(), pick([.shared, .own("sshd")]), clearReason(), uid: pick([0, .max]))
        case .struckAt: .struckAt(strike(), place())
        case .claimedAt: .claimedAt(ban(), place())
        case .incidentPut: .incident(.incident(.put(incident(), event: incidentEvent())))
        case .incidentDropped: .incident(.incident(.drop(incidentID(), event: incidentEvent())))
        case .incidentRepeated: .incident(.repeated(incidentRepeat()))
        case .incidentNotePut: .incident(.note(.put(incidentNote(), event: incidentEvent())))
        case .incidentNoteDropped: .incident(.note(.drop(incidentNote().id, event: nil)))
        case .incidentEvidencePut: .incident(.evidence(.put(incidentEvidence(), event: nil)))
        case .incidentEvidenceDropped: .incident(.evidence(.drop(incidentID(), event: nil)))
        case .silencePut: .incident(.silence(.put(silence(), event: incidentEvent())))
        case .silenceDropped: .incident(.silence(.drop(incidentID(), event: incidentEvent())))
        case .silenced: .incident(.silenced(id: incidentID(), count: pick([0, 1, .max])))
        case .incidentMarked: .incident(.marked(pageMarks()))
        case .costReserved, .costClosed, .costCorrected, .costSpent, .costForgotten, .costCapSet,
            .costAlerted, .costModelDropped:
            .cost(costRecord(kind))
        case .endpointPut: .endpoint(.put(endpoint(), event: endpointEvent()))
        case .endpointDropped: .endpoint(.drop(pick(["shop", "0"]), event: nil))
        case .queuePut: .domain(.queue(.queue(.put(queue(), event: queueEvent()))))
        case .queueDropped: .domain(.queue(.queue(.drop(queueName(), event: nil))))
        case .trendPut: .domain(.trend(.put(trend(), event: nil)))
        case .trendDropped: .domain(.trend(.drop(trendID(), event: nil)))
        case .workPut, .workTaken, .workBegun, .workReleased, .workRetried, .workEnded,
            .workUnsure, .workKind, .workDoubted, .workForgotten:
            .work(workRecord(kind))
        }
    }
}

extension SeededGenerator {
    /// A place of one of a few streams.
    mutating func place() -> Place {
        Place(
            stream: pick(["auth", "caddy:1", "é"]), number: pick([0, 1, next(), .max]),
            uid: pick([0, 1_000, .max]))
    }

    /// What a domain has of a kind; nil: not a domain's.
    mutating func entry(_ kind: SnapshotEntryKind) -> DomainEntry? {
        switch kind {
        case .strikes, .event, .offense, .ban, .claim: nil
        case .objective: .service(head())
        case .minutes: .service(minutes())
        case .hourSketch: .service(hourSketch())
        case .minuteSketch: .service(minuteSketch())
        case .gateOverride: .service(.override(gateOverride()))
        case .list: .list(list())
        case .place: .place(StreamPlace(place(), use: next() >> 1))
        case .workLast: .work(.last(WorkLastNumber(workID())))
        case .workKind: .work(.kind(workKindState()))
        case .workItem: .work(.item(workItem()))
        case .incident: .incident(.incident(incident()))
        case .incidentNote: .incident(.note(incidentNote()))
        case .incidentEvidence: .incident(.evidence(incidentEvidence()))
        case .silence: .incident(.silence(silence()))
        case .incidentNumbers:
            .incident(.numbers(IncidentNumbers(incident: 1 + next() >> 1, silence: next() >> 1)))
        case .costSummary, .costCap, .costModel, .costMinutes, .costHours, .costEntry:
            .cost(costPart(kind))
        case .endpoint: .endpoint(endpoint())
        case .queue: .queue(queue())
        case .trend: .trend(trend())
        }
    }
}

extension SampleSnapshot {
    /// Adds one of a kind; `id` is that of an event.
    mutating func add(
        _ kind: SnapshotEntryKind, id: UInt64, _ random: inout SeededGenerator,
        _ writer: inout SnapshotWriter
    ) {
        switch kind {
        case .strikes:
            let network = random.network()
            expected.load((0...Int(random.next() % 3)).map { _ in random.strike(network) })
        case .event: expected.load(random.event(id))
        case .offense: expected.load(random.offense())
        case .ban: expected.load(random.ban())
        case .claim: expected.load(claim: random.ban())
        case .objective, .minutes, .hourSketch, .minuteSketch, .gateOverride, .list, .place,
            .workLast, .workKind, .workItem,
            .incident, .incidentNote, .incidentEvidence, .silence, .incidentNumbers,
            .costSummary, .costCap, .costModel, .costMinutes, .costHours, .costEntry, .endpoint,
            .queue, .trend:
            if let entry = random.entry(kind) { expected.load(entry) }
        }
        if let item = expected.items.last { writer.append(item, into: &bytes) }
    }
}

@Suite struct KindTests {
    @Test(arguments: ChangeKind.allCases) func eachSampleIsOfItsKind(kind: ChangeKind) {
        var random = SeededGenerator(seed: 9)
        for _ in 0..<50 { #expect(ChangeKind(random.change(kind)) == kind) }
    }

    /// Whatever happened before, and whatever it is: one record, one event at the most, and it is
    /// the one that comes back.
    @Test(arguments: ChangeKind.allCases) func aRecordMakesAtMostOneEvent(kind: ChangeKind) {
        var random = SeededGenerator(seed: 12)
        var state = State(hashKey: (1, 2), eventCapacity: 10)
        for _ in 0..<200 {
            state.apply(random.change(), random.stamp())
            let before = state.events.lastID
            let event = state.apply(random.change(kind), random.stamp())
            let made = state.events.lastID - before
            #expect(made == (event == nil ? 0 : 1))
            if event != nil { #expect(state.events.newest == event) }
        }
    }

    /// The numbers in the frames of a log of samples: no type is without one.
    @Test func everyTypeOfRecordIsSampled() {
        var random = SeededGenerator(seed: 10)
        var log = SampleLog()
        for kind in ChangeKind.allCases {
            log.batch((0..<30).map { _ in (random.stamp(), random.change(kind)) })
        }
        let bytes = log.bytes.span
        var seen: Set<UInt16> = []
        var at = SegmentHeader.bytes
        while at < bytes.count {
            seen.insert(bytes.number(UInt16.self, at: at + 16))
            at += RecordFormat.frameBytes + Int(bytes.number(UInt32.self, at: at))
        }
        #expect(seen == Set(RecordType.allCases.map(\.rawValue)))
    }

    @Test(arguments: SnapshotEntryKind.allCases) func everyKindOfLineComesBack(
        kind: SnapshotEntryKind
    ) throws {
        let sample = SampleSnapshot(
            11, kinds: [SnapshotEntryKind](repeating: kind, count: 40))
        #expect(try readSnapshot(sample.bytes).0 == sample.expected)
        #expect(sample.expected.items.dropFirst().allSatisfy { $0.kind == kind })
    }

    /// Whatever a sink can be handed of a snapshot, the samples of all kinds hand to it.
    @Test func everythingThatASinkTakesIsSampled() throws {
        let sample = SampleSnapshot(12, kinds: SnapshotEntryKind.allCases)
        let read = try readSnapshot(sample.bytes).0
        #expect(read.items.compactMap(\.kind) == SnapshotEntryKind.allCases)
    }
}
