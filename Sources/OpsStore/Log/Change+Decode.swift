// The payload of a log record as a change again: the exact inverse of Change+Encode.

import OpsCore

extension Change {
    /// Reads the payload behind the stamp.  Trailing bytes are an error for the caller to raise.
    static func decode(
        _ type: RecordType, _ cursor: inout PayloadCursor, _ bytes: Span<UInt8>
    ) throws(StoreFault) -> Change {
        switch type {
        case .banned: return .banned(try Ban(&cursor, bytes, isPlain: true))
        case .bannedSpecially: return .banned(try Ban(&cursor, bytes, isPlain: false))
        case .struck: return .struck(try Strike(&cursor, bytes))
        case .unbanned:
            return .unbanned(
                try cursor.network(bytes), try cursor.lifting(bytes),
                uid: try cursor.number(bytes))
        case .strikesCleared:
            return .strikesCleared(
                try cursor.network(bytes), try cursor.lifting(bytes),
                uid: try cursor.number(bytes))
        case .bansExpired:
            return .bansExpired(try cursor.mark(bytes), announce: try cursor.flag(bytes))
        case .bansExpiredMany: return .bansExpiredMany(count: try cursor.number(bytes))
        case .strikesExpired: return .strikesExpired(try cursor.mark(bytes))
        case .clockSet:
            let offset = try cursor.wallMilliseconds(bytes)
            let isStep = try cursor.flag(bytes)
            let step = try cursor.number(Int64.self, bytes)
            return .clockSet(offset: offset, step: isStep ? step : nil)
        case .rebased: return .rebased(try Rebase(&cursor, bytes))
        case .confirmed:
            return .confirmed(
                try cursor.network(bytes), deadline: try cursor.deadlineOrNever(bytes),
                uid: try cursor.number(bytes))
        case .remembered:
            return .remembered(
                Offense(
                    network: try cursor.network(bytes), count: try cursor.number(bytes),
                    deadline: try cursor.deadline(bytes)))
        case .forgotten: return .forgotten(try cursor.mark(bytes))
        case .noted: return .noted(try Note(&cursor, bytes))
        case .observed: return .observed(try ObservedDelta(&cursor, bytes))
        case .alerted: return .alerted(try AlertChange(&cursor, bytes))
        case .rebaselined: return .rebaselined(try Rebaseline(&cursor, bytes))
        case .gateHeld: return .gateHeld(try GateChange(&cursor, bytes))
        case .gateOverridden: return .gateOverridden(try GateOverride(&cursor, bytes))
        case .gateOverrideEnded:
            let hasUID = try cursor.flag(bytes)
            let uid = try cursor.number(UInt32.self, bytes)
            return .gateOverrideEnded(uid: hasUID ? uid : nil)
        case .objectiveDropped: return .objectiveDropped(try cursor.objective(bytes))
        case .listChunk: return .listChunk(try ListChunk(&cursor, bytes))
        case .listCommitted: return .listCommitted(try ListCommit(&cursor, bytes))
        case .listDropped: return .listDropped(try ListDrop(&cursor, bytes))
        case .listExpired: return .listExpired(try ListEnd(&cursor, bytes))
        case .mark: throw cursor.malformed("a mark is no change")
        }
    }
}

extension Ban {
    fileprivate init(
        _ cursor: inout PayloadCursor, _ bytes: Span<UInt8>, isPlain: Bool
    ) throws(StoreFault) {
        let network = try cursor.network(bytes)
        let deadline = try cursor.deadlineOrNever(bytes)
        let created = try cursor.number(UInt32.self, bytes)
        let uid = try cursor.number(UInt32.self, bytes)
        let start = cursor
        let traits = BanTraits(rawValue: try cursor.number(bytes))
        let known: BanTraits = isPlain ? .automatic : .known
        guard traits.rawValue & ~known.rawValue == 0 else {
            throw StoreFault(
                isPlain ? .damaged : .newer, "unknown traits of a ban, \(traits.rawValue)",
                offset: start.at)
        }
        self.init(
            network: network, deadline: deadline, created: created,
            reason: try cursor.string(limit: Bounds.reasonBytes, bytes),
            source: try cursor.string(limit: Bounds.sourceBytes, bytes),
            uid: uid, traits: traits)
        if isPlain { return }
        let isUnconfirmed = try cursor.flag(bytes)
        if isUnconfirmed {
            confirmedDeadline = try cursor.deadlineOrNever(bytes)
        } else {
            _ = try cursor.number(Int64.self, bytes)
        }
    }
}

extension Strike {
    fileprivate init(_ cursor: inout PayloadCursor, _ bytes: Span<UInt8>) throws(StoreFault) {
        let network = try cursor.network(bytes)
        let deadline = try cursor.deadline(bytes)
        let at = try cursor.number(UInt32.self, bytes)
        let weight = try cursor.number(UInt16.self, bytes)
        let uid = try cursor.number(UInt32.self, bytes)
        self.init(
            network: network, deadline: deadline, at: at, weight: weight,
            reason: try cursor.string(limit: Bounds.reasonBytes, bytes),
            source: try cursor.string(limit: Bounds.sourceBytes, bytes), uid: uid)
    }
}

extension Rebase {
    fileprivate init(_ cursor: inout PayloadCursor, _ bytes: Span<UInt8>) throws(StoreFault) {
        self.init(
            lastBoot: try cursor.bootMilliseconds(bytes),
            earlierOffset: try cursor.wallMilliseconds(bytes),
            boot: try cursor.bootMilliseconds(bytes), wall: try cursor.wallMilliseconds(bytes),
            bootID: BootID(high: try cursor.number(bytes), low: try cursor.number(bytes)))
    }
}

extension Note {
    fileprivate init(_ cursor: inout PayloadCursor, _ bytes: Span<UInt8>) throws(StoreFault) {
        let start = cursor
        let kind = try cursor.string(limit: RecordFormat.kindBytes, bytes)
        let severity = try cursor.string(limit: RecordFormat.kindBytes, bytes)
        guard let knownKind = EventKind(rawValue: kind) else {
            throw StoreFault(.newer, "unknown kind of event \"\(kind)\"", offset: start.at)
        }
        guard let knownSeverity = Severity(rawValue: severity) else {
            throw StoreFault(.newer, "unknown severity \"\(severity)\"", offset: start.at)
        }
        let hasUID = try cursor.flag(bytes)
        let uid = try cursor.number(UInt32.self, bytes)
        let details = try cursor.string(limit: RecordFormat.detailsBytes, bytes)
        self.init(knownKind, knownSeverity, details, uid: hasUID ? uid : nil)
    }
}
