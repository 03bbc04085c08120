// Makes bytes of a log valid UTF-8, which PCRE2 needs and no log promises.
//
// Each maximal ill-formed part becomes one U+FFFD, as Python's `errors="replace"` does, so a filter
// finds what it finds under fail2ban.  Source: The Unicode Standard, 3.9, table 3-7, and "U+FFFD
// substitution of maximal subparts".

/// Validation and repair of UTF-8.
package enum UTF8Repair {
    /// Whether all bytes are ASCII.
    static func isASCII(_ bytes: Span<UInt8>) -> Bool {
        bytes.withUnsafeBufferPointer { skipASCII($0, 0) == $0.count }
    }

    /// Whether the bytes are valid UTF-8.  Text of ASCII is looked at eight bytes at a time.
    package static func isValid(_ bytes: Span<UInt8>) -> Bool {
        bytes.withUnsafeBufferPointer { bytes in
            var place = 0
            while place < bytes.count {
                place = skipASCII(bytes, place)
                if place >= bytes.count { return true }
                let (length, isWell) = sequence(bytes, place)
                if !isWell { return false }
                place += length
            }
            return true
        }
    }

    /// Writes the bytes into `text`, in place of what it held, as valid UTF-8.
    ///
    /// It has at most three times the bytes.  `text` keeps its memory.
    package static func repair(_ bytes: Span<UInt8>, into text: inout [UInt8]) {
        text.removeAll(keepingCapacity: true)
        bytes.withUnsafeBufferPointer { bytes in
            var place = 0
            while place < bytes.count {
                let end = skipASCII(bytes, place)
                text.append(contentsOf: bytes[place..<end])
                place = end
                if place >= bytes.count { return }
                let (length, isWell) = sequence(bytes, place)
                if isWell {
                    text.append(contentsOf: bytes[place..<place + length])
                } else {
                    text.append(0xEF)
                    text.append(0xBF)
                    text.append(0xBD)
                }
                place += length
            }
        }
    }

    /// The first byte from `start` on that is not ASCII, or the end.
    private static func skipASCII(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int) -> Int {
        var place = start
        let raw = UnsafeRawBufferPointer(bytes)
        while place &+ 8 <= bytes.count {
            let eight = raw.loadUnaligned(fromByteOffset: place, as: UInt64.self)
            if eight & 0x8080_8080_8080_8080 != 0 { break }
            place &+= 8
        }
        while place < bytes.count, bytes[place] < 0x80 { place &+= 1 }
        return place
    }

    /// The length of the character at `place`, or of the ill-formed part there; at least 1.
    private static func sequence(
        _ bytes: UnsafeBufferPointer<UInt8>, _ place: Int
    ) -> (length: Int, isWell: Bool) {
        let first = bytes[place]
        let length: Int
        // What the second byte may be; the others are 80...BF.
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch first {
        case 0xC2...0xDF: length = 2
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: length = 3
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: length = 4
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: return (1, first < 0x80)
        }
        var seen = 1
        while seen < length, place + seen < bytes.count,
            (seen == 1 ? second : 0x80...0xBF).contains(bytes[place + seen])
        { seen += 1 }
        return (seen, seen == length)
    }
}
