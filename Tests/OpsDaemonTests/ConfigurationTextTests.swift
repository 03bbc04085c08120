// What `opsctl config` prints is a configuration file: it loads, and to the configuration in force.

import OpsConfig
import OpsCore
import OpsProtocol
import Testing

@testable import OpsControl
@testable import OpsDaemon

@Suite struct ConfigurationTextTests {
    private func load(_ text: String) throws -> Configuration {
        do throws(ConfigurationFaults) {
            return try Configuration.load(
                Array(text.utf8), file: "opsd.toml", networks: ConfigurationFile.notation,
                environment: [:])
        } catch {
            Issue.record("\(error.description)\n\(text)")
            throw error
        }
    }

    private func printed(_ configuration: Configuration) throws -> String {
        let json = "{\(ConfigurationFile.json(configuration))}"
        return Rendering.text(
            verb: "config", try JSONValue(parsing: Array(json.utf8).span),
            View(isColoured: false, columns: nil, nowMilliseconds: 0))
    }

    @Test(arguments: [
        "", "[slo.api]\navailability = 99.995\n",
        "[guard.source.\"a b.c \\\"d\\\"\"]\nstrikes = 5\nban = \"2h\"\n",
        "[watch.source.shop]\nfiles = [\"/var/log/a \\\\ b.log\"]\nformat = \"json\"\n"
            + "[watch.rule.shop]\nsources = [\"shop\"]\naddress = \"ip\"\n"
            + "[watch.rule.shop.when]\n\"http.status\" = [\"401\", \"403\"]\n",
        "[watch]\nrules = []\n[guard]\nallow = [\"192.0.2.0/24\", \"2001:db8::/32\"]\n",
    ])
    func itLoadsAgain(_ text: String) throws {
        let configuration = try load(text)
        let shown = try printed(configuration)
        #expect(try load(shown) == configuration, "\(shown)")
    }
}
