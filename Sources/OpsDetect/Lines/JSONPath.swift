// Where a field is in a JSON object: `request.headers.X-Forwarded-For[0]`.  Names are separated by
// dots, elements of arrays are numbered from 0 in brackets; a backslash takes the next character
// as it is, for names with a dot.

/// The place of a field.
package struct JSONPath: Hashable, Sendable {
    /// One step into a value.
    package enum Step: Hashable, Sendable {
        /// The member of an object with this name.
        case name([UInt8])
        /// The element of an array, from 0.
        case element(Int)
    }

    /// The most steps.
    package static let stepLimit = 16
    /// The most elements of an array that can be named.
    package static let elementLimit = 1_024

    /// At least one; the first is a name.
    package let steps: [Step]
    /// As it was written.
    package let text: String

    /// Reads a path; nil: it is none.
    package init?(_ text: String) {
        var steps: [Step] = []
        let bytes = Array(text.utf8)
        var place = 0
        while place < bytes.count {
            if bytes[place] == UInt8(ascii: "[") {
                guard !steps.isEmpty, let number = Self.element(bytes, &place) else { return nil }
                steps.append(.element(number))
            } else {
                guard steps.isEmpty || bytes[place] == UInt8(ascii: ".") else { return nil }
                if !steps.isEmpty { place += 1 }
                guard let name = Self.name(bytes, &place) else { return nil }
                steps.append(.name(name))
            }
        }
        guard (1...Self.stepLimit).contains(steps.count) else { return nil }
        self.steps = steps
        self.text = text
    }

    private static func name(_ bytes: [UInt8], _ place: inout Int) -> [UInt8]? {
        var name: [UInt8] = []
        while place < bytes.count {
            switch bytes[place] {
            case UInt8(ascii: "."), UInt8(ascii: "["): return name.isEmpty ? nil : name
            case UInt8(ascii: "]"): return nil
            case UInt8(ascii: "\\"):
                place += 1
                guard place < bytes.count else { return nil }
            default: break
            }
            name.append(bytes[place])
            place += 1
        }
        return name.isEmpty ? nil : name
    }

    private static func element(_ bytes: [UInt8], _ place: inout Int) -> Int? {
        var number = 0
        let first = place + 1
        place = first
        while place < bytes.count, (0x30...0x39).contains(bytes[place]), place - first < 4 {
            number = number * 10 + Int(bytes[place] - 0x30)
            place += 1
        }
        guard place > first, place < bytes.count, bytes[place] == UInt8(ascii: "]"),
            number < elementLimit
        else { return nil }
        place += 1
        return number
    }
}
