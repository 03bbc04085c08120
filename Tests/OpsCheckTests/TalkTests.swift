// What is said to Redis and over ICMP, what pages must say, when certificates end, secrets.

import OpsConfig
import OpsCore
import OpsLinux
import OpsSatellite
import OpsTestKit
import Testing

@testable import OpsCheck

@Suite struct TalkTests {
    private func step(_ talk: inout RedisTalk, _ text: String) -> TalkStep {
        talk.received(Array(text.utf8)[...])
    }

    private func expect(
        _ text: String, of talk: inout RedisTalk, says wanted: TalkStep,
        at place: SourceLocation = #_sourceLocation
    ) {
        let said = step(&talk, text)
        #expect(said == wanted, sourceLocation: place)
    }

    @Test func redisIsPinged() {
        var talk = RedisTalk(user: nil, password: nil)
        #expect(talk.opening == Array("*1\r\n$4\r\nPING\r\n".utf8))
        expect("+PO", of: &talk, says: .more)
        expect("NG\r\n", of: &talk, says: .done)
    }

    @Test func redisWantsItsPasswordFirst() {
        var talk = RedisTalk(user: "ops", password: "s3 cret")
        #expect(
            talk.opening == Array("*3\r\n$4\r\nAUTH\r\n$3\r\nops\r\n$7\r\ns3 cret\r\n".utf8))
        expect("+OK\r\n", of: &talk, says: .send(Array("*1\r\n$4\r\nPING\r\n".utf8)))
        expect("+PONG\r\n", of: &talk, says: .done)
        var wrong = RedisTalk(user: nil, password: "x")
        expect("-WRONGPASS invalid\r\n", of: &wrong, says: .failed("login: WRONGPASS invalid"))
        var bare = RedisTalk(user: nil, password: nil)
        expect(
            "-NOAUTH Authentication required.\r\n", of: &bare,
            says: .failed("answer: NOAUTH Authentication required."))
        expect("HTTP/1.1 400\r\n", of: &bare, says: .failed("answer: not what Redis says"))
    }

    /// An endless line ends the talk.
    @Test func anEndlessLineIsNotKept() {
        var talk = RedisTalk(user: nil, password: nil)
        guard case .failed = step(&talk, String(repeating: "x", count: 513)) else {
            Issue.record("goes on")
            return
        }
    }

    @Test func onlyTheEchoOfThisRequestIsOne() {
        let talk = EchoTalk(isIPv6: false, mark: 0x0102_0304_0506_0708)
        var reply = talk.request
        #expect(!talk.isReply(reply[...]))
        reply[0] = 0
        reply[4] = 77
        #expect(talk.isReply(reply[...]))
        reply[9] ^= 1
        #expect(!talk.isReply(reply[...]))
        #expect(!talk.isReply([0]))
    }

    private func fault(
        _ status: Int, _ body: String, _ change: (inout EndpointSettings) -> Void = { _ in }
    ) -> String? {
        var settings = EndpointSettings()
        change(&settings)
        return PageVerdict.fault(
            PageAnswer(status: status, body: Array(body.utf8)), settings)
    }

    @Test func aPageMustBeWhatWasExpected() {
        #expect(fault(200, "") == nil)
        #expect(fault(503, "") == "status: 503")
        #expect(fault(204, "") { $0.statuses = ["200-299"] } == nil)
        #expect(fault(301, "") { $0.statuses = ["200", "300-302"] } == nil)
        #expect(fault(200, "all is well") { $0.body = "well" } == nil)
        #expect(fault(200, "all is wel") { $0.body = "well" } == "body: \"well\" is not in it")
        #expect(fault(200, "x") { $0.json = "a" } == "body: it is not JSON")
        let body = #"{"a":{"b":[1,{"c":"ok","d":true}]}}"#
        #expect(fault(200, body) { $0.json = "a.b.1.c" } == nil)
        #expect(fault(200, body) { $0.json = "a.b.7.c" } == "body: it has no a.b.7.c")
        #expect(
            fault(200, body) {
                $0.json = "a.b.1.c"
                $0.equals = "fine"
            } == "body: a.b.1.c is ok, expected fine")
        #expect(
            fault(200, body) {
                $0.json = "a.b.1.d"
                $0.equals = "true"
            } == nil)
    }

    @Test func whatALibrarySaysIsMadeShort() {
        let head = #"connection to server at "127.0.0.1", port 9 failed: "#
        #expect(
            PostgresTalk.reason(head + "Connection refused\n\tIs the server running", "connect")
                == "connect: Connection refused")
        #expect(
            PostgresTalk.reason(
                head + #"FATAL:  password authentication failed for user "a""#, "connect")
                == #"login: password authentication failed for user "a""#)
        #expect(PostgresTalk.reason("ERROR:  out of memory\n", "answer") == "answer: out of memory")
        #expect(PostgresTalk.reason("", "answer") == "answer: failed")
    }

    @Test func theEndOfACertificateIsRead() {
        #expect(CertificateTime.parse("Jan  1 00:00:00 1970 GMT") == 0)
        #expect(CertificateTime.parse("Nov 28 10:00:01 2027 GMT") == 1_827_396_001)
        #expect(CertificateTime.parse("Feb 29 12:00:00 2028 GMT") == 1_835_438_400)
        for text in ["", "Foo 1 00:00:00 2027 GMT", "Nov 28 10:00 2027 GMT", "1 2 3 4"] {
            #expect(CertificateTime.parse(text) == nil, "\(text)")
        }
    }

    private func write(
        _ text: String, _ name: String, _ scratch: borrowing ScratchDirectory, mode: UInt32
    ) throws -> String {
        let directory = try Directory(path: scratch.path)
        let file = try directory.open(name, [.write, .create, .exclusive], mode: mode)
        try file.writeAll(Array(text.utf8).span.bytes)
        return "\(scratch.path)/\(name)"
    }

    /// A secret is read from its file, and one that others can read is refused.
    @Test func secretsComeFromFiles() throws {
        let scratch = try ScratchDirectory()
        let path = try write("Bearer abc\n", "token", scratch, mode: 0o600)
        var settings = EndpointSettings()
        settings.url = "https://192.0.2.1/"
        settings.secretHeaders = ["Authorization: \(path)"]
        let none = SecretSource(credentials: nil) { _ in nil }
        #expect(
            CheckStart.planned("a", settings, none).request?.secretHeaders
                == ["Authorization: Bearer abc"])
        settings.secretHeaders = [
            "Authorization: \(try write("x", "open", scratch, mode: 0o604))"
        ]
        let open = CheckStart.planned("a", settings, none)
        #expect(open.request == nil && open.fault?.contains("can be read by others") == true)
        settings.secretHeaders = ["Authorization: token"]
        #expect(CheckStart.planned("a", settings, none).isOfUnit)
    }
}
