// Bans and strikes as payloads of the log: encoding and its exact inverse, side by side.

import OpsCore

extension Ban {
    /// Whether a record of type `banned` says all about it.
    var isPlain: Bool { traits.isSubset(of: .automatic) && confirmedDeadline == nil }

    func encode(into output: inout OutputSpan<UInt8>) {
        output.append(network)
        output.append(littleEndian: deadline)
        output.append(littleEndian: created)
        output.append(littleEndian: uid)
        output.append(littleEndian: traits.rawValue)
        output.append(reason, limit: Bounds.reasonBytes)
        output.append(source, limit: Bounds.sourceBytes)
        if !isPlain { encodeConfirmation(into: &output) }
    }

    /// Everything, plain or not.
    func encodeWhole(into output: inout OutputSpan<UInt8>) {
        encode(into: &output)
        if isPlain { encodeConfirmation(into: &output) }
    }

    private func encodeConfirmation(into output: inout OutputSpan<UInt8>) {
        output.append(littleEndian: UInt8(confirmedDeadline == nil ? 0 : 1))
        output.append(littleEndian: confirmedDeadline ?? 0)
    }

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

extension ClaimRelease {
    func encode(into output: inout OutputSpan<UInt8>) {
        output.append(network)
        output.append(source, limit: Bounds.sourceBytes)
        output.append(littleEndian: reason.rawValue)
        output.append(littleEndian: uid)
        output.append(littleEndian: UInt8(forgets ? 1 : 0))
    }

    init(_ cursor: inout PayloadCursor, _ bytes: Span<UInt8>) throws(StoreFault) {
        self.init(
            try cursor.network(bytes),
            source: try cursor.string(limit: Bounds.sourceBytes, bytes),
            try cursor.clearReason(bytes), uid: try cursor.number(bytes),
            forgets: try cursor.flag(bytes))
    }
}

extension StrikeCounter {
    func encode(into output: inout OutputSpan<UInt8>) {
        switch self {
        case .shared:
            output.append(littleEndian: UInt8(0))
            output.append("", limit: 0)
        case .own(let source):
            output.append(littleEndian: UInt8(1))
            output.append(source, limit: Bounds.sourceBytes)
        }
    }

    init(_ cursor: inout PayloadCursor, _ bytes: Span<UInt8>) throws(StoreFault) {
        let isOwn = try cursor.flag(bytes)
        let source = try cursor.string(limit: Bounds.sourceBytes, bytes)
        self = isOwn ? .own(source) : .shared
    }
}

extension Strike {
    /// With what the first record type does not say.
    func encodeWhole(into output: inout OutputSpan<UInt8>) {
        encode(into: &output)
        output.append(littleEndian: UInt8(isOwn ? 1 : 0))
    }

    init(whole cursor: inout PayloadCursor, _ bytes: Span<UInt8>) throws(StoreFault) {
        try self.init(&cursor, bytes)
        isOwn = try cursor.flag(bytes)
    }

    func encode(into output: inout OutputSpan<UInt8>) {
        output.append(network)
        output.append(littleEndian: deadline)
        output.append(littleEndian: at)
        output.append(littleEndian: weight)
        output.append(littleEndian: uid)
        output.append(reason, limit: Bounds.reasonBytes)
        output.append(source, limit: Bounds.sourceBytes)
    }

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
