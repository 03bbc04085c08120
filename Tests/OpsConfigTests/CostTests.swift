// `[costs]`, its models and its variables.

import OpsCore
import Testing

@testable import OpsConfig

@Suite struct CostConfigurationTests {
    private func load(
        _ text: String, _ environment: [String: String] = [:]
    ) throws(ConfigurationFaults) -> Configuration {
        try Configuration.load(
            Array(text.utf8), file: "opsd.toml", networks: .test, environment: environment)
    }

    private func faults(_ text: String, _ environment: [String: String] = [:]) -> String {
        do throws(ConfigurationFaults) {
            _ = try load(text, environment)
            return ""
        } catch {
            return error.description
        }
    }

    private let models = """
        [costs]
        daily_cap_usd = 12.345678
        exempt = ["web", "1000"]
        [costs.models."gpt-4o"]
        cap_usd = 15
        price_in = 2.50
        price_out = 10
        cheaper = "gpt-4o-mini"
        [costs.models.gpt-4o-mini]
        cap_usd = "0.000001"
        price_in = 0.15
        price_out = 0.00001
        """

    @Test func moneyIsReadExactly() throws {
        let configuration = try load(models)
        #expect(configuration.costs.dailyCap == MicroUSD(12_345_678))
        let big = try #require(ModelName("gpt-4o").flatMap { configuration.costs.models[$0] })
        #expect(big.cap == MicroUSD(15_000_000) && big.priceInput == MicroUSD(2_500_000))
        #expect(big.cheaper?.description == "gpt-4o-mini")
        let small = try #require(
            ModelName("gpt-4o-mini").flatMap { configuration.costs.models[$0] })
        #expect(small.cap == MicroUSD(1) && small.priceOutput == MicroUSD(10))
        #expect(configuration.costsExempt.map(\.text) == ["web", "1000"])
        // What is printed is read as the same.
        let again = try load(configuration.printed(networks: .test))
        #expect(again == configuration)
    }

    /// No micro-USD comes or goes on the way through a float of TOML.
    @Test func everyFractionIsExact() throws {
        for micros in stride(from: 1 as Int64, to: 1_000_000, by: 4_999) {
            let digits = String(String(1_000_000 + micros).dropFirst())
            for whole in ["0", "7", "123456", "999999"] {
                let cap = try load("[costs]\ndaily_cap_usd = \(whole).\(digits)").costs.dailyCap
                #expect(cap?.micros == Int64(whole).map { $0 * 1_000_000 + micros })
            }
        }
    }

    @Test func theDefaultIsThatOfTheDocument() throws {
        #expect(try load("").costs.dailyCap == MicroUSD(25_000_000))
        #expect(try load("[costs]\ndaily_cap_usd = \"none\"").costs.dailyCap == nil)
        #expect(try load("[costs]\ndaily_cap_usd = 0").costs.dailyCap == .zero)
    }

    @Test(arguments: [
        ("[costs]\ndaily_cap_usd = -1", "costs.daily_cap_usd"),
        ("[costs]\ndaily_cap_usd = \"all\"", "costs.daily_cap_usd"),
        ("[costs]\ndaily_cap_usd = 1000000.5", "costs.daily_cap_usd"),
        ("[costs]\ndaily_cap_usd = nan", "costs.daily_cap_usd"),
        ("[costs]\nalert = 100", "costs.alert"),
        ("[costs]\nexempt = [\"@web\"]", "\"@web\" is not a user"),
        ("[costs.models.\"a b\"]\ncap_usd = 1", "not a name"),
        ("[costs.models.a]\ncap_usb = 1", "did you mean \"cap_usd\"?"),
        ("[costs.models.a]\nprice_in = 1", "must have both price_in and price_out"),
        ("[costs.models.a]\ncheaper = \"b\"", "there is no [costs.models.b]"),
        (
            "[costs.models.a]\nprice_in = 1\nprice_out = 1\ncheaper = \"b\"\n[costs.models.b]",
            "\"b\" has no price"
        ),
        (
            "[costs.models.a]\nprice_in = 1\nprice_out = 1\ncheaper = \"a\"",
            "leads back to \"a\", must not"
        ),
        ("[cost]\nalert = 90", "did you mean [costs]?"),
    ])
    func faultsAreNamed(text: String, message: String) {
        #expect(faults(text).contains(message), "\(faults(text))")
    }

    /// S2-24: the environment sets what the file does not.
    @Test func theEnvironmentIsTaken() throws {
        let environment = [
            "COST_CAP_DAILY_USD": "25.5", "MODEL_CAPS_JSON": #"{"gpt-4o":15, "gpt-4o-mini": 10.5}"#,
        ]
        let plain = try load("", environment)
        #expect(plain.costs.dailyCap == MicroUSD(25_500_000))
        #expect(plain.costs.models.count == 2)
        #expect(
            ModelName("gpt-4o-mini").flatMap { plain.costs.models[$0]?.cap }
                == MicroUSD(10_500_000))
        let both = try load(models, environment)
        #expect(both.costs.dailyCap == MicroUSD(12_345_678))
        #expect(
            ModelName("gpt-4o-mini").flatMap { both.costs.models[$0]?.cap } == MicroUSD(1))
    }

    @Test(arguments: [
        "15", "{", "{}x", #"{"a":}"#, #"{"a":1,}"#, #"{"a":"1"}"#, #"{"a b":1}"#, #"{"a":1,"a":2}"#,
        #"{"a":-1}"#, #"{a:1}"#, #"{"a":1e3}"#, #"{"a":{"b":1}}"#, #"{"a""#, #"{"a":"#,
    ])
    func capsThatAreNoneAreFaults(text: String) {
        #expect(faults("", ["MODEL_CAPS_JSON": text]).contains("MODEL_CAPS_JSON"))
        #expect(faults("", ["COST_CAP_DAILY_USD": text + "x"]).contains("COST_CAP_DAILY_USD"))
    }
}
