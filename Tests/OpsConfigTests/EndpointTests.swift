// `[check]` and `[endpoint.NAME]`: values, faults, and the way back.

import OpsCore
import Testing

@testable import OpsConfig

@Suite struct EndpointTests {
    private static let networks = NetworkNotation(
        parse: { Network(parsing: $0) }, text: { $0.description })

    private func load(_ text: String) throws -> Configuration {
        try Configuration.load(Array(text.utf8), file: "opsd.toml", networks: Self.networks)
    }

    private static let example = """
        [check]
        at_once = 50
        control = ["tcp://192.0.2.1:443", "icmp://192.0.2.2"]
        [slo.api]
        [endpoint.shop]
        url = "https://shop.example.org/health"
        every = "1m"
        timeout = "2s"
        slow = "500ms"
        tries = 2
        family = "both"
        headers = ["Accept: application/json"]
        secret_headers = ["Authorization: shop-token"]
        status = ["200-204"]
        body = "ok"
        json = "status"
        equals = "ok"
        redirects = 2
        cert_days = 7
        slo = "api"
        [endpoint."mail.1"]
        url = "tcp://mail.example.org:25"
        [endpoint.socket]
        url = "unix:///run/app.sock"
        [endpoint.names]
        url = "dns://192.0.2.53/example.org"
        [endpoint.cache]
        url = "redis://[2001:db8::7]:6380"
        password_file = "redis-password"

        """

    @Test func everyKeyIsRead() throws {
        let configuration = try load(Self.example)
        #expect(configuration.check.atOnce == 50 && configuration.check.control.count == 2)
        #expect(configuration.endpoints.count == 5)
        let shop = try #require(configuration.endpoints["shop"])
        #expect(shop.everyMilliseconds == 60_000 && shop.family == .both && shop.tries == 2)
        #expect(shop.statuses == ["200-204"] && shop.redirects == 2 && shop.slo == "api")
        #expect(shop.silenceMilliseconds == 132_000)
        #expect(configuration.endpoints["cache"]?.passwordFile == "redis-password")
    }

    @Test func whatIsPrintedLoadsToTheSame() throws {
        let configuration = try load(Self.example)
        let again = try load(configuration.printed(networks: Self.networks))
        #expect(again.endpoints == configuration.endpoints)
        #expect(again.check == configuration.check)
    }

    @Test(arguments: [
        ("[endpoint.a]\nevery = \"1m\"", "has no url"),
        ("[endpoint.a]\nurl = \"ftp://a/\"", "not a URL that opscheck knows"),
        ("[endpoint.a]\nurl = \"https://u:p@a/\"", "not a URL that opscheck knows"),
        ("[endpoint.a]\nurl = \"tcp://a\"", "not a URL that opscheck knows"),
        ("[endpoint.\"a b\"]\nurl = \"tcp://a:1\"", "not a name"),
        ("[endpoint.a]\nurl = \"tcp://a:1\"\nmethod = \"GET\"", "has no effect where url is"),
        ("[endpoint.a]\nurl = \"tcp://a:1\"\nslo = \"api\"", "there is no [slo.api]"),
        ("[endpoint.a]\nurl = \"tcp://a:1\"\ntimeout = \"40s\"", "is longer than every"),
        ("[endpoint.a]\nurl = \"http://a\"\nequals = \"x\"", "has no effect without json"),
        ("[endpoint.a]\nurl = \"http://a\"\nmethod = \"HEAD\"\nbody = \"x\"", "HEAD has no body"),
        ("[endpoint.a]\nurl = \"http://a\"\nheaders = [\"A: b\\r\\nC: d\"]", "not a header line"),
        ("[endpoint.a]\nurl = \"http://a\"\nstatus = [\"99\"]", "not a status"),
        ("[endpoint.a]\nurl = \"tcp://[::1]:1\"\nfamily = \"ipv4\"", "IPv6 address"),
        ("[endpoint.a]\nurl = \"tcp://127.0.0.1:1\"\nfamily = \"both\"", "IPv4 address"),
        ("[check]\ncontrol = [\"dns://a/b\"]", "not a URL of tcp"),
    ])
    func faultsSayWhatIsWrong(text: String, message: String) {
        #expect {
            _ = try load(text)
        } throws: { error in
            (error as? ConfigurationFaults)?.description.contains(message) == true
        }
    }

    @Test func theBoundOfEndpointsHolds() throws {
        let all = (0..<EndpointSettings.limit).map { "[endpoint.e\($0)]\nurl = \"tcp://a:1\"\n" }
        #expect(try load(all.joined()).endpoints.count == EndpointSettings.limit)
        #expect(throws: ConfigurationFaults.self) {
            _ = try load(all.joined() + "[endpoint.more]\nurl = \"tcp://a:1\"\n")
        }
    }

    @Test func aReloadNamesWhatChanged() throws {
        let before = try load(Self.example)
        let after = try load(Self.example.replacing("every = \"1m\"", with: "every = \"2m\""))
        let changes = Configuration.changes(from: before, to: after)
        #expect(changes.applied == ["endpoint.shop"])
        #expect(changes.running.endpoints == after.endpoints)
    }
}
