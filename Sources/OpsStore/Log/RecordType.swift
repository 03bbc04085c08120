// The one table of record types: which number stands for which change, and who encodes it.  A
// domain adds numbers for its records here, a case to get their type and a case to decode them.

import OpsCore

/// The numbers of record types.  Never reused, never renumbered: files outlive versions.
enum RecordType: UInt16, CaseIterable {
    case banned = 1
    case unbanned = 2
    case struck = 3
    case strikesCleared = 4
    case bansExpired = 5
    case bansExpiredMany = 6
    case strikesExpired = 7
    case clockSet = 8
    case rebased = 9
    case noted = 10
    /// A ban that an older reader must not take for a plain one: it has traits beyond `automatic`,
    /// or is to be confirmed.
    case bannedSpecially = 11
    case confirmed = 12
    case remembered = 13
    case forgotten = 14
    case claimed = 15
    /// As `bannedSpecially`.
    case claimedSpecially = 16
    case released = 17
    case claimConfirmed = 18
    /// A strike that counts with its source's alone.
    case struckOwn = 19
    case counterCleared = 20
    case struckAt = 21
    case claimedAt = 22
    case placed = 23
    case listChunk = 30
    case listCommitted = 31
    case listDropped = 32
    case listExpired = 33
    case observed = 40
    case alerted = 41
    case rebaselined = 42
    case gateHeld = 43
    case gateOverridden = 44
    case gateOverrideEnded = 45
    case objectiveDropped = 46
    case workPut = 60
    case workTaken = 61
    case workBegun = 62
    case workReleased = 63
    case workRetried = 64
    case workEnded = 65
    case workUnsure = 66
    case workKind = 67
    case workDoubted = 68
    case workForgotten = 69
    case incidentPut = 70
    case incidentDropped = 71
    case incidentRepeated = 72
    case incidentNotePut = 73
    case incidentNoteDropped = 74
    case incidentEvidencePut = 75
    case incidentEvidenceDropped = 76
    case silencePut = 77
    case silenceDropped = 78
    case silenced = 79
    case incidentMarked = 80
    case costReserved = 90
    case costClosed = 91
    case costCorrected = 92
    case costSpent = 93
    case costForgotten = 94
    case costCapSet = 95
    case costAlerted = 96
    case costModelDropped = 97
    case endpointPut = 105
    case endpointDropped = 106
    case queuePut = 100
    case queueDropped = 101
    case trendPut = 102
    case trendDropped = 103
    /// Not a change: how far the log is known to be durable.  See `LogReader`.
    case mark = 0xffff

    /// The version this build writes.  It reads older ones, and newer ones as RecordFormat says.
    var version: UInt16 { 1 }
}

extension Change {
    /// The number under which the log keeps this change.
    var recordType: RecordType {
        switch self {
        case .banned(let ban): ban.isPlain ? .banned : .bannedSpecially
        case .unbanned: .unbanned
        case .claimed(let ban): ban.isPlain ? .claimed : .claimedSpecially
        case .released: .released
        case .claimConfirmed: .claimConfirmed
        case .struck(let strike): strike.isOwn ? .struckOwn : .struck
        case .struckAt: .struckAt
        case .claimedAt: .claimedAt
        case .counterCleared: .counterCleared
        case .strikesCleared: .strikesCleared
        case .bansExpired: .bansExpired
        case .bansExpiredMany: .bansExpiredMany
        case .strikesExpired: .strikesExpired
        case .clockSet: .clockSet
        case .rebased: .rebased
        case .noted: .noted
        case .confirmed: .confirmed
        case .remembered: .remembered
        case .forgotten: .forgotten
        case .domain(.list(let record)): record.recordType
        case .domain(.service(let record)): record.recordType
        case .domain(.place): .placed
        case .domain(.work(let record)): record.recordType
        case .domain(.incident(let record)): record.recordType
        case .domain(.cost(let record)): record.recordType
        case .domain(.endpoint(let record)):
            record.kind == .put ? .endpointPut : .endpointDropped
        case .domain(.queue(let record)): record.recordType
        case .domain(.trend(let record)): record.recordType
        }
    }

    /// Appends the payload after the stamp.
    func encode(into output: inout OutputSpan<UInt8>) {
        switch self {
        case .banned(let ban), .claimed(let ban): ban.encode(into: &output)
        case .released(let release): release.encode(into: &output)
        case .claimConfirmed(let network, let source, let deadline, let uid):
            output.append(network)
            output.append(source, limit: Bounds.sourceBytes)
            output.append(littleEndian: deadline)
            output.append(littleEndian: uid)
        case .struck(let strike):
            if strike.isOwn {
                strike.encodeWhole(into: &output)
            } else {
                strike.encode(into: &output)
            }
        case .struckAt(let strike, let place):
            strike.encodeWhole(into: &output)
            place.encode(into: &output)
        case .claimedAt(let ban, let place):
            ban.encodeWhole(into: &output)
            place.encode(into: &output)
        case .counterCleared(let network, let counter, let reason, let uid):
            output.append(network)
            counter.encode(into: &output)
            output.append(littleEndian: reason.rawValue)
            output.append(littleEndian: uid)
        case .unbanned(let network, let reason, let uid),
            .strikesCleared(let network, let reason, let uid):
            output.append(network)
            output.append(littleEndian: reason.rawValue)
            output.append(littleEndian: uid)
        case .bansExpired(let mark, let announce):
            output.append(mark)
            output.append(littleEndian: UInt8(announce ? 1 : 0))
        case .bansExpiredMany(let count): output.append(littleEndian: count)
        case .strikesExpired(let mark): output.append(mark)
        case .clockSet(let offset, let step):
            output.append(littleEndian: offset)
            output.append(littleEndian: UInt8(step == nil ? 0 : 1))
            output.append(littleEndian: step ?? 0)
        case .rebased(let rebase):
            output.append(littleEndian: rebase.lastBoot)
            output.append(littleEndian: rebase.earlierOffset)
            output.append(littleEndian: rebase.boot)
            output.append(littleEndian: rebase.wall)
            output.append(littleEndian: rebase.bootID.high)
            output.append(littleEndian: rebase.bootID.low)
        case .noted(let note): note.encode(into: &output)
        case .confirmed(let network, let deadline, let uid):
            output.append(network)
            output.append(littleEndian: deadline)
            output.append(littleEndian: uid)
        case .remembered(let offense):
            output.append(offense.network)
            output.append(littleEndian: offense.count)
            output.append(littleEndian: offense.deadline)
        case .forgotten(let mark): output.append(mark)
        case .domain(.list(let record)): record.encode(into: &output)
        case .domain(.service(let record)): record.encode(into: &output)
        case .domain(.place(let place)): place.encode(into: &output)
        case .domain(.work(let record)): record.encode(into: &output)
        case .domain(.incident(let record)): record.encode(into: &output)
        case .domain(.cost(let record)): record.encode(into: &output)
        case .domain(.endpoint(let record)): record.encode(into: &output)
        case .domain(.queue(let record)): record.encode(into: &output)
        case .domain(.trend(let record)): record.encode(into: &output)
        }
    }

    /// Reads the payload after the stamp.  Trailing bytes are an error for the caller to raise.
    static func decode(
        _ type: RecordType, _ cursor: inout PayloadCursor, _ bytes: Span<UInt8>
    ) throws(StoreFault) -> Change {
        switch type {
        case .banned: return .banned(try Ban(&cursor, bytes, isPlain: true))
        case .bannedSpecially: return .banned(try Ban(&cursor, bytes, isPlain: false))
        case .claimed: return .claimed(try Ban(&cursor, bytes, isPlain: true))
        case .claimedSpecially: return .claimed(try Ban(&cursor, bytes, isPlain: false))
        case .released: return .released(try ClaimRelease(&cursor, bytes))
        case .claimConfirmed: return try claimConfirmed(&cursor, bytes)
        case .struck: return .struck(try Strike(&cursor, bytes))
        case .struckOwn: return .struck(try Strike(whole: &cursor, bytes))
        case .struckAt:
            return .struckAt(try Strike(whole: &cursor, bytes), try Place(&cursor, bytes))
        case .claimedAt:
            return .claimedAt(
                try Ban(&cursor, bytes, isPlain: false), try Place(&cursor, bytes))
        case .counterCleared:
            return .counterCleared(
                try cursor.network(bytes), try StrikeCounter(&cursor, bytes),
                try cursor.clearReason(bytes), uid: try cursor.number(bytes))
        case .unbanned:
            return .unbanned(
                try cursor.network(bytes), try cursor.clearReason(bytes),
                uid: try cursor.number(bytes))
        case .strikesCleared:
            return .strikesCleared(
                try cursor.network(bytes), try cursor.clearReason(bytes),
                uid: try cursor.number(bytes))
        case .bansExpired:
            return .bansExpired(try cursor.mark(bytes), announce: try cursor.flag(bytes))
        case .bansExpiredMany: return .bansExpiredMany(count: try cursor.number(bytes))
        case .strikesExpired: return .strikesExpired(try cursor.mark(bytes))
        case .clockSet: return try clockSet(&cursor, bytes)
        case .rebased: return .rebased(try Rebase(&cursor, bytes))
        case .confirmed:
            return .confirmed(
                try cursor.network(bytes), deadline: try cursor.deadlineOrNever(bytes),
                uid: try cursor.number(bytes))
        case .remembered: return .remembered(try Offense(&cursor, bytes))
        case .forgotten: return .forgotten(try cursor.mark(bytes))
        case .noted: return .noted(try Note(&cursor, bytes))
        case .placed: return .domain(.place(try Place(&cursor, bytes)))
        case .listChunk: return .list(.chunk(try ListChunk(&cursor, bytes)))
        case .listCommitted: return .list(.committed(try ListCommit(&cursor, bytes)))
        case .listDropped: return .list(.dropped(try ListDrop(&cursor, bytes)))
        case .listExpired: return .list(.expired(try ListEnd(&cursor, bytes)))
        case .observed, .alerted, .rebaselined, .gateHeld, .gateOverridden, .gateOverrideEnded,
            .objectiveDropped:
            return .service(try service(type, &cursor, bytes))
        case .workPut, .workTaken, .workBegun, .workReleased, .workRetried, .workEnded, .workUnsure,
            .workKind, .workDoubted, .workForgotten:
            return .work(try WorkRecord(type, &cursor, bytes))
        case .incidentPut, .incidentDropped, .incidentRepeated, .incidentNotePut,
            .incidentNoteDropped, .incidentEvidencePut, .incidentEvidenceDropped, .silencePut,
            .silenceDropped, .silenced, .incidentMarked:
            return .incident(try IncidentRecord(type, &cursor, bytes))
        case .costReserved, .costClosed, .costCorrected, .costSpent, .costForgotten, .costCapSet,
            .costAlerted, .costModelDropped:
            return .cost(try CostRecord(type, &cursor, bytes))
        case .endpointPut: return .endpoint(try EntityRecord(.put, &cursor, bytes))
        case .endpointDropped: return .endpoint(try EntityRecord(.drop, &cursor, bytes))
        case .queuePut, .queueDropped: return .domain(.queue(try QueueRecord(type, &cursor, bytes)))
        case .trendPut, .trendDropped: return .domain(.trend(try TrendRecord(type, &cursor, bytes)))
        case .mark: throw cursor.malformed("a mark is not a change")
        }
    }

    private static func claimConfirmed(
        _ cursor: inout PayloadCursor, _ bytes: Span<UInt8>
    ) throws(StoreFault) -> Change {
        .claimConfirmed(
            try cursor.network(bytes),
            source: try cursor.string(limit: Bounds.sourceBytes, bytes),
            deadline: try cursor.deadlineOrNever(bytes), uid: try cursor.number(bytes))
    }

    private static func service(
        _ type: RecordType, _ cursor: inout PayloadCursor, _ bytes: Span<UInt8>
    ) throws(StoreFault) -> ServiceRecord {
        switch type {
        case .observed: return .observed(try ObservedDelta(&cursor, bytes))
        case .alerted: return .alerted(try AlertChange(&cursor, bytes))
        case .rebaselined: return .rebaselined(try Rebaseline(&cursor, bytes))
        case .gateHeld: return .gateHeld(try GateChange(&cursor, bytes))
        case .gateOverridden: return .gateOverridden(try GateOverride(&cursor, bytes))
        case .gateOverrideEnded:
            return .gateOverrideEnded(uid: try cursor.optionalUID(bytes))
        case .objectiveDropped: return .objectiveDropped(try cursor.objective(bytes))
        default: throw cursor.malformed("not a record of objectives")
        }
    }

    private static func clockSet(
        _ cursor: inout PayloadCursor, _ bytes: Span<UInt8>
    ) throws(StoreFault) -> Change {
        let offset = try cursor.wallMilliseconds(bytes)
        let isStep = try cursor.flag(bytes)
        let step = try cursor.number(Int64.self, bytes)
        return .clockSet(offset: offset, step: isStep ? step : nil)
    }
}

extension PayloadCursor {
    /// A flag, and a user where it is set.
    fileprivate mutating func optionalUID(_ bytes: Span<UInt8>) throws(StoreFault) -> UInt32? {
        let isThere = try flag(bytes)
        let uid = try number(UInt32.self, bytes)
        return isThere ? uid : nil
    }
}

extension Offense {
    fileprivate init(_ cursor: inout PayloadCursor, _ bytes: Span<UInt8>) throws(StoreFault) {
        self.init(
            network: try cursor.network(bytes), count: try cursor.number(bytes),
            deadline: try cursor.deadline(bytes))
    }
}
