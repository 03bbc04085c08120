// Names compared byte by byte.  A Swift string equals every other way to write the same characters
// ("é" in one scalar or two), and names of programs and logs must not: what one reporter calls by
// one of them is not the other's.

extension String {
    /// Whether both have the same bytes.
    func isSame(as other: String) -> Bool {
        let (one, two) = (utf8Span.span, other.utf8Span.span)
        if one.count != two.count { return false }
        var at = 0
        while one.count - at >= 8 {
            let word = one.bytes.unsafeLoadUnaligned(fromByteOffset: at, as: UInt64.self)
            if word != two.bytes.unsafeLoadUnaligned(fromByteOffset: at, as: UInt64.self) {
                return false
            }
            at += 8
        }
        while at < one.count {
            if one[at] != two[at] { return false }
            at += 1
        }
        return true
    }
}

/// A string as the key of a dictionary, by its bytes.
struct ExactText: Hashable, Sendable {
    let text: String

    init(_ text: String) { self.text = text }

    static func == (one: ExactText, two: ExactText) -> Bool { one.text.isSame(as: two.text) }

    func hash(into hasher: inout Hasher) {
        let bytes = text.utf8Span.span
        var at = 0
        while bytes.count - at >= 8 {
            hasher.combine(bytes.bytes.unsafeLoadUnaligned(fromByteOffset: at, as: UInt64.self))
            at += 8
        }
        var rest = UInt64(bytes.count)
        while at < bytes.count {
            rest = rest << 8 | UInt64(bytes[at])
            at += 1
        }
        hasher.combine(rest)
    }
}
