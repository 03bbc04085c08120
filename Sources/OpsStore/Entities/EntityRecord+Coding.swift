// Records of slow domains as payloads of the log:
//
//     has event u8 | length u16 | the entity's object, or that of its id | length u16 | the event's
//     object
//
// The type says whether it is `put` or `drop`.  The objects are JSON, as everywhere an entity is
// written.

import OpsCore
import OpsProtocol

/// Whether a record type stands for a `put` or a `drop`.
enum EntityRecordKind {
    case put, drop
}

extension EntityRecord where Item: CodedEntity {
    var kind: EntityRecordKind {
        switch self {
        case .put: .put
        case .drop: .drop
        }
    }

    /// Appends the payload after the stamp.
    func encode(into output: inout OutputSpan<UInt8>) {
        let (object, event) =
            switch self {
            case .put(let item, let event): (item.encoded, event)
            case .drop(let id, let event): (Item.encoded(id), event)
            }
        // The code that makes a record asks `fits` first: a record that could not be read must not
        // be written.
        precondition(object.count <= EntityBounds.bytes, "an entity of \(object.count) bytes")
        output.append(littleEndian: UInt8(event == nil ? 0 : 1))
        output.append(object: object)
        if let event { output.append(object: event.encoded) }
    }

    /// Reads the payload after the stamp.
    init(
        _ kind: EntityRecordKind, _ cursor: inout PayloadCursor, _ bytes: Span<UInt8>
    ) throws(StoreFault) {
        let hasEvent = try cursor.flag(bytes)
        let start = cursor
        let object = try cursor.object(limit: EntityBounds.bytes, bytes)
        let event: EventDraft? =
            hasEvent
            ? try EventDraft(
                parsing: try cursor.object(limit: EventDraft.limitBytes, bytes), at: cursor.at)
            : nil
        do throws(EntityFault) {
            switch kind {
            case .put: self = .put(try Item(parsing: object.span), event: event)
            case .drop: self = .drop(try Item.id(parsing: object.span), event: event)
            }
        } catch {
            throw start.malformed(error.reason)
        }
    }
}

extension OutputSpan<UInt8> {
    fileprivate mutating func append(object: [UInt8]) {
        append(littleEndian: UInt16(object.count))
        let bytes = object.span
        append(bytes.count) { output in
            for index in bytes.indices { output[index] = bytes[index] }
        }
    }
}

extension PayloadCursor {
    /// A u16 length and this many bytes, at most `limit`.
    fileprivate mutating func object(
        limit: Int, _ bytes: Span<UInt8>
    ) throws(StoreFault) -> [UInt8] {
        let start = self
        let length = Int(try number(UInt16.self, bytes))
        guard length <= limit else {
            throw start.malformed("an object of \(length) bytes: expected at most \(limit)")
        }
        var object: [UInt8] = []
        object.reserveCapacity(length)
        for _ in 0..<length { object.append(try number(UInt8.self, bytes)) }
        return object
    }
}

extension EventDraft {
    /// Room for its texts, if every character has to be escaped, and for its numbers.
    static let limitBytes = 16 << 10

    fileprivate var encoded: [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.key("kind")
            json.string(kind.rawValue)
            json.key("severity")
            json.string(severity.rawValue)
            json.key("details")
            json.string(details.cut(toBytes: Bounds.detailsBytes))
            if let reason {
                json.key("reason")
                json.string(reason.cut(toBytes: Bounds.reasonBytes))
            }
            if let uid {
                json.key("uid")
                json.integer(uid)
            }
            if let expires {
                json.key("expires")
                json.integer(expires)
            }
            if case .list(let name) = subject {
                json.key("source")
                json.string(AddressList.source(of: name))
            }
            for field in subject?.fields ?? [] {
                guard let name = field.stored else { continue }
                json.key(name)
                switch field.value {
                case .text(let text): json.string(text)
                case .integer(let number), .time(let number), .thousandths(let number):
                    json.integer(number)
                }
            }
        }
        return json.bytes
    }

    fileprivate init(parsing bytes: [UInt8], at offset: Int) throws(StoreFault) {
        let (kind, severity): (String, String)
        var members: EntityMembers
        do throws(EntityFault) {
            members = try EntityMembers(parsing: bytes.span)
            kind = try members.text("kind")
            severity = try members.text("severity")
        } catch { throw StoreFault(.damaged, error.reason, offset: offset) }
        guard let kind = EventKind(rawValue: kind) else {
            throw StoreFault(.newer, "unknown kind of event \"\(kind)\"", offset: offset)
        }
        guard let severity = Severity(rawValue: severity) else {
            throw StoreFault(.newer, "unknown severity \"\(severity)\"", offset: offset)
        }
        do throws(EntityFault) {
            self.init(
                kind, severity, try members.text("details"),
                reason: try members.text(ifThere: "reason"),
                uid: try members.integer(ifThere: "uid"),
                expires: try members.integer(ifThere: "expires"),
                subject: try Self.subject(kind, &members))
        } catch { throw StoreFault(.damaged, error.reason, offset: offset) }
    }

    private static func subject(
        _ kind: EventKind, _ members: inout EntityMembers
    ) throws(EntityFault) -> EventSubject? {
        var source = try members.text(ifThere: "source")
        var stored = StoredMembers()
        for name in members.unreadNames {
            switch EventSubject.storedType(of: name) {
            case .text: stored.texts[name] = try members.text(name)
            case .integer: stored.integers[name] = try members.integer(name)
            case nil: continue
            }
        }
        do throws(MalformedSubject) {
            return try EventSubject.read(kind, source: &source, stored)
        } catch { throw EntityFault(error.reason) }
    }
}
