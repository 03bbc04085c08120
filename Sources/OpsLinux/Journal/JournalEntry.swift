// One entry for journald, encoded as it is built.  A field without a newline is `NAME=value\n`; one
// with a newline is `NAME\n`, the length as 64 bits little endian, the bytes, `\n`.  So no value
// can end its field or start another.  Source: https://systemd.io/JOURNAL_NATIVE_PROTOCOL/

/// How serious an entry is.  Source: syslog(3), "Values for level".
package enum Priority: UInt8, Hashable, Sendable {
    case emergency = 0
    case alert, critical, error, warning, notice, info, debug
}

/// The name of a journal field: 1 to 64 of A-Z, 0-9 and "_", the first a letter.
package struct JournalField: Hashable, Sendable {
    /// The name as the journal shows it, for example `MESSAGE_ID`.
    package let name: String

    /// nil when `name` is not a field name.
    package init?(_ name: String) {
        guard (1...64).contains(name.utf8.count), let first = name.utf8.first,
            (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(first)
        else { return nil }
        for byte in name.utf8 {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "_"):
                continue
            default: return nil
            }
        }
        self.name = name
    }
}

extension JournalField: ExpressibleByStringLiteral {
    /// A literal that is not a field name is a bug, and traps.
    package init(stringLiteral name: StaticString) {
        guard let field = JournalField("\(name)") else {
            preconditionFailure("not a journal field name: \(name)")
        }
        self = field
    }
}

/// One journal entry.
package struct JournalEntry: Sendable {
    /// The encoded fields.
    package private(set) var bytes: [UInt8] = []

    /// `message` is what `journalctl` shows, so control characters in it are escaped.
    package init(_ priority: Priority, _ message: String) {
        bytes.reserveCapacity(256)
        add("PRIORITY", "\(priority.rawValue)")
        add("MESSAGE", PlainText.escaped(message))
    }

    /// Appends a field with any text, unescaped.
    package mutating func add(_ field: JournalField, _ value: String) {
        add(field, Array(value.utf8))
    }

    /// Appends a field with any bytes, unescaped.
    package mutating func add(_ field: JournalField, _ value: [UInt8]) {
        bytes.append(contentsOf: field.name.utf8)
        if value.contains(UInt8(ascii: "\n")) {
            bytes.append(UInt8(ascii: "\n"))
            let count = UInt64(value.count)
            for shift in stride(from: UInt64(0), to: 64, by: 8) {
                bytes.append(UInt8(truncatingIfNeeded: count >> shift))
            }
        } else {
            bytes.append(UInt8(ascii: "="))
        }
        bytes.append(contentsOf: value)
        bytes.append(UInt8(ascii: "\n"))
    }
}
