// What fills up as it is kept: in records of the log and lines of a snapshot.

package import OpsCore

extension Trend: CodedEntity {
    /// The name of the first member.
    package static var word: StaticString { "trend" }

    /// The path of a mount, `memory` or `swap`.
    package static func write(_ id: TrendID, to json: inout JSONWriter) {
        json.string(id.description)
    }

    /// The path of a mount, `memory` or `swap`.
    package static func readID(_ members: inout EntityMembers) throws(EntityFault) -> TrendID {
        let text = try members.text("trend", limitBytes: TrendID.limitBytes)
        guard let id = TrendID(stored: text) else {
            throw EntityFault("trend: not a path, memory or swap")
        }
        return id
    }

    /// KiB by hour of the service clock.
    package func writeMembers(to json: inout JSONWriter) {
        json.member("size_kib", integer: size)
        json.member("first_hour", integer: used.first)
        json.list("used_kib", used.all) { $0.write(optional: $1) }
        json.member("first_miss", integer: misses.first)
        json.list("misses_kib", misses.all) { $0.write(optional: $1) }
        json.list("guesses", guesses) { json, guess in
            json.array { json in
                json.integer(guess.hour)
                json.integer(guess.used)
            }
        }
    }

    /// Reads what `writeMembers` writes.
    package init(id: TrendID, _ members: inout EntityMembers) throws(EntityFault) {
        let size: Int64 = try members.integer("size_kib")
        guard size > 0, size < 1 << 54 else { throw EntityFault("size_kib: not a size") }
        self.init(id: id, size: size)
        used = try TrendSeries("first_hour", "used_kib", 0...1 << 54, &members)
        misses = try TrendSeries("first_miss", "misses_kib", -1 << 54...1 << 54, &members)
        guesses = try members.list("guesses", TrendGuess.init(reading:_:))
        guard guesses.count <= 25 else { throw EntityFault("guesses: too many") }
    }
}

extension TrendSeries {
    fileprivate init(
        _ first: String, _ list: String, _ range: ClosedRange<Int64>,
        _ members: inout EntityMembers
    ) throws(EntityFault) {
        let hour: Int64 = try members.integer(first)
        let values = try members.list(list) { (json, bytes) throws(JSONFault) -> Int64? in
            if try json.isNull(bytes) { return nil }
            let start = json.offset
            let value = try json.integer(Int64.self, bytes)
            guard range.contains(value) else { throw JSONFault(start, "not a number of KiB") }
            return value
        }
        guard let series = TrendSeries(first: hour, values) else {
            throw EntityFault("\(list): not a week of hours")
        }
        self = series
    }
}

extension TrendGuess {
    /// `[495821,1048576]`
    fileprivate init(
        reading json: inout JSONReader, _ bytes: Span<UInt8>
    ) throws(JSONFault) {
        try json.beginArray(bytes)
        try json.requireElement(bytes)
        let start = json.offset
        let hour = try json.integer(Int64.self, bytes)
        guard (0..<1 << 40).contains(hour) else { throw JSONFault(start, "not an hour") }
        try json.requireElement(bytes)
        let place = json.offset
        let used = try json.integer(Int64.self, bytes)
        guard (0...1 << 54).contains(used) else { throw JSONFault(place, "not a number of KiB") }
        try json.endArray(bytes)
        self.init(hour: hour, used: used)
    }
}

extension JSONWriter {
    fileprivate mutating func write(optional value: Int64?) {
        if let value { integer(value) } else { null() }
    }
}
