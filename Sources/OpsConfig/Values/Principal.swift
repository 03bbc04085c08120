// A user or a group as `[access]` names it.  Names are not resolved here: the daemon looks them up
// at start and at every reload.

/// `name`, `@name`, or their ids.
package enum Principal: Hashable, Sendable {
    case user(String)
    case userID(UInt32)
    case group(String)
    case groupID(UInt32)

    /// The longest name, in bytes.  Source: LOGIN_NAME_MAX, limits.h(0p).
    static let nameLimitBytes = 255

    /// Parses one entry; nil unless it is a plausible name or id.  4294967295 is refused: chown(2)
    /// and setresuid(2) take it as "none".
    package init?(parsing text: String) {
        var name = Substring(text)
        let isGroup = name.first == "@"
        if isGroup { name.removeFirst() }
        guard let first = name.utf8.first, name.utf8.count <= Self.nameLimitBytes else {
            return nil
        }
        if name.utf8.allSatisfy(isDigit) {
            guard first != UInt8(ascii: "0") || name.utf8.count == 1,
                let number = UInt32(name), number != .max
            else { return nil }
            self = isGroup ? .groupID(number) : .userID(number)
        } else {
            guard isLetter(first) || first == UInt8(ascii: "_"),
                name.utf8.dropFirst().allSatisfy({ isLetter($0) || isDigit($0) || isMark($0) })
            else { return nil }
            self = isGroup ? .group(String(name)) : .user(String(name))
        }
    }

    /// Whether it is a user, and not a group.
    package var isUser: Bool {
        switch self {
        case .user, .userID: true
        case .group, .groupID: false
        }
    }

    /// The entry as the file has it.
    package var text: String {
        switch self {
        case .user(let name): name
        case .userID(let number): String(number)
        case .group(let name): "@" + name
        case .groupID(let number): "@" + String(number)
        }
    }
}

private func isDigit(_ byte: UInt8) -> Bool {
    byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
}

private func isLetter(_ byte: UInt8) -> Bool {
    let lower = byte | 0x20
    return lower >= UInt8(ascii: "a") && lower <= UInt8(ascii: "z")
}

/// Whether `byte` is punctuation that may follow the first letter: that of useradd(8), and `\`, `@`
/// and `+`, which network directories use.
private func isMark(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "$"),
        UInt8(ascii: "\\"), UInt8(ascii: "@"), UInt8(ascii: "+"):
        true
    default: false
    }
}
