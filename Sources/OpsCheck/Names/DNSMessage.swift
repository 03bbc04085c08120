// Questions to name servers, and their answers.  An answer is what strangers wrote: every length is
// checked, and a name is followed through a bounded number of steps.  Source: RFC 1035, section 4;
// RFC 6891 (the size of answers).

/// What is asked of a name.
enum DNSType: UInt16, Hashable, Sendable {
    case a = 1
    case aaaa = 28

    /// Bytes of its addresses.
    var addressBytes: Int { self == .a ? 4 : 16 }
}

/// What a server answered.
struct DNSAnswer: Hashable, Sendable {
    /// 0: no error; 3: there is no such name.
    var code: UInt8
    /// Addresses of the type that was asked for.
    var addresses: [[UInt8]] = []
    /// Records of any type.
    var records = 0
    /// It did not fit.
    var isCut = false

    /// SERVFAIL, NOTIMP and REFUSED: another server may know.
    static let leavesItToOthers = [2, 4, 5]

    /// In words.
    var codeText: String {
        switch code {
        case 0: "no error"
        case 1: "the server did not understand the question (FORMERR)"
        case 2: "the server failed (SERVFAIL)"
        case 3: "there is no such name (NXDOMAIN)"
        case 5: "the server refuses to answer (REFUSED)"
        default: "the server answered with code \(code)"
        }
    }
}

enum DNSMessage {
    /// Bytes of an answer that are asked for at most.
    static let answerBytes = 1_232
    /// Records of an answer that are looked at.
    private static let recordLimit = 64

    /// The question for a name, as one datagram; nil: it is not a name.
    static func question(_ name: String, _ type: DNSType, id: UInt16) -> [UInt8]? {
        var bytes: [UInt8] = []
        // Recursion is wanted; one question; one additional record, which says how much fits.
        for word in [id, 0x0100, 1, 0, 0, 1] as [UInt16] { bytes.append(bigEndian: word) }
        guard let labels = labels(name) else { return nil }
        bytes += labels
        for word in [type.rawValue, 1] { bytes.append(bigEndian: word) }
        bytes.append(0)
        for word in [41, UInt16(answerBytes), 0, 0, 0] as [UInt16] { bytes.append(bigEndian: word) }
        return bytes
    }

    /// A name as labels; nil: it is none.
    private static func labels(_ name: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        let plain = name.hasSuffix(".") ? name.dropLast() : name[...]
        for label in plain.utf8.split(
            separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        {
            guard (1...63).contains(label.count) else { return nil }
            bytes.append(UInt8(label.count))
            bytes += label
        }
        bytes.append(0)
        return bytes.count <= 255 ? bytes : nil
    }

    /// The answer to that question; nil: it is the answer to none, or to another.
    static func answer(_ bytes: ArraySlice<UInt8>, to question: [UInt8], _ type: DNSType)
        -> DNSAnswer?
    {
        let message = Array(bytes)
        // The same number, an answer, to one question, which is repeated letter for letter but for
        // the case.
        let end = question.count - 11
        guard message.count >= end, message[0] == question[0], message[1] == question[1],
            message[2] & 0x80 != 0, word(message, 4) == 1
        else { return nil }
        for at in 12..<end where lower(message[at]) != lower(question[at]) { return nil }
        var answer = DNSAnswer(code: message[3] & 0x0f)
        answer.isCut = message[2] & 0x02 != 0
        var at = end
        for _ in 0..<min(Int(word(message, 6)), recordLimit) {
            guard let next = skipName(message, at), next + 10 <= message.count else { break }
            let length = Int(word(message, next + 8))
            let data = next + 10
            guard data + length <= message.count else { break }
            answer.records += 1
            if word(message, next) == type.rawValue, word(message, next + 2) == 1,
                length == type.addressBytes
            {
                answer.addresses.append(Array(message[data..<data + length]))
            }
            at = data + length
        }
        return answer
    }

    private static func lower(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }

    private static func word(_ bytes: [UInt8], _ at: Int) -> UInt16 {
        UInt16(bytes[at]) << 8 | UInt16(bytes[at + 1])
    }

    /// Where what follows a name begins; nil: it does not end.  A pointer ends it here.
    private static func skipName(_ bytes: [UInt8], _ start: Int) -> Int? {
        var at = start
        while at < bytes.count {
            let length = Int(bytes[at])
            if length == 0 { return at + 1 }
            if length & 0xc0 == 0xc0 { return at + 2 <= bytes.count ? at + 2 : nil }
            if length & 0xc0 != 0 { return nil }
            at += 1 + length
        }
        return nil
    }
}

extension [UInt8] {
    fileprivate mutating func append(bigEndian word: UInt16) {
        append(UInt8(word >> 8))
        append(UInt8(truncatingIfNeeded: word))
    }
}
