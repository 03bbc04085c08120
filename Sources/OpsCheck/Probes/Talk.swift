// What is said on a connection of our own, as pure state: bytes in, bytes out.  What the other side
// says is a stranger's, and bounded.

import OpsCore

/// How a talk goes on.
enum TalkStep: Hashable, Sendable {
    /// More must come.
    case more
    case send([UInt8])
    case done
    case failed(String)
}

/// A conversation with one endpoint.
enum Talk: Hashable, Sendable {
    /// Being connected is all.
    case connected
    case redis(RedisTalk)
    /// The question, and what it asks for.
    case dns(question: [UInt8], DNSType)
    case echo(EchoTalk)

    /// What is said first; nil: nothing, and then it is over.
    var opening: [UInt8]? {
        switch self {
        case .connected: nil
        case .redis(let talk): talk.opening
        case .dns(let question, _): question
        case .echo(let talk): talk.request
        }
    }

    /// Whether what is sent may get lost, and is to be sent again.
    var isRepeated: Bool {
        switch self {
        case .dns: true
        case .connected, .redis, .echo: false
        }
    }

    /// Takes what came.
    mutating func received(_ bytes: ArraySlice<UInt8>) -> TalkStep {
        switch self {
        case .connected: return .done
        case .redis(var talk):
            let step = talk.received(bytes)
            self = .redis(talk)
            return step
        case .dns(let question, let type):
            guard let answer = DNSMessage.answer(bytes, to: question, type) else { return .more }
            if answer.code != 0 { return .failed("answer: \(answer.codeText)") }
            return answer.records > 0 || answer.isCut
                ? .done : .failed("answer: there is no record of this type")
        case .echo(let talk): return talk.isReply(bytes) ? .done : .more
        }
    }
}

/// AUTH, if there is a password, and PING.  Source: redis.io/docs/reference/protocol-spec.
struct RedisTalk: Hashable, Sendable {
    private static let lineLimit = 512

    private var user: String?
    private var password: String?
    private var line: [UInt8] = []
    private var hasAsked: Bool

    init(user: String?, password: String?) {
        self.user = user
        self.password = password
        hasAsked = password == nil
    }

    var opening: [UInt8] {
        guard let password else { return Self.command(["PING"]) }
        return Self.command(["AUTH"] + (user.map { [$0] } ?? []) + [password])
    }

    private static func command(_ words: [String]) -> [UInt8] {
        var bytes = Array("*\(words.count)\r\n".utf8)
        for word in words { bytes += Array("$\(word.utf8.count)\r\n\(word)\r\n".utf8) }
        return bytes
    }

    mutating func received(_ bytes: ArraySlice<UInt8>) -> TalkStep {
        for byte in bytes {
            if byte != 0x0a {
                line.append(byte)
                if line.count > Self.lineLimit {
                    return .failed("answer: a line of more than \(Self.lineLimit) bytes")
                }
                continue
            }
            if line.last == 0x0d { line.removeLast() }
            let text = String(decoding: line, as: UTF8.self)
            line = []
            if !hasAsked {
                guard text == "+OK" else { return .failed("login: \(Self.shown(text))") }
                hasAsked = true
                return .send(Self.command(["PING"]))
            }
            return text == "+PONG" ? .done : .failed("answer: \(Self.shown(text))")
        }
        return .more
    }

    private static func shown(_ text: String) -> String {
        text.hasPrefix("-") ? String(text.dropFirst().prefix(100)) : "not what Redis says"
    }
}

/// One echo of ICMP.  The kernel fills in number and sum.  Source: icmp(7), RFC 792, RFC 4443.
struct EchoTalk: Hashable, Sendable {
    let request: [UInt8]
    private let replyType: UInt8

    init(isIPv6: Bool, mark: UInt64) {
        replyType = isIPv6 ? 129 : 0
        let payload = (0..<8).map { UInt8(truncatingIfNeeded: mark >> UInt64(8 * $0)) }
        request = [isIPv6 ? 128 : 8, 0, 0, 0, 0, 0, 0, 1] + payload
    }

    func isReply(_ bytes: ArraySlice<UInt8>) -> Bool {
        bytes.count >= request.count && bytes.first == replyType
            && bytes.dropFirst(8).prefix(8).elementsEqual(request.suffix(8))
    }
}
