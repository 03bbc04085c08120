// Records of work as payloads, and their exact inverse, side by side.  Only `put` carries what the
// item is about.

import OpsCore

extension WorkRecord {
    var recordType: RecordType {
        switch self {
        case .put: .workPut
        case .taken: .workTaken
        case .begun: .workBegun
        case .released: .workReleased
        case .retried: .workRetried
        case .ended: .workEnded
        case .unsure: .workUnsure
        case .kind: .workKind
        case .doubted: .workDoubted
        case .forgotten: .workForgotten
        }
    }

    /// Appends the payload after the stamp.
    func encode(into output: inout OutputSpan<UInt8>) {
        switch self {
        case .put(let put): put.encode(into: &output)
        case .taken(let taken):
            output.append(littleEndian: taken.id)
            output.append(littleEndian: taken.lease.token)
            output.append(littleEndian: taken.lease.uid)
            output.append(littleEndian: taken.lease.milliseconds)
            output.append(littleEndian: taken.number)
        case .begun(let id), .doubted(let id), .forgotten(let id):
            output.append(littleEndian: id)
        case .released(let release):
            output.append(littleEndian: release.id)
            output.append(littleEndian: release.notBefore)
            output.append(release.outcome)
            output.append(littleEndian: UInt8(release.mayRepeat ? 1 : 0))
        case .retried(let retry): retry.encode(into: &output)
        case .ended(let ending): ending.encode(into: &output)
        case .unsure(let doubt):
            output.append(littleEndian: doubt.id)
            output.append(doubt.kind, limit: WorkBounds.kindBytes)
            output.append(doubt.outcome)
            output.append(doubt.error, limit: WorkBounds.errorBytes)
        case .kind(let change):
            output.append(change.kind, limit: WorkBounds.kindBytes)
            output.append(littleEndian: UInt8(change.isHeld ? 1 : 0))
            output.append(littleEndian: change.uid)
        }
    }
}

extension WorkRecord {
    /// Reads the payload after the stamp, of one of the types of work.
    init(
        _ type: RecordType, _ cursor: inout PayloadCursor, _ bytes: Span<UInt8>
    ) throws(StoreFault) {
        switch type {
        case .workPut: self = .put(try WorkPut(&cursor, bytes))
        case .workTaken: self = .taken(try WorkTaken(&cursor, bytes))
        case .workBegun: self = .begun(id: try cursor.workNumber(bytes))
        case .workReleased: self = .released(try WorkRelease(&cursor, bytes))
        case .workRetried: self = .retried(try WorkRetry(&cursor, bytes))
        case .workEnded: self = .ended(try WorkEnding(&cursor, bytes))
        case .workUnsure: self = .unsure(try WorkDoubt(&cursor, bytes))
        case .workKind: self = .kind(try WorkKindChange(&cursor, bytes))
        case .workDoubted: self = .doubted(through: try cursor.workNumber(bytes))
        case .workForgotten: self = .forgotten(through: try cursor.workNumber(bytes))
        default: throw cursor.malformed("not a record of work")
        }
    }
}

extension WorkPut {
    func encode(into output: inout OutputSpan<UInt8>) {
        output.append(littleEndian: id)
        output.append(littleEndian: created)
        output.append(littleEndian: notBefore)
        output.append(littleEndian: expires)
        output.append(littleEndian: supersedes)
        output.append(littleEndian: UInt8(isUrgent ? 1 : 0))
        output.append(kind, limit: WorkBounds.kindBytes)
        output.append(key, limit: WorkBounds.keyBytes)
        output.append(payload, limit: WorkBounds.payloadBytes)
    }

    init(_ cursor: inout PayloadCursor, _ bytes: Span<UInt8>) throws(StoreFault) {
        let id = try cursor.workNumber(bytes)
        let created = try cursor.wallMilliseconds(bytes)
        let notBefore = try cursor.deadline(bytes)
        let expires = try cursor.deadline(bytes)
        let supersedes = try cursor.workNumber(bytes)
        let isUrgent = try cursor.flag(bytes)
        self.init(
            id: id, kind: try cursor.string(limit: WorkBounds.kindBytes, bytes),
            key: try cursor.string(limit: WorkBounds.keyBytes, bytes),
            payload: try cursor.string(limit: WorkBounds.payloadBytes, bytes),
            isUrgent: isUrgent, created: created, notBefore: notBefore, expires: expires,
            supersedes: supersedes)
    }
}

extension WorkTaken {
    init(_ cursor: inout PayloadCursor, _ bytes: Span<UInt8>) throws(StoreFault) {
        let id = try cursor.workNumber(bytes)
        let token = try cursor.number(UInt64.self, bytes)
        let uid = try cursor.number(UInt32.self, bytes)
        let milliseconds = try cursor.workLength(bytes)
        self.init(
            id: id, lease: WorkLease(token: token, uid: uid, milliseconds: milliseconds),
            number: try cursor.number(bytes))
    }
}

extension WorkRelease {
    init(_ cursor: inout PayloadCursor, _ bytes: Span<UInt8>) throws(StoreFault) {
        self.init(
            id: try cursor.workNumber(bytes), notBefore: try cursor.deadline(bytes),
            outcome: try cursor.workOutcome(bytes), mayRepeat: try cursor.flag(bytes))
    }
}

extension WorkRetry {
    func encode(into output: inout OutputSpan<UInt8>) {
        output.append(littleEndian: id)
        output.append(littleEndian: notBefore)
        output.append(littleEndian: limitedUntil)
        output.append(littleEndian: failures)
        output.append(littleEndian: kindFailures)
        output.append(littleEndian: UInt8(mayRepeat ? 1 : 0))
        output.append(littleEndian: UInt8(parks ? 1 : 0))
        output.append(outcome)
        output.append(kind, limit: WorkBounds.kindBytes)
        output.append(error, limit: WorkBounds.errorBytes)
    }

    init(_ cursor: inout PayloadCursor, _ bytes: Span<UInt8>) throws(StoreFault) {
        let id = try cursor.workNumber(bytes)
        let notBefore = try cursor.deadline(bytes)
        let limitedUntil = try cursor.deadline(bytes)
        let failures = try cursor.number(UInt32.self, bytes)
        let kindFailures = try cursor.number(UInt32.self, bytes)
        let mayRepeat = try cursor.flag(bytes)
        let parks = try cursor.flag(bytes)
        let outcome = try cursor.someWorkOutcome(bytes)
        self.init(
            id: id, kind: try cursor.string(limit: WorkBounds.kindBytes, bytes), outcome: outcome,
            notBefore: notBefore, failures: failures, kindFailures: kindFailures,
            mayRepeat: mayRepeat, limitedUntil: limitedUntil, parks: parks,
            error: try cursor.string(limit: WorkBounds.errorBytes, bytes))
    }
}

extension WorkEnding {
    func encode(into output: inout OutputSpan<UInt8>) {
        output.append(littleEndian: id)
        output.append(littleEndian: end.code)
        output.append(outcome)
        output.append(littleEndian: UInt8(resumes ? 1 : 0))
        output.append(littleEndian: UInt8(uid == nil ? 0 : 1))
        output.append(littleEndian: uid ?? 0)
        output.append(kind, limit: WorkBounds.kindBytes)
        output.append(receipt, limit: WorkBounds.receiptBytes)
        output.append(error, limit: WorkBounds.errorBytes)
    }

    init(_ cursor: inout PayloadCursor, _ bytes: Span<UInt8>) throws(StoreFault) {
        let id = try cursor.workNumber(bytes)
        let start = cursor
        let code = try cursor.number(UInt8.self, bytes)
        guard let end = WorkEnd(code: code) else {
            throw StoreFault(.newer, "unknown end \(code) of an item", offset: start.at)
        }
        let outcome = try cursor.workOutcome(bytes)
        let resumes = try cursor.flag(bytes)
        let hasUID = try cursor.flag(bytes)
        let uid = try cursor.number(UInt32.self, bytes)
        self.init(
            id: id, kind: try cursor.string(limit: WorkBounds.kindBytes, bytes), end,
            outcome: outcome, uid: hasUID ? uid : nil,
            receipt: try cursor.string(limit: WorkBounds.receiptBytes, bytes),
            error: try cursor.string(limit: WorkBounds.errorBytes, bytes), resumes: resumes)
    }
}

extension WorkDoubt {
    init(_ cursor: inout PayloadCursor, _ bytes: Span<UInt8>) throws(StoreFault) {
        let id = try cursor.workNumber(bytes)
        let kind = try cursor.string(limit: WorkBounds.kindBytes, bytes)
        let outcome = try cursor.someWorkOutcome(bytes)
        self.init(
            id: id, kind: kind, outcome: outcome,
            error: try cursor.string(limit: WorkBounds.errorBytes, bytes))
    }
}

extension WorkKindChange {
    init(_ cursor: inout PayloadCursor, _ bytes: Span<UInt8>) throws(StoreFault) {
        let kind = try cursor.string(limit: WorkBounds.kindBytes, bytes)
        let isHeld = try cursor.flag(bytes)
        self.init(kind, isHeld: isHeld, uid: try cursor.number(bytes))
    }
}

// MARK: - Numbers of words, for good

extension WorkEnd {
    fileprivate var code: UInt8 {
        switch self {
        case .done: 1
        case .failed: 2
        case .expired: 3
        case .cancelled: 4
        case .superseded: 5
        case .stale: 6
        }
    }

    fileprivate init?(code: UInt8) {
        guard let end = Self.allCases.first(where: { $0.code == code }) else { return nil }
        self = end
    }
}

extension WorkOutcome {
    fileprivate var code: UInt8 {
        switch self {
        case .done: 1
        case .neverSent: 2
        case .limited: 3
        case .maybeSent: 4
        case .permanent: 5
        case .stale: 6
        case .released: 7
        case .lost: 8
        }
    }
}

extension OutputSpan<UInt8> {
    /// 0: none.
    fileprivate mutating func append(_ outcome: WorkOutcome?) {
        append(littleEndian: outcome?.code ?? 0)
    }
}

extension PayloadCursor {
    /// A number that counts up: what follows it fits too.
    fileprivate mutating func workNumber(_ bytes: Span<UInt8>) throws(StoreFault) -> UInt64 {
        let start = self
        let number = try number(UInt64.self, bytes)
        guard number <= UInt64(Int64.max) else {
            throw start.malformed("\(number) is not the number of an item")
        }
        return number
    }

    /// How long a lease lasts, milliseconds.
    fileprivate mutating func workLength(_ bytes: Span<UInt8>) throws(StoreFault) -> Int64 {
        let start = self
        let length = try number(Int64.self, bytes)
        guard (0...Bounds.lifetimeMilliseconds).contains(length) else {
            throw start.malformed("\(length) is not the length of a lease")
        }
        return length
    }

    fileprivate mutating func workOutcome(
        _ bytes: Span<UInt8>
    ) throws(StoreFault) -> WorkOutcome? {
        let start = self
        let code = try number(UInt8.self, bytes)
        if code == 0 { return nil }
        guard let outcome = WorkOutcome.allCases.first(where: { $0.code == code }) else {
            throw StoreFault(.newer, "unknown outcome \(code) of an attempt", offset: start.at)
        }
        return outcome
    }

    fileprivate mutating func someWorkOutcome(
        _ bytes: Span<UInt8>
    ) throws(StoreFault) -> WorkOutcome {
        let start = self
        guard let outcome = try workOutcome(bytes) else {
            throw start.malformed("an attempt without an outcome")
        }
        return outcome
    }
}
