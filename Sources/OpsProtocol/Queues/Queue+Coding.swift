// Queues as they are kept: in records of the log and lines of a snapshot.  Times are those of the
// state.  How they are shown is in QueueReply+JSON.swift.

package import OpsCore

extension Queue: CodedEntity {
    /// The name of the first member.
    package static var word: StaticString { "queue" }

    /// The name.
    package static func write(_ id: QueueName, to json: inout JSONWriter) {
        json.string(id.description)
    }

    /// The name.
    package static func readID(_ members: inout EntityMembers) throws(EntityFault) -> QueueName {
        let text = try members.text("queue", limitBytes: QueueName.limitBytes)
        guard let name = QueueName(text) else { throw EntityFault("queue: not a name") }
        return name
    }

    /// Members that have their usual value are left out.
    package func writeMembers(to json: inout JSONWriter) {
        json.member("uid", integer: uid)
        json.member("depth", integer: depth)
        if let head { json.member("head_ms", integer: head) }
        if let processed { json.list("processed", processed.numbers) { $0.integer($1) } }
        if let failed { json.list("failed", failed.numbers) { $0.integer($1) } }
        json.member("reported_ms", integer: reported)
        json.member("stored_ms", integer: stored)
        json.member("progress_ms", integer: progress)
        if let busy { json.member("busy_ms", integer: busy) }
        if isSilent { json.member("silent", true) }
        json.list("points", points) { $1.write(to: &$0) }
        let told = QueuePromise.allCases.filter { verdicts[$0] != nil }
        json.list("verdicts", told) { self[$1].write($1, to: &$0) }
    }

    /// Reads what `writeMembers` writes.
    package init(id: QueueName, _ members: inout EntityMembers) throws(EntityFault) {
        self.init(
            id: id, uid: try members.integer("uid"), at: try members.bootTime("reported_ms"))
        depth = try members.integer("depth")
        head = try members.bootTime(ifThere: "head_ms")
        processed = try QueueCounter("processed", &members)
        failed = try QueueCounter("failed", &members)
        stored = try members.bootTime("stored_ms")
        progress = try members.bootTime("progress_ms")
        busy = try members.bootTime(ifThere: "busy_ms")
        isSilent = try members.bool(ifThere: "silent") ?? false
        points = try members.list("points", QueuePoint.init(reading:_:))
        guard points.count <= QueueBounds.points else { throw EntityFault("points: too many") }
        let list = try members.list("verdicts", QueueVerdict.read)
        for (promise, verdict) in list { self[promise] = verdict }
    }
}

extension QueueCounter {
    /// `[reported, total]`
    fileprivate var numbers: [UInt64] { [reported, total] }

    fileprivate init?(
        _ name: String, _ members: inout EntityMembers
    ) throws(EntityFault) {
        let numbers = try members.list(name) { (json, bytes) throws(JSONFault) in
            try json.integer(UInt64.self, bytes)
        }
        if numbers.isEmpty { return nil }
        guard numbers.count >= 2 else { throw EntityFault("\(name): expected two numbers") }
        self.init(reported: numbers[0], total: numbers[1])
    }
}

extension QueuePoint {
    /// `[123456,17,null]`
    fileprivate func write(to json: inout JSONWriter) {
        json.array { json in
            json.integer(at)
            for total in [processed, failed] {
                if let total { json.integer(total) } else { json.null() }
            }
        }
    }

    fileprivate init(
        reading json: inout JSONReader, _ bytes: Span<UInt8>
    ) throws(JSONFault) {
        try json.beginArray(bytes)
        let at = try json.bootElement(bytes)
        let processed: UInt64? = try json.optionalElement(bytes)
        let failed: UInt64? = try json.optionalElement(bytes)
        try json.endArray(bytes)
        self.init(at: at, processed: processed, failed: failed)
    }
}

extension QueueVerdict {
    /// `["depth","good","bad",123456]`
    fileprivate func write(_ promise: QueuePromise, to json: inout JSONWriter) {
        json.array { json in
            json.string(promise.rawValue)
            json.string(state.rawValue)
            if let other { json.string(other.rawValue) } else { json.null() }
            json.integer(otherSince)
        }
    }

    fileprivate static func read(
        _ json: inout JSONReader, _ bytes: Span<UInt8>
    ) throws(JSONFault) -> (QueuePromise, QueueVerdict) {
        try json.beginArray(bytes)
        let promise: QueuePromise = try json.element(bytes)
        let state: QueueState = try json.element(bytes)
        try json.requireElement(bytes)
        let other: QueueState? = try json.isNull(bytes) ? nil : try json.word(bytes)
        let since = try json.bootElement(bytes)
        try json.endArray(bytes)
        return (promise, QueueVerdict(state, other: other, since: since))
    }
}

extension JSONReader {
    /// The next element, a whole number or null.
    fileprivate mutating func optionalElement<Value: FixedWidthInteger>(
        _ bytes: Span<UInt8>
    ) throws(JSONFault) -> Value? {
        try requireElement(bytes)
        return try isNull(bytes) ? nil : try integer(Value.self, bytes)
    }

    /// The next element, milliseconds of boot time.
    fileprivate mutating func bootElement(_ bytes: Span<UInt8>) throws(JSONFault) -> Int64 {
        try requireElement(bytes)
        let start = offset
        let time = try integer(Int64.self, bytes)
        guard time.magnitude <= UInt64(Bounds.deadlineMilliseconds.upperBound) else {
            throw JSONFault(start, "not a time")
        }
        return time
    }
}

extension EntityMembers {
    /// Milliseconds of boot time; nil: the member is missing or null.
    fileprivate mutating func bootTime(ifThere name: String) throws(EntityFault) -> Int64? {
        guard let time: Int64 = try integer(ifThere: name) else { return nil }
        guard time.magnitude <= UInt64(Bounds.deadlineMilliseconds.upperBound) else {
            throw EntityFault("\(name): \(time) is not a time")
        }
        return time
    }
}
