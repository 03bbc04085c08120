// One line from the daemon: its first word and its object.  The bytes of the object are kept as
// they were received, for --json; the tree is made only when it is needed, and of long lists a row
// at a time.

import OpsProtocol

/// `ok {...}`, `err {...}` or `event {...}`.
struct ReplyLine: Hashable, Sendable {
    /// What the first word can be.
    enum Kind: Hashable, Sendable {
        case ok, err, event
    }

    /// The first word.
    let kind: Kind
    /// The object, as it was received; it must not be printed (`printable`).
    let object: [UInt8]

    /// Splits a line; nil if it does not begin with one of the three words.
    init?(_ line: Span<UInt8>) {
        var object: [UInt8] = []
        let kinds: [(StaticString, Kind)] = [("ok ", .ok), ("err ", .err), ("event ", .event)]
        for (word, kind) in kinds {
            let count = word.utf8CodeUnitCount
            guard line.count > count, JSONReader.matches(line, 0..<count, word) else { continue }
            line.extracting(droppingFirst: count).withUnsafeBufferPointer {
                object.append(contentsOf: $0)
            }
            self.kind = kind
            self.object = object
            return
        }
        return nil
    }

    /// A row of a list, as if it were a reply of its own.
    static func row(_ object: [UInt8]) -> ReplyLine {
        ReplyLine(kind: .ok, object: object)
    }

    private init(kind: Kind, object: [UInt8]) {
        self.kind = kind
        self.object = object
    }

    /// The object as a tree.
    func value() throws(ClientFault) -> JSONValue {
        try read { () throws(JSONFault) in try JSONValue(parsing: object.span) }
    }

    /// The object as a tree, in which the array of this name is empty: a tree takes up to twenty
    /// times the room of its text, and rows can be looked at one by one (`forEach`).
    func value(leavingOut member: String?) throws(ClientFault) -> JSONValue {
        guard let member else { return try value() }
        return try read { () throws(JSONFault) in
            var members: [JSONValue.Member] = []
            try walk { name, place throws(JSONFault) in
                let value: JSONValue =
                    name == member && object[place.lowerBound] == UInt8(ascii: "[")
                    ? .array([]) : try JSONValue(parsing: object.span.extracting(place))
                members.append(JSONValue.Member(name: name, value: value))
            }
            return .object(members)
        }
    }

    /// Passes the elements of the array of this name to `body`, one tree at a time.
    func forEach(
        in member: String, _ body: (JSONValue) throws(ClientFault) -> Void
    ) throws(ClientFault) {
        try forEachPlace(in: member) { place throws(ClientFault) in
            try body(
                try read { () throws(JSONFault) in
                    try JSONValue(parsing: object.span.extracting(place))
                })
        }
    }

    /// Passes where each element of the array of this name is in `object`.
    func forEachPlace(
        in member: String, _ body: (Range<Int>) throws(ClientFault) -> Void
    ) throws(ClientFault) {
        var array: Range<Int>?
        try read { () throws(JSONFault) in
            try walk { name, place throws(JSONFault) in if name == member { array = place } }
        }
        guard let array, object[array.lowerBound] == UInt8(ascii: "[") else { return }
        var reader = JSONReader(at: array.lowerBound)
        try read { () throws(JSONFault) in try reader.beginArray(object.span) }
        while true {
            let place = try read { () throws(JSONFault) -> Range<Int>? in
                guard try reader.nextElement(object.span) else { return nil }
                return try reader.skip(object.span)
            }
            guard let place else { return }
            try body(place)
        }
    }

    /// The object as --json prints it.
    func printable() throws(ClientFault) -> [UInt8] {
        try read { () throws(JSONFault) in try PrintableJSON.of(object) }
    }

    /// Passes the name and the place of the value of each member.
    private func walk(
        _ body: (String, Range<Int>) throws(JSONFault) -> Void
    ) throws(JSONFault) {
        var reader = JSONReader()
        try reader.beginObject(object.span)
        while let key = try reader.nextKey(object.span) {
            var name = JSONReader(at: key.lowerBound - 1)
            try body(try name.string(object.span), try reader.skip(object.span))
        }
        try reader.end(object.span)
    }

    func read<Value>(
        _ body: () throws(JSONFault) -> Value
    ) throws(ClientFault) -> Value {
        do throws(JSONFault) {
            return try body()
        } catch {
            throw .daemonFailed(
                "the daemon's answer is not valid JSON: \(error.reason) at byte \(error.offset + 1)"
            )
        }
    }
}
