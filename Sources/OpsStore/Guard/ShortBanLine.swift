// Ban lines are written in two ways: the plain one, and a short one for bans whose texts need no
// escapes, since nearly all lines of a snapshot are bans.  Both make the same bytes; a test
// compares them.

package import OpsCore

extension [UInt8] {
    /// Appends the object of a ban without its closing brace.
    package mutating func append(_ ban: Ban) {
        append("{\"ban\":\"")
        appendMembers(ban)
    }

    /// The same of a claim that does not decide over its network.
    mutating func append(claim: Ban) {
        append("{\"claim\":\"")
        appendMembers(claim)
    }

    private mutating func appendMembers(_ ban: Ban) {
        ban.network.write(to: &self)
        append("\",\"deadline_ms\":")
        if ban.deadline == Ban.never { append("null") } else { appendDecimal(ban.deadline) }
        append(",\"created\":")
        appendDecimal(ban.created)
        append(",\"reason\":")
        appendJSON(ban.reason)
        append(",\"source\":")
        appendJSON(ban.source)
        append(",\"uid\":")
        appendDecimal(ban.uid)
        append(ban.isAutomatic ? ",\"automatic\":true" : ",\"automatic\":false")
        if ban.isDryRun { append(",\"dry_run\":true") }
        if ban.traits.contains(.subnet) { append(",\"subnet\":true") }
        if ban.traits.contains(.own) { append(",\"own\":true") }
        guard let confirmed = ban.confirmedDeadline else { return }
        append(",\"confirmed_deadline_ms\":")
        if confirmed == Ban.never { append("null") } else { appendDecimal(confirmed) }
    }
}

/// One ban line in the making, in place: no growth, no uniqueness checks until it is whole.
struct ShortBanLine: Sendable {
    /// Texts over these bounds go the plain way, so 1024 bytes always suffice: 320 of text, 64 of
    /// numbers, 130 of names.
    private var line = [UInt8](repeating: 0, count: 1_024)

    /// Appends the whole line; false: nothing was appended, the ban has to go the plain way.
    mutating func append(_ ban: Ban, into buffer: inout [UInt8]) -> Bool {
        guard ban.network.isIPv4, ban.isPlain else { return false }
        var out = line.mutableSpan
        var at = 0
        out.write("{\"ban\":\"", &at)
        for shift: UInt64 in [24, 16, 8, 0] {
            out.writeDigits(ban.network.low >> shift & 0xff, &at)
            if shift > 0 { out.write(0x2e, &at) }
        }
        if ban.network.length < 128 {
            out.write(0x2f, &at)
            out.writeDigits(UInt64(ban.network.length - 96), &at)
        }
        out.write("\",\"deadline_ms\":", &at)
        if ban.deadline == Ban.never {
            out.write("null", &at)
        } else {
            guard ban.deadline >= 0 else { return false }
            out.writeDigits(UInt64(ban.deadline), &at)
        }
        out.write(",\"created\":", &at)
        out.writeDigits(UInt64(ban.created), &at)
        out.write(",\"reason\":\"", &at)
        guard out.write(ban.reason, limit: Bounds.reasonBytes, &at) else { return false }
        out.write("\",\"source\":\"", &at)
        guard out.write(ban.source, limit: Bounds.sourceBytes, &at) else { return false }
        out.write("\",\"uid\":", &at)
        out.writeDigits(UInt64(ban.uid), &at)
        out.write(",\"automatic\":", &at)
        if ban.isAutomatic { out.write("true}\n", &at) } else { out.write("false}\n", &at) }
        buffer.append(contentsOf: line[..<at])
        return true
    }
}

extension MutableSpan<UInt8> {
    @inline(__always)
    fileprivate mutating func write(_ byte: UInt8, _ at: inout Int) {
        self[at] = byte
        at &+= 1
    }

    @inline(__always)
    fileprivate mutating func write(_ text: StaticString, _ at: inout Int) {
        let letters = UnsafeRawBufferPointer(
            start: text.utf8Start, count: text.utf8CodeUnitCount)
        for letter in letters { write(letter, &at) }
    }

    /// Decimal digits.
    @inline(__always)
    fileprivate mutating func writeDigits(_ value: UInt64, _ at: inout Int) {
        var digits = 1
        var bound: UInt64 = 10
        while digits < 20 && value >= bound {
            digits &+= 1
            if digits < 20 { bound = bound &* 10 }
        }
        var rest = value
        var place = at &+ digits
        at = place
        repeat {
            place &-= 1
            self[place] = 0x30 &+ UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        } while rest > 0
    }

    /// Appends a text that needs no escapes; false at one that does.
    @inline(__always)
    fileprivate mutating func write(_ text: String, limit: Int, _ at: inout Int) -> Bool {
        let letters = text.utf8Span.span
        let count = letters.count
        guard count <= limit else { return false }
        var index = 0
        while index &+ 8 <= count {
            let word = letters.number(UInt64.self, at: index)
            if word.specialBytes != 0 { return false }
            for shift: UInt64 in [0, 8, 16, 24, 32, 40, 48, 56] {
                write(UInt8(truncatingIfNeeded: word >> shift), &at)
            }
            index &+= 8
        }
        while index < count {
            let letter = letters[index]
            if letter < 0x20 || letter >= 0x7f || letter == 0x22 || letter == 0x5c { return false }
            write(letter, &at)
            index &+= 1
        }
        return true
    }
}
