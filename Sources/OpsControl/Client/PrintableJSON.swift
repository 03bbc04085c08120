// What --json prints: the object that was received, in its own words, but nothing that a terminal
// would obey.  It is checked to be JSON before a byte of it is written; characters that must not
// reach a terminal are written as `\uXXXX`, which any reader of JSON turns back into them.

import OpsCore
import OpsProtocol

enum PrintableJSON {
    /// The object, fit to be printed on one line.
    static func of(_ object: [UInt8]) throws(JSONFault) -> [UInt8] {
        var reader = JSONReader()
        _ = try reader.skip(object.span)
        try reader.end(object.span)
        if object.allSatisfy({ $0 >= 0x20 && $0 < 0x7f }) { return object }
        return escaped(object)
    }

    /// Escapes what is in strings; between values, where only white space can be meant, a control
    /// character becomes a space.
    private static func escaped(_ object: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(object.count + object.count / 8)
        var start = 0
        var index = 0
        while index < object.count {
            let byte = object[index]
            if byte >= 0x20 && byte < 0x7f {
                index += 1
                continue
            }
            let (scalar, length) = scalar(object, index)
            index += length
            if !scalar.isWrittenEscaped { continue }
            output += object[start..<index - length]
            start = index
            if byte < 0x20 {
                output.append(UInt8(ascii: " "))
            } else {
                let digits = String(scalar.value, radix: 16)
                output += "\\u".utf8
                for _ in digits.utf8.count..<4 { output.append(UInt8(ascii: "0")) }
                output += digits.utf8
            }
        }
        output += object[start...]
        return output
    }

    /// The scalar that starts at `index` of well-formed UTF-8, and its length.
    private static func scalar(_ bytes: [UInt8], _ index: Int) -> (Unicode.Scalar, Int) {
        let lead = bytes[index]
        let length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4
        let end = min(index + length, bytes.count)
        let text = String(decoding: bytes[index..<end], as: UTF8.self)
        return (text.unicodeScalars.first ?? "\u{fffd}", end - index)
    }
}
