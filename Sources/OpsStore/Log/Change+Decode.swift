// The payload of a log record as a change again: the exact inverse of Change+Encode.

import OpsCore

extension Ban {
    init(
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
    init(_ cursor: inout PayloadCursor, _ bytes: Span<UInt8>) throws(StoreFault) {
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
    init(_ cursor: inout PayloadCursor, _ bytes: Span<UInt8>) throws(StoreFault) {
        self.init(
            lastBoot: try cursor.bootMilliseconds(bytes),
            earlierOffset: try cursor.wallMilliseconds(bytes),
            boot: try cursor.bootMilliseconds(bytes), wall: try cursor.wallMilliseconds(bytes),
            bootID: BootID(high: try cursor.number(bytes), low: try cursor.number(bytes)))
    }
}

extension Note {
    init(_ cursor: inout PayloadCursor, _ bytes: Span<UInt8>) throws(StoreFault) {
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
