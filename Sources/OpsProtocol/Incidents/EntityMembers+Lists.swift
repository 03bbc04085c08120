// Members of an entity that are words, times or lists.

import OpsCore

extension EntityMembers {
    /// A list; a missing one is empty.
    mutating func list<Value>(
        _ name: String,
        _ element: (inout JSONReader, Span<UInt8>) throws(JSONFault) -> Value
    ) throws(EntityFault) -> [Value] {
        let list = try read(name) { (json, bytes) throws(JSONFault) -> [Value] in
            var list: [Value] = []
            try json.beginArray(bytes)
            while try json.nextElement(bytes) { list.append(try element(&json, bytes)) }
            return list
        }
        return list ?? []
    }

    /// A word that is known; nil: the member is missing or null.
    mutating func word<Word: RawRepresentable<String>>(
        ifThere name: String
    ) throws(EntityFault) -> Word? {
        try read(name) { (json, bytes) throws(JSONFault) in try json.word(bytes) }
    }

    /// A word that is known.
    mutating func word<Word: RawRepresentable<String>>(
        _ name: String
    ) throws(EntityFault) -> Word {
        guard let word: Word = try word(ifThere: name) else {
            throw EntityFault("\(name) is missing")
        }
        return word
    }

    /// Wall clock seconds since 1970; nil: the member is missing or null.
    mutating func wall(ifThere name: String) throws(EntityFault) -> Int64? {
        let seconds: Int64? = try integer(ifThere: name)
        if let seconds, !JSONReader.wallSeconds.contains(seconds) {
            throw EntityFault("\(name): \(seconds) is not a time")
        }
        return seconds
    }

    /// Wall clock seconds since 1970.
    mutating func wall(_ name: String) throws(EntityFault) -> Int64 {
        guard let seconds = try wall(ifThere: name) else { throw EntityFault("\(name) is missing") }
        return seconds
    }

    /// Milliseconds of boot time; before the boot they are negative.
    mutating func bootTime(_ name: String) throws(EntityFault) -> Int64 {
        let time: Int64 = try integer(name)
        guard time.magnitude <= UInt64(Bounds.deadlineMilliseconds.upperBound) else {
            throw EntityFault("\(name): \(time) is not a time")
        }
        return time
    }
}

extension JSONReader {
    /// Wall clock seconds that a file may have.
    static var wallSeconds: ClosedRange<Int64> {
        Bounds.wallMilliseconds.lowerBound / 1_000...Bounds.wallMilliseconds.upperBound / 1_000
    }

    /// A word that is known.
    mutating func word<Word: RawRepresentable<String>>(
        _ bytes: Span<UInt8>
    ) throws(JSONFault) -> Word {
        let start = offset
        let text = try string(bytes)
        guard let word = Word(rawValue: text) else {
            throw JSONFault(start, "unknown word \"\(text.cut(toBytes: 32))\"")
        }
        return word
    }

    /// Moves to the next element, which must be there.
    mutating func requireElement(_ bytes: Span<UInt8>) throws(JSONFault) {
        guard try nextElement(bytes) else { throw JSONFault(offset, "expected another element") }
    }

    /// The next element, a word that is known.
    mutating func element<Word: RawRepresentable<String>>(
        _ bytes: Span<UInt8>
    ) throws(JSONFault) -> Word {
        try requireElement(bytes)
        return try word(bytes)
    }

    /// The next element, wall clock seconds.
    mutating func wallElement(_ bytes: Span<UInt8>) throws(JSONFault) -> Int64 {
        try requireElement(bytes)
        let start = offset
        let seconds = try integer(Int64.self, bytes)
        guard Self.wallSeconds.contains(seconds) else { throw JSONFault(start, "not a time") }
        return seconds
    }

    /// The rest of an array: elements that a newer version added are passed over.
    mutating func endArray(_ bytes: Span<UInt8>) throws(JSONFault) {
        while try nextElement(bytes) { _ = try skip(bytes) }
    }
}

extension JSONWriter {
    /// `"name":[...]`
    mutating func list<Value>(
        _ name: StaticString, _ values: [Value], _ write: (inout JSONWriter, Value) -> Void
    ) {
        key(name)
        array { json in for value in values { write(&json, value) } }
    }
}
