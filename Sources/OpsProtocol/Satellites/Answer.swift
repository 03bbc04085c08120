// One line from opsd, as far as a satellite needs it.

/// `ok {...}` or `err {...}`.
package enum Answer: Sendable {
    /// The object of an `ok`.
    case taken([UInt8])
    /// What an `err` says.
    case refused(Refusal)

    /// Why not.
    package struct Refusal: Hashable, Sendable {
        /// What programs switch on.
        package var code: String
        /// For people.
        package var message: String
    }

    /// nil: it is neither.
    package init?(_ line: Span<UInt8>) {
        if line.count >= 3, JSONReader.matches(line, 0..<3, "ok ") {
            var object: [UInt8] = []
            line.extracting(droppingFirst: 3).withUnsafeBufferPointer {
                object.append(contentsOf: $0)
            }
            self = .taken(object)
        } else if line.count >= 4, JSONReader.matches(line, 0..<4, "err "),
            let value = try? JSONValue(parsing: line.extracting(droppingFirst: 4)),
            let code = value["code"]?.text
        {
            self = .refused(Refusal(code: code, message: value["message"]?.text ?? code))
        } else {
            return nil
        }
    }

    /// Whether an object that opsd wrote has this member.  Its own texts cannot look like one: a
    /// quote in them is escaped.
    package static func has(_ member: StaticString, in object: Span<UInt8>) -> Bool {
        let length = member.utf8CodeUnitCount
        guard object.count >= length else { return false }
        for start in 0...(object.count - length)
        where object[start] == UInt8(ascii: "\"")
            && JSONReader.matches(object, start..<(start + length), member)
        {
            return true
        }
        return false
    }
}
