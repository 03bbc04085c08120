// One transfer of libcurl's: its handle, what it sends and what it has got.  Each has a connection
// of its own, which nobody uses after it: on an old connection libcurl sends a request again by
// itself, unmarked.

import CCurl
import OpsLinux
import OpsSatellite

/// A transfer under way.
final class Transfer: CurlTransfer {
    /// Seconds: until there is a connection, from command to answer of SMTP, and in all.
    private static let connectSeconds = 10
    private static let answerSeconds = 30
    private static let allSeconds = 60

    private let curl: CurlEasy
    /// Whose it is.
    let number: UInt64
    private let isMail: Bool
    private var letter: [UInt8] = []
    private var sentBytes = 0
    private var result = TransferResult(code: 0, text: "")
    /// The recipient that was named last, until the server has answered.
    private var recipient: String?
    /// The server's answer has become too long, and is not read any further.
    private var isCutOff = false

    /// nil: libcurl has no memory for it.
    init?(_ request: TransferRequest, number: UInt64) {
        guard let curl = CurlEasy() else { return nil }
        self.curl = curl
        self.number = number
        if case .mail = request { isMail = true } else { isMail = false }
        setCommon()
        switch request {
        case .http(let request): set(request)
        case .mail(let request): set(request)
        }
    }

    /// Its handle.
    var easy: UnsafeMutableRawPointer { curl.handle }

    /// What came of it, once it has ended with `code`.
    func ended(_ code: CURLcode) -> TransferResult {
        var result = result
        result.code = Int32(bitPattern: code.rawValue)
        // The status of HTTP came before the body that was cut off: it says what came of the page.
        if code == CURLE_WRITE_ERROR, isCutOff { result.code = 0 }
        result.text = curl.text(of: code)
        result.status = ccurl_response_code(easy)
        return result
    }

    // MARK: Options

    private func setCommon() {
        let own = Unmanaged.passUnretained(self).toOpaque()
        curl.set(CURLOPT_NOSIGNAL, 1)
        curl.set(CURLOPT_FOLLOWLOCATION, 0)
        curl.set(CURLOPT_CONNECTTIMEOUT, Self.connectSeconds)
        curl.set(CURLOPT_TIMEOUT, Self.allSeconds)
        curl.set(CURLOPT_SERVER_RESPONSE_TIMEOUT, Self.answerSeconds)
        curl.set(CURLOPT_FORBID_REUSE, 1)
        curl.set(CURLOPT_FRESH_CONNECT, 1)
        ccurl_set_quick_exit(easy)
        ccurl_set_pointer(easy, CURLOPT_WRITEDATA, own)
        ccurl_set_transfer(easy, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
            Transfer.of(context)?.received(bytes, size * count) ?? 0
        }
        // The conversation is looked at, never shown: it has the password in it.
        curl.set(CURLOPT_VERBOSE, 1)
        ccurl_set_pointer(easy, CURLOPT_DEBUGDATA, own)
        ccurl_set_debug(easy) { _, kind, bytes, count, context in
            Transfer.of(context)?.heard(kind, bytes, count)
            return 0
        }
    }

    private func set(_ request: HTTPRequest) {
        ccurl_set_protocols(easy, "http,https")
        curl.set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        curl.set(CURLOPT_URL, request.url)
        if let file = request.caFile { curl.set(CURLOPT_CAINFO, file) }
        curl.set(CURLOPT_HTTPHEADER, request.headers)
        guard let body = request.body else { return }
        curl.set(CURLOPT_POSTFIELDSIZE, body.count)
        body.withUnsafeBytes { bytes in
            _ = ccurl_set_pointer(
                easy, CURLOPT_COPYPOSTFIELDS, UnsafeMutableRawPointer(mutating: bytes.baseAddress))
        }
    }

    private func set(_ request: MailRequest) {
        letter = request.letter
        ccurl_set_protocols(easy, request.security == .implicit ? "smtps" : "smtp")
        curl.set(CURLOPT_URL, request.url)
        if request.security == .starttls { curl.set(CURLOPT_USE_SSL, Int(CURLUSESSL_ALL.rawValue)) }
        if let file = request.caFile { curl.set(CURLOPT_CAINFO, file) }
        if let login = request.login {
            curl.set(CURLOPT_USERNAME, login.user)
            curl.set(CURLOPT_PASSWORD, login.password)
        }
        curl.set(CURLOPT_MAIL_FROM, request.from)
        curl.set(CURLOPT_MAIL_RCPT, request.to)
        ccurl_allow_refused_recipients(easy)
        curl.set(CURLOPT_UPLOAD, 1)
        ccurl_set_pointer(
            easy, CURLOPT_READDATA, Unmanaged.passUnretained(self).toOpaque())
        ccurl_set_transfer(easy, CURLOPT_READFUNCTION) { bytes, size, count, context in
            guard let bytes else { return 0 }
            return Transfer.of(context)?.give(bytes, size * count) ?? 0
        }
    }

    // MARK: What libcurl calls

    private static func of(_ context: UnsafeMutableRawPointer?) -> Transfer? {
        context.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
    }

    /// A piece of the body; returns how much of it was taken: less than all ends the transfer.
    /// libcurl itself ends headers, and lines of SMTP, that are too long.
    private func received(_ bytes: UnsafeMutablePointer<CChar>?, _ count: Int) -> Int {
        let taken = min(count, TransferResult.bodyLimitBytes - result.body.count)
        if let bytes {
            result.body.append(contentsOf: UnsafeRawBufferPointer(start: bytes, count: taken))
        }
        isCutOff = taken < count
        return taken
    }

    private func give(_ bytes: UnsafeMutablePointer<CChar>, _ room: Int) -> Int {
        let count = min(room, letter.count - sentBytes)
        letter.withUnsafeBytes { source in
            let piece = UnsafeRawBufferPointer(rebasing: source[sentBytes..<sentBytes + count])
            UnsafeMutableRawBufferPointer(start: bytes, count: room).copyMemory(from: piece)
        }
        sentBytes += count
        return count
    }

    private func heard(
        _ kind: curl_infotype, _ bytes: UnsafeMutablePointer<CChar>?, _ count: Int
    ) {
        guard let bytes else { return }
        let raw = UnsafeRawBufferPointer(start: bytes, count: count)
        switch kind {
        case CURLINFO_DATA_OUT: result.hasSent = true
        case CURLINFO_HEADER_OUT where isMail:
            said(String(decoding: raw.prefix(512), as: UTF8.self))
        case CURLINFO_HEADER_OUT: result.hasSent = true
        case CURLINFO_HEADER_IN:
            let text = String(decoding: raw.prefix(1_024), as: UTF8.self)
            for line in text.split(whereSeparator: \.isNewline) { answered(String(line)) }
        default: break
        }
    }

    /// A command of SMTP went out.
    private func said(_ command: String) {
        let start = "RCPT TO:<"
        recipient = nil
        guard command.hasPrefix(start) else { return }
        recipient = String(command.dropFirst(start.count).prefix { $0 != ">" })
    }

    private func answered(_ line: String) {
        result.lines.append(line)
        if result.lines.count > TransferResult.linesLimit { result.lines.removeFirst() }
        guard let recipient, line.utf8.count > 3, let code = line.utf8.first,
            code == UInt8(ascii: "4") || code == UInt8(ascii: "5")
        else { return }
        result.refused.append("\(recipient): \(line)")
    }
}
