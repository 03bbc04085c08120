// The only coding of an entity: the members of a JSON object, with exact integers.  The log, the
// snapshot, replies and trails all use it, so that a member is added in one place.
//
//     {"incident":17,"severity":"critical","opened":1795252290,...}
//
// The first member's name is the kind, and its value the id.

package import OpsCore

/// An entity that can be written and read.
package protocol CodedEntity: Entity {
    /// The name of the first member, also in a line of the snapshot.
    static var word: StaticString { get }
    /// The id as a JSON value.
    static func write(_ id: ID, to json: inout JSONWriter)
    /// Reads the id from the member named `word`.
    static func readID(_ members: inout EntityMembers) throws(EntityFault) -> ID
    /// The members other than the ID, in a fixed order.
    func writeMembers(to json: inout JSONWriter)
    /// Reads the members that `writeMembers` writes.
    init(id: ID, _ members: inout EntityMembers) throws(EntityFault)
}

/// Why bytes cannot be read as an entity.
package struct EntityFault: Error, Hashable, Sendable {
    /// What is wrong.
    package let reason: String

    package init(_ reason: String) { self.reason = reason }
}

extension CodedEntity {
    /// Writes the whole entity as a JSON object.
    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.key(Self.word)
            Self.write(id, to: &json)
            writeMembers(to: &json)
            if !unknown.isEmpty { json.rawMembers(unknown) }
        }
    }

    /// The bytes of the entity's JSON object.
    package var encoded: [UInt8] {
        var json = JSONWriter()
        write(to: &json)
        return json.bytes
    }

    /// Whether the encoded entity is small enough to be kept.
    package var fits: Bool { encoded.count <= EntityBounds.bytes }

    /// The exact inverse of `encoded`; unknown members are kept in the entity.
    package init(parsing bytes: Span<UInt8>) throws(EntityFault) {
        var members = try EntityMembers(parsing: bytes)
        let id = try Self.readID(&members)
        try self.init(id: id, &members)
        unknown = members.unread
    }

    /// The bytes of an object that has only the id.
    package static func encoded(_ id: ID) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.key(word)
            write(id, to: &json)
        }
        return json.bytes
    }

    /// Reads the id from the bytes that `encoded(_:)` makes.
    package static func id(parsing bytes: Span<UInt8>) throws(EntityFault) -> ID {
        var members = try EntityMembers(parsing: bytes)
        return try readID(&members)
    }
}

/// The members of an entity's object, each read at most once.
package struct EntityMembers: Sendable {
    private struct Member: Sendable {
        var name: String
        var json: [UInt8]
        var isRead = false
    }

    private var members: [Member] = []

    /// Reads one JSON object and nothing after it.
    package init(parsing bytes: Span<UInt8>) throws(EntityFault) {
        var reader = JSONReader()
        do throws(JSONFault) {
            try reader.beginObject(bytes)
            while let key = try reader.nextKey(bytes) {
                let value = try reader.skip(bytes)
                members.append(
                    Member(name: JSONReader.text(bytes, key), json: bytes.array(value)))
            }
            try reader.end(bytes)
        } catch {
            throw EntityFault("at byte \(error.offset): \(error.reason)")
        }
    }

    /// The names of the members that have not been read.
    package var unreadNames: [String] { members.filter { !$0.isRead }.map(\.name) }

    /// The unread members as they were written.  Members that exceed the bound are left out: a
    /// member that must not be lost comes with a higher `min_reader`.
    package var unread: String {
        var text = ""
        for member in members where !member.isRead {
            let more = "\"\(member.name)\":" + String(decoding: member.json, as: UTF8.self)
            let comma = text.isEmpty ? "" : ","
            if text.utf8.count + comma.utf8.count + more.utf8.count > EntityBounds.unknownBytes {
                continue
            }
            text += comma + more
        }
        return text
    }

    /// Reads a member by `body`; nil: the member is missing or null.
    mutating func read<Value>(
        _ name: String,
        _ body: (inout JSONReader, Span<UInt8>) throws(JSONFault) -> Value
    ) throws(EntityFault) -> Value? {
        guard let place = members.firstIndex(where: { !$0.isRead && $0.name == name }) else {
            return nil
        }
        members[place].isRead = true
        let json = members[place].json
        if json == Array("null".utf8) { return nil }
        var reader = JSONReader()
        do throws(JSONFault) { return try body(&reader, json.span) } catch {
            throw EntityFault("\(name): \(error.reason)")
        }
    }

    /// A whole number; nil: the member is missing or null.
    package mutating func integer<Value: FixedWidthInteger>(
        ifThere name: String
    ) throws(EntityFault) -> Value? {
        try read(name) { (reader, bytes) throws(JSONFault) in try reader.integer(Value.self, bytes)
        }
    }

    /// A text of at most `limitBytes`; nil: the member is missing or null.
    package mutating func text(
        ifThere name: String, limitBytes: Int = EntityBounds.bytes
    ) throws(EntityFault) -> String? {
        let text = try read(name) { (reader, bytes) throws(JSONFault) in try reader.string(bytes) }
        if let text, text.utf8.count > limitBytes {
            throw EntityFault(
                "\(name): text of \(text.utf8.count) bytes, expected at most \(limitBytes)")
        }
        return text
    }

    /// `true` or `false`; nil: the member is missing or null.
    package mutating func bool(ifThere name: String) throws(EntityFault) -> Bool? {
        try read(name) { (reader, bytes) throws(JSONFault) in try reader.bool(bytes) }
    }

    /// The members of each object of an array; none: the member is missing or null.
    package mutating func objects(ifThere name: String) throws(EntityFault) -> [EntityMembers] {
        let places = try read(name) { (reader, bytes) throws(JSONFault) in
            var places: [Range<Int>] = []
            try reader.beginArray(bytes)
            while try reader.nextElement(bytes) { places.append(try reader.skip(bytes)) }
            return (places, bytes.array(0..<bytes.count))
        }
        guard let (places, json) = places else { return [] }
        var objects: [EntityMembers] = []
        for place in places {
            objects.append(try EntityMembers(parsing: json.span.extracting(place)))
        }
        return objects
    }

    /// A whole number that must be present.
    package mutating func integer<Value: FixedWidthInteger>(
        _ name: String
    ) throws(EntityFault) -> Value {
        try require(try integer(ifThere: name), name)
    }

    /// A text of at most `limitBytes` that must be present.
    package mutating func text(
        _ name: String, limitBytes: Int = EntityBounds.bytes
    ) throws(EntityFault) -> String {
        try require(try text(ifThere: name, limitBytes: limitBytes), name)
    }

    /// `true` or `false`, which must be present.
    package mutating func bool(_ name: String) throws(EntityFault) -> Bool {
        try require(try bool(ifThere: name), name)
    }

    /// When something ends: milliseconds of boot time within the accepted range; null: never.
    package mutating func deadline(_ name: String) throws(EntityFault) -> Int64 {
        guard let deadline: Int64 = try integer(ifThere: name) else { return Ban.never }
        guard Bounds.deadlineMilliseconds.contains(deadline) else {
            throw EntityFault("\(name): \(deadline) is not a deadline")
        }
        return deadline
    }

    private func require<Value>(_ value: Value?, _ name: String) throws(EntityFault) -> Value {
        guard let value else { throw EntityFault("\(name) is missing") }
        return value
    }
}

extension Span<UInt8> {
    fileprivate func array(_ range: Range<Int>) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(range.count)
        for index in range { bytes.append(self[index]) }
        return bytes
    }
}
