// One request of HTTP by libcurl.  The address is looked up before: libcurl resolves nothing and
// follows nothing, so that neither starts a thread nor leads elsewhere unseen.

import CCurl
import OpsCore
import OpsLinux
import OpsSatellite

/// A request under way.
final class HTTPTransfer: CurlTransfer {
    /// Bytes of a body that are read.
    static let bodyLimitBytes = 64 << 10
    /// Bytes of headers that are read.
    private static let headerLimitBytes = 64 << 10

    private let curl: CurlEasy
    /// What is to be looked at; nothing where nobody asks for it.
    private var body: [UInt8] = []
    private var bodyBytes = 0
    private let keepsBody: Bool
    private var headerBytes = 0
    private var isBodyCut = false
    private var hasLongHeaders = false
    private let isSecure: Bool
    private let timeoutMilliseconds: Int64

    /// nil: libcurl has no memory for it.
    init?(
        _ request: TryRequest, _ target: EndpointTarget, at address: Network,
        timeoutMilliseconds: Int64, isAtHome: Bool
    ) {
        guard let curl = CurlEasy() else { return nil }
        self.curl = curl
        self.timeoutMilliseconds = timeoutMilliseconds
        isSecure = target.scheme == .https
        keepsBody = request.settings.body != nil || request.settings.json != nil
        let own = Unmanaged.passUnretained(self).toOpaque()
        curl.set(CURLOPT_NOSIGNAL, 1)
        curl.set(CURLOPT_FOLLOWLOCATION, 0)
        curl.set(CURLOPT_TIMEOUT_MS, Int(timeoutMilliseconds))
        curl.set(CURLOPT_CONNECTTIMEOUT_MS, Int(timeoutMilliseconds))
        curl.set(CURLOPT_FORBID_REUSE, 1)
        curl.set(CURLOPT_FRESH_CONNECT, 1)
        curl.set(CURLOPT_SSL_SESSIONID_CACHE, 0)
        curl.set(CURLOPT_CERTINFO, isSecure ? 1 : 0)
        curl.set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
        curl.set(CURLOPT_BUFFERSIZE, 16 << 10)
        ccurl_set_quick_exit(easy)
        ccurl_set_protocols(easy, "http,https")
        // With a directory of certificates libcurl reads all of them anew for each connection.
        ccurl_set_pointer(easy, CURLOPT_CAPATH, nil)
        if let file = request.settings.caFile { curl.set(CURLOPT_CAINFO, file) }
        curl.set(CURLOPT_PROXY, "")
        let place = target.host.contains(":") ? "[\(target.host)]" : target.host
        curl.set(CURLOPT_URL, "\(target.scheme.rawValue)://\(place):\(target.port)\(target.path)")
        if Network(parsing: target.host) == nil {
            let there = address.isIPv4 ? address.addressText : "[\(address.addressText)]"
            curl.set(CURLOPT_RESOLVE, ["\(target.host):\(target.port):\(there)"])
        }
        var headers = request.settings.headers
        let names = headers.map { $0.prefix { $0 != ":" }.lowercased() }
        if !names.contains("user-agent") {
            curl.set(CURLOPT_USERAGENT, "opscheck/\(Release.version)")
        }
        // A secret goes to the server that it is for, and to no other that a redirect names.
        if isAtHome { headers += request.secretHeaders }
        curl.set(CURLOPT_HTTPHEADER, headers)
        switch request.settings.method {
        case "HEAD": curl.set(CURLOPT_NOBODY, 1)
        case "POST":
            curl.set(CURLOPT_POSTFIELDSIZE, 0)
            curl.set(CURLOPT_POSTFIELDS, "")
        case "GET": break
        case let other: curl.set(CURLOPT_CUSTOMREQUEST, other)
        }
        ccurl_set_pointer(easy, CURLOPT_WRITEDATA, own)
        ccurl_set_transfer(easy, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
            HTTPTransfer.of(context)?.received(bytes, size * count) ?? 0
        }
        ccurl_set_pointer(easy, CURLOPT_HEADERDATA, own)
        ccurl_set_transfer(easy, CURLOPT_HEADERFUNCTION) { _, size, count, context in
            HTTPTransfer.of(context)?.receivedHeader(size * count) ?? 0
        }
    }

    /// Its handle.
    var easy: UnsafeMutableRawPointer { curl.handle }

    // MARK: What libcurl calls

    private static func of(_ context: UnsafeMutableRawPointer?) -> HTTPTransfer? {
        context.map { Unmanaged<HTTPTransfer>.fromOpaque($0).takeUnretainedValue() }
    }

    /// A piece of the body; less than all of it ends the transfer.
    private func received(_ bytes: UnsafeMutablePointer<CChar>?, _ count: Int) -> Int {
        let taken = min(count, Self.bodyLimitBytes - bodyBytes)
        bodyBytes += taken
        if keepsBody, let bytes {
            body.append(contentsOf: UnsafeRawBufferPointer(start: bytes, count: taken))
        }
        isBodyCut = taken < count
        return taken
    }

    private func receivedHeader(_ count: Int) -> Int {
        headerBytes += count
        hasLongHeaders = headerBytes > Self.headerLimitBytes
        return hasLongHeaders ? 0 : count
    }

    // MARK: What came of it

    /// How a request ended.
    enum End {
        case answered(PageAnswer, redirect: String?)
        case failed(TryOutcome)
    }

    /// What came of it, once it has ended with `code`.
    func ended(_ code: CURLcode) -> End {
        if code == CURLE_OK || code == CURLE_WRITE_ERROR && isBodyCut {
            let status = ccurl_response_code(easy)
            let redirect = ccurl_redirect_url(easy).map { String(cString: $0) }
            return .answered(PageAnswer(status: status, body: body), redirect: redirect)
        }
        return .failed(failure(code))
    }

    /// Days that are left of the certificate that the server showed.
    func certificateDays(now wall: Int64) -> Int64? {
        guard isSecure, let text = ccurl_certificate_end(easy).map({ String(cString: $0) }),
            let end = CertificateTime.parse(text)
        else { return nil }
        return (end - wall).floorDivided(by: 86_400)
    }

    /// Milliseconds since it began.
    var phases: TryPhases {
        func time(_ info: CURLINFO) -> Double? {
            let microseconds = ccurl_time(easy, info)
            return microseconds > 0 ? Double(microseconds) / 1_000 : nil
        }
        return TryPhases(
            connected: time(CURLINFO_CONNECT_TIME_T),
            secured: time(CURLINFO_APPCONNECT_TIME_T),
            firstByte: time(CURLINFO_STARTTRANSFER_TIME_T),
            total: time(CURLINFO_TOTAL_TIME_T) ?? 0)
    }

    private func failure(_ code: CURLcode) -> TryOutcome {
        let text = curl.text(of: code)
        switch code {
        case CURLE_COULDNT_CONNECT:
            let error = Errno(Int32(truncatingIfNeeded: ccurl_os_errno(easy)), "connect")
            if error.code != 0, error.isOfThisHost {
                return .unknown("connect: \(error.text)")
            }
            return .down("connect: \(error.code == 0 ? text : error.text)")
        case CURLE_OPERATION_TIMEDOUT: return .down(timeoutReason)
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CIPHER,
            CURLE_SSL_ISSUER_ERROR, CURLE_SSL_CERTPROBLEM:
            return .down("TLS: \(text)")
        // This host's own fault.
        case CURLE_SSL_CACERT_BADFILE: return .unknown("TLS: ca_file: \(text)")
        case CURLE_WRITE_ERROR where hasLongHeaders:
            return .down("headers: more than \(Self.headerLimitBytes >> 10) KiB")
        // libcurl has no more room for a line of a header than 100 KiB.
        case CURLE_OUT_OF_MEMORY where ccurl_local_port(easy) != 0:
            return .down("headers: a line of more than 100 KiB")
        case CURLE_OUT_OF_MEMORY, CURLE_FAILED_INIT: return .unknown(text)
        default: return .down("answer: \(text)")
        }
    }

    private var timeoutReason: String {
        let phases = phases
        let span = DurationText.text(timeoutMilliseconds)
        if ccurl_local_port(easy) == 0 { return "connect: no answer within \(span)" }
        if isSecure, phases.secured == nil { return "TLS: not established within \(span)" }
        if phases.firstByte == nil { return "answer: none within \(span)" }
        return "body: not complete within \(span)"
    }
}

extension Int64 {
    fileprivate func floorDivided(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}

/// The end of a certificate, as libcurl shows it.
enum CertificateTime {
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// `Nov 28 10:00:00 2027 GMT` as seconds since 1970; nil: it is none.
    static func parse(_ text: String) -> Int64? {
        let words = text.split(separator: " ")
        guard words.count >= 4, let month = months.firstIndex(of: String(words[0])),
            let day = Int64(words[1]), let year = Int64(words[3]), (1_900...9_999).contains(year),
            (1...31).contains(day)
        else { return nil }
        let clock = words[2].split(separator: ":").compactMap { Int64($0) }
        guard clock.count == 3 else { return nil }
        // Days since 1970 of the civil calendar, the year beginning with March.
        let shifted = Int64(month + 1) <= 2 ? year - 1 : year
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let monthFromMarch = (Int64(month + 1) + 9) % 12
        let dayOfYear = (153 * monthFromMarch + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        let days = era * 146_097 + dayOfEra - 719_468
        return days * 86_400 + clock[0] * 3_600 + clock[1] * 60 + clock[2]
    }
}
