// What PCRE2 tells about a compiled pattern, and the words of its errors.

@preconcurrency import CPCRE2

/// Questions about a compiled pattern.  Source: pcre2_pattern_info(3).
enum PatternInfo {
    /// A number of 32 bits; 0 when PCRE2 does not know it.
    static func number(_ code: OpaquePointer, _ what: Int32) -> UInt32 {
        var value: UInt32 = 0
        return pcre2_pattern_info_8(code, UInt32(what), &value) == 0 ? value : 0
    }

    /// Bytes of the compiled pattern.
    static func size(_ code: OpaquePointer) -> Int {
        var value = 0
        return pcre2_pattern_info_8(code, UInt32(PCRE2_INFO_SIZE), &value) == 0 ? value : 0
    }

    /// Each name and its groups, in ascending order.
    static func names(_ code: OpaquePointer) -> [String: [Int]] {
        let count = Int(number(code, PCRE2_INFO_NAMECOUNT))
        let width = Int(number(code, PCRE2_INFO_NAMEENTRYSIZE))
        var table: UnsafePointer<UInt8>?
        guard count > 0, width > 2,
            pcre2_pattern_info_8(code, UInt32(PCRE2_INFO_NAMETABLE), &table) == 0, let table
        else { return [:] }
        var names: [String: [Int]] = [:]
        for index in 0..<count {
            // Two bytes of number, high byte first; then the name, ended by zero.
            let entry = UnsafeBufferPointer(start: table + index * width, count: width)
            let name = String(decoding: entry[2...].prefix { $0 != 0 }, as: UTF8.self)
            names[name, default: []].append(Int(entry[0]) << 8 | Int(entry[1]))
        }
        return names.mapValues { $0.sorted() }
    }

    /// The words for an error.
    static func message(_ error: Int32) -> String {
        let text = [UInt8](unsafeUninitializedCapacity: 256) { buffer, count in
            count = max(0, Int(pcre2_get_error_message_8(error, buffer.baseAddress, buffer.count)))
        }
        return text.isEmpty
            ? "PCRE2 refuses it with error \(error)" : String(decoding: text, as: UTF8.self)
    }
}
