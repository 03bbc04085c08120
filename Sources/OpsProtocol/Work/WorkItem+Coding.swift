// Items and kinds of work as JSON: lines of a snapshot.  Replies show less of them, and in words;
// see `WorkReply+JSON.swift`.

package import OpsCore

extension WorkItem: CodedEntity {
    /// The first member of its line.
    package static var word: StaticString { "work" }

    /// Writes the value of that member.
    package static func write(_ id: UInt64, to json: inout JSONWriter) { json.integer(id) }

    /// Reads it.
    package static func readID(_ members: inout EntityMembers) throws(EntityFault) -> UInt64 {
        try members.number("work")
    }

    /// A deadline is written as such where the item ends by it: not while somebody has it.
    private static func deadlineName(_ stage: WorkStage) -> StaticString {
        switch stage {
        case .ready, .ended: "deadline_ms"
        case .leased, .begun, .unsure: "expires_ms"
        }
    }

    /// Writes the other members.
    package func writeMembers(to json: inout JSONWriter) {
        json.member("kind", text: kind)
        json.member("key", text: key)
        json.member("payload", text: payload)
        json.member("urgent", isUrgent)
        json.member("created", integer: created)
        json.key(Self.deadlineName(stage))
        if deadline == Ban.never { json.null() } else { json.integer(deadline) }
        json.member("stage", text: stage.name)
        switch stage {
        case .ready(let notBefore): json.member("not_before_ms", integer: notBefore)
        case .leased, .begun: break
        case .unsure(let since): json.member("since", integer: since)
        case .ended(_, let at):
            json.member("ended", integer: at)
            json.key("end_number")
            json.integer(endNumber)
        }
        json.key("taken")
        json.integer(taken)
        json.key("failures")
        json.integer(failures)
        json.member("may_repeat", mayRepeat)
        if let lease {
            json.member("token", text: WorkToken.text(lease.token))
            json.key("uid")
            json.integer(lease.uid)
            json.member("lease_ms", integer: lease.milliseconds)
        }
        if !receipt.isEmpty { json.member("receipt", text: receipt) }
        if !error.isEmpty { json.member("error", text: error) }
        if attempts.isEmpty { return }
        json.key("attempts")
        json.array { json in
            for attempt in attempts { json.object { attempt.writeCoded(to: &$0) } }
        }
    }

    /// Reads the other members.
    package init(id: UInt64, _ members: inout EntityMembers) throws(EntityFault) {
        let stage = try WorkStage(&members)
        let deadline = String(describing: Self.deadlineName(stage))
        self.init(
            id: id, kind: try members.text("kind", limitBytes: WorkBounds.kindBytes),
            key: try members.text("key", limitBytes: WorkBounds.keyBytes),
            payload: try members.text("payload", limitBytes: WorkBounds.payloadBytes),
            isUrgent: try members.bool("urgent"), created: try members.seconds("created"),
            deadline: try members.deadline(deadline), stage: stage)
        if !stage.isOpen { endNumber = try members.number("end_number") }
        taken = try members.integer("taken")
        failures = try members.integer("failures")
        mayRepeat = try members.bool("may_repeat")
        if let token = try members.text(ifThere: "token") {
            guard let token = WorkToken.parse(token) else {
                throw EntityFault("token: expected 16 hexadecimal digits")
            }
            lease = WorkLease(
                token: token, uid: try members.integer("uid"),
                milliseconds: try members.length("lease_ms"))
        }
        receipt =
            try members.text(ifThere: "receipt", limitBytes: WorkBounds.receiptBytes) ?? ""
        error = try members.text(ifThere: "error", limitBytes: WorkBounds.errorBytes) ?? ""
        for var attempt in try members.objects(ifThere: "attempts")
            .prefix(WorkBounds.attempts)
        {
            attempts.append(try WorkAttempt(&attempt))
        }
    }
}

extension WorkStage {
    fileprivate init(_ members: inout EntityMembers) throws(EntityFault) {
        let name = try members.text("stage")
        switch name {
        case "ready":
            self = .ready(notBefore: try members.deadline("not_before_ms"))
        case "leased": self = .leased
        case "begun": self = .begun
        case "unsure": self = .unsure(since: try members.seconds("since"))
        default:
            guard let end = WorkEnd(rawValue: name) else {
                throw EntityFault("stage: unknown: \(name)")
            }
            self = .ended(end, at: try members.seconds("ended"))
        }
    }
}

extension WorkAttempt {
    fileprivate func writeCoded(to json: inout JSONWriter) {
        json.key("number")
        json.integer(number)
        json.key("uid")
        json.integer(uid)
        json.member("taken", integer: taken)
        json.member("begun", integer: begun)
        json.member("ended", integer: ended)
        if let outcome { json.member("outcome", text: outcome.rawValue) }
        if !error.isEmpty { json.member("error", text: error) }
    }

    fileprivate init(_ members: inout EntityMembers) throws(EntityFault) {
        self.init(
            number: try members.integer("number"), uid: try members.integer("uid"),
            taken: try members.seconds("taken"))
        begun = try members.seconds(ifThere: "begun")
        ended = try members.seconds(ifThere: "ended")
        if let name = try members.text(ifThere: "outcome") {
            guard let outcome = WorkOutcome(rawValue: name) else {
                throw EntityFault("outcome: unknown: \(name)")
            }
            self.outcome = outcome
        }
        error = try members.text(ifThere: "error", limitBytes: WorkBounds.errorBytes) ?? ""
    }
}

extension WorkKindState: CodedEntity {
    /// The first member of its line.
    package static var word: StaticString { "work_kind" }

    /// Writes the value of that member.
    package static func write(_ id: String, to json: inout JSONWriter) { json.string(id) }

    /// Reads it.
    package static func readID(_ members: inout EntityMembers) throws(EntityFault) -> String {
        try members.text("work_kind", limitBytes: WorkBounds.kindBytes)
    }

    /// Writes the other members.
    package func writeMembers(to json: inout JSONWriter) {
        json.member("held", isHeld)
        json.member("parked_since", integer: parkedSince)
        json.member("next_probe_ms", integer: nextProbe)
        json.member("limited_until_ms", integer: limitedUntil)
        json.key("failures")
        json.integer(failures)
        json.member("last_success", integer: lastSuccess)
        json.member("last_failure", integer: lastFailure)
        json.member("last_error", text: lastError)
    }

    /// Reads the other members.
    package init(id: String, _ members: inout EntityMembers) throws(EntityFault) {
        self.init(id)
        isHeld = try members.bool("held")
        parkedSince = try members.seconds(ifThere: "parked_since")
        nextProbe = try members.deadline("next_probe_ms")
        limitedUntil = try members.deadline("limited_until_ms")
        failures = try members.integer("failures")
        lastSuccess = try members.seconds(ifThere: "last_success")
        lastFailure = try members.seconds(ifThere: "last_failure")
        lastError = try members.text("last_error", limitBytes: WorkBounds.errorBytes)
    }
}

extension WorkLastNumber: CodedEntity {
    /// The first member of its line.
    package static var word: StaticString { "work_last" }

    /// Writes the value of that member.
    package static func write(_ id: UInt64, to json: inout JSONWriter) { json.integer(id) }

    /// Reads it.
    package static func readID(_ members: inout EntityMembers) throws(EntityFault) -> UInt64 {
        try members.number("work_last")
    }

    /// Writes the other members.
    package func writeMembers(to json: inout JSONWriter) {}

    /// Reads the other members.
    package init(id: UInt64, _ members: inout EntityMembers) throws(EntityFault) {
        self.init(id)
    }
}

/// The token of a lease as text: 16 hexadecimal digits.
package enum WorkToken {
    /// The token in lower case.
    package static func text(_ token: UInt64) -> String {
        let digits = String(token, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }

    /// nil: it is not 16 hexadecimal digits in lower case.
    package static func parse(_ text: String) -> UInt64? {
        guard text.utf8.count == 16,
            text.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
        else { return nil }
        return UInt64(text, radix: 16)
    }
}

extension EntityMembers {
    /// A number that counts up: what follows it fits too.
    fileprivate mutating func number(_ name: String) throws(EntityFault) -> UInt64 {
        let number: UInt64 = try integer(name)
        guard number <= UInt64(Int64.max) else {
            throw EntityFault("\(name): \(number) is out of range")
        }
        return number
    }

    /// A wall clock time, seconds since 1970.
    fileprivate mutating func seconds(_ name: String) throws(EntityFault) -> Int64 {
        guard let seconds = try seconds(ifThere: name) else {
            throw EntityFault("\(name) is missing")
        }
        return seconds
    }

    fileprivate mutating func seconds(ifThere name: String) throws(EntityFault) -> Int64? {
        guard let seconds: Int64 = try integer(ifThere: name) else { return nil }
        guard Bounds.wallMilliseconds.contains(seconds) else {
            throw EntityFault("\(name): \(seconds) is not a time")
        }
        return seconds
    }

    /// How long something lasts, milliseconds.
    fileprivate mutating func length(_ name: String) throws(EntityFault) -> Int64 {
        let length: Int64 = try integer(name)
        guard (0...Bounds.lifetimeMilliseconds).contains(length) else {
            throw EntityFault("\(name): \(length) is out of range")
        }
        return length
    }
}
