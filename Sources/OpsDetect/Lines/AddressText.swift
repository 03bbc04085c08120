// An address as programs write it into a field: `192.0.2.1`, `2001:db8::1`, `192.0.2.1:22`,
// `[2001:db8::1]:443`.  A name, a network, or a list of several is none.

package import OpsCore

/// Addresses in fields.
package enum AddressText {
    /// The longest text that is looked at.
    private static let limitBytes = 64

    /// The address that the text is; nil: it is none.
    package static func address(_ text: Span<UInt8>) -> Network? {
        guard (2...limitBytes).contains(text.count) else { return nil }
        var colons = 0
        var lastColon = 0
        for index in text.indices {
            if text[index] == UInt8(ascii: "/") { return nil }
            if text[index] == UInt8(ascii: ":") {
                colons += 1
                lastColon = index
            }
        }
        if text[0] == UInt8(ascii: "[") { return bracketed(text) }
        if colons == 1 {
            guard isPort(text, lastColon + 1) else { return nil }
            return parsed(text.extracting(first: lastColon))
        }
        return parsed(text)
    }

    private static func bracketed(_ text: Span<UInt8>) -> Network? {
        var end = 1
        while end < text.count, text[end] != UInt8(ascii: "]") { end += 1 }
        guard end < text.count else { return nil }
        let isAll = end + 1 == text.count
        guard isAll || text[end + 1] == UInt8(ascii: ":") && isPort(text, end + 2) else {
            return nil
        }
        return parsed(text.extracting(1..<end))
    }

    private static func isPort(_ text: Span<UInt8>, _ start: Int) -> Bool {
        guard (1...5).contains(text.count - start) else { return false }
        for index in start..<text.count where text[index] &- 0x30 >= 10 { return false }
        return true
    }

    private static func parsed(_ text: Span<UInt8>) -> Network? {
        guard let target = try? Target(parsing: text), target.network.isAddress else { return nil }
        return target.network
    }
}
