// Why an address was refused, in words for the person who typed it.  What was typed is shown only
// where it is printable ASCII, and cut: a fault may go to a terminal, a journal or a reply.

/// What is wrong with an address and, where that is known, how to put it right.
package struct AddressFault: Error, Hashable, Sendable {
    /// The most of the input that `message` shows.
    package static let echoLimitBytes = 64

    /// What is wrong, and what was expected.
    package var message: String
    /// What to write instead; nil: the message says it all.
    package var hint: String?

    package init(message: String, hint: String? = nil) {
        self.message = message
        self.hint = hint
    }

    /// The words for `flaw`, which the reader found in `bytes`.
    init(_ flaw: AddressFlaw, in bytes: Span<UInt8>) {
        if let index = Self.firstNotGraphic(bytes) {
            self.init(
                message:
                    "an address cannot contain a \(Self.name(bytes[index])) (byte \(index + 1))",
                hint: Self.examples)
            return
        }
        let text = Self.echo(bytes)
        switch flaw {
        case .empty:
            self.init(message: "the address is empty", hint: Self.examples)
        case .tooLong:
            self.init(
                message:
                    "'\(text)' is not an address: longer than \(AddressReader.limitBytes) bytes",
                hint: Self.examples)
        case .notIPv4:
            self.init(
                message: "'\(text)' is not an address: expected four numbers separated by dots",
                hint: Self.wayOut(bytes) ?? Self.examples)
        case .leadingZero:
            self.init(
                message: "'\(text)' is not an address: a number has a leading zero",
                hint: "some programs read a number with a leading zero as octal; leave the zero out"
            )
        case .octetRange:
            self.init(
                message: "'\(text)' is not an address: a number is greater than 255",
                hint: Self.wayOut(bytes))
        case .notIPv6:
            self.init(
                message:
                    "'\(text)' is not an address: expected groups of hexadecimal digits separated by colons",
                hint: Self.wayOut(bytes) ?? Self.examples)
        case .prefixForm:
            self.init(
                message: "'\(text)' is not a network: expected a prefix length in decimal digits",
                hint: Self.examples)
        case .prefixRange(let widest):
            self.init(
                message: "'\(text)' is not a network: the prefix length is greater than \(widest)")
        case .hostBits(let network):
            self.init(
                message: "'\(text)' is not a network: bits are set after its prefix",
                hint: "the network is \(network)")
        }
    }

    private static let examples = "write it like 203.0.113.9, 10.0.0.0/8 or 2001:db8::1"

    /// Which part to leave out of a text that holds more than an address.
    private static func wayOut(_ bytes: Span<UInt8>) -> String? {
        var colons = 0
        var dots = 0
        for index in 0..<bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "%"): return "leave out the zone: '%' and what follows"
            case UInt8(ascii: "["), UInt8(ascii: "]"): return "leave out the brackets and the port"
            case UInt8(ascii: ":"): colons += 1
            case UInt8(ascii: "."): dots += 1
            default: break
            }
        }
        return colons == 1 && dots == 3 ? "leave out the port" : nil
    }

    private static func firstNotGraphic(_ bytes: Span<UInt8>) -> Int? {
        for index in 0..<bytes.count where !(0x21...0x7e).contains(bytes[index]) { return index }
        return nil
    }

    private static func name(_ byte: UInt8) -> String {
        switch byte {
        case 0x20: "space"
        case 0x09: "tab"
        case 0x0a, 0x0d: "line break"
        case 0x80...: "non-ASCII character"
        default: "control character"
        }
    }

    /// Graphic ASCII, cut at the limit.
    private static func echo(_ bytes: Span<UInt8>) -> String {
        if bytes.count <= echoLimitBytes { return text(bytes) }
        return text(bytes.extracting(first: echoLimitBytes - 3)) + "..."
    }

    private static func text(_ bytes: Span<UInt8>) -> String {
        bytes.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
    }
}
