// `[slo.NAME]`, `[gate]` and the environment: what is read, and what is refused in which words.

import OpsCore
import Testing

@testable import OpsConfig

private func loaded(
    _ text: String, _ environment: [String: String]
) throws(ConfigurationFaults) -> [Objective] {
    try Configuration.load(
        Array(text.utf8), file: "t.toml", networks: .test, environment: environment
    ).objectives
}

@Suite struct ObjectiveTests {
    @Test func anyNumberByName() throws {
        let objectives = try load(
            """
            [slo.web]
            availability = 99.95
            latency_p95_ms = 250.5
            [slo.api]
            availability = 99
            latency_p99_ms = 2000
            daily_error_budget_pct = 0.5
            window = "7d"
            min_events = 5
            min_bad = 2
            alerts = ["1h"]
            no_data = "10m"
            gate = false
            latency_window = "10m"
            latency_gate = true
            """
        ).objectives
        #expect(objectives.map(\.name.description) == ["api", "web"])
        try #require(objectives.count == 2)
        #expect(objectives[1].availabilityPPM == 999_500)
        #expect(objectives[1].latencyP95Milliseconds == 250.5)
        let api = objectives[0]
        #expect(api.availabilityPPM == 990_000 && api.dailyErrorBudgetPPM == 5_000)
        #expect(api.windowMinutes == 10_080 && api.minimumEvents == 5 && api.minimumBad == 2)
        #expect(api.alerts == [.hour] && api.noDataMinutes == 10 && !api.gates)
        #expect(api.latencyWindowMinutes == 10 && api.latencyGates)
        #expect(objectives[1].latencyWindowMinutes == 30 && !objectives[1].latencyGates)
        let printed = Configuration.Printed(objectives).text
        #expect(try load(printed).objectives == objectives)
    }

    @Test func withoutAnyThereIsTheDefault() throws {
        #expect(try load("").objectives == [Objective(.standard)])
        #expect(try load("[slo]").objectives == [Objective(.standard)])
    }

    /// S2-04: the environment sets defaults, and makes no objective beside those of the file.
    @Test func environmentSetsTheDefaults() throws {
        let all = [
            "SLO_LAT_P95_MS": "500", "SLO_LAT_P99_MS": "900.5",
            "SLO_ERR_BUDGET_DAILY_PCT": "2.0", "SLO_WINDOW_DAYS": "7", "SLO_OTHER": "x",
        ]
        for objective in try loaded("[slo.default]\nmin_bad = 9\n[slo.api]\nmin_bad = 9", all) {
            #expect(objective.latencyP95Milliseconds == 500)
            #expect(objective.latencyP99Milliseconds == 900.5)
            #expect(objective.dailyErrorBudgetPPM == 20_000)
            #expect(objective.availabilityPPM == 980_000)
            #expect(objective.windowMinutes == 10_080 && objective.minimumBad == 9)
        }
        let named = try loaded("[slo.api]\nlatency_p95_ms = 700", all)
        #expect(named.map(\.name.description) == ["api"])
        #expect(named.map(\.latencyP95Milliseconds) == [700])
        let alone = try loaded("", all)
        #expect(alone.map(\.name) == [.standard])
        #expect(alone.map(\.latencyP95Milliseconds) == [500])
    }

    @Test(arguments: [
        ("SLO_WINDOW_DAYS", "31", "\"31d\" is too long"),
        ("SLO_LAT_P95_MS", "fast", "is not a number"),
        ("SLO_LAT_P95_MS", "", "is not a number"),
        ("SLO_ERR_BUDGET_DAILY_PCT", "0.0", "out of range"),
        ("SLO_LAT_P95_MS", "1\ngate = false", "is not a number"),
        ("SLO_LAT_P99_MS", "1", "is less than latency_p95_ms"),
    ])
    func environmentFaults(_ name: String, _ value: String, _ words: String) {
        do {
            _ = try loaded("", [name: value])
            Issue.record("\(name)=\(value) was taken")
        } catch {
            #expect(error.faults.contains { $0.key == name && $0.message.contains(words) })
        }
    }

    @Test(arguments: [
        (
            "[slo.api]\navailability = 90.0",
            "t.toml:2: slo.api.availability: at 90.0 the burn rate can never reach 14.4, at which the "
                + "alert \"1h\" fires: must be above 93.06, or leave the alert out: "
                + "alerts = [\"6h\", \"1d\", \"3d\"]"
        ),
        (
            "[slo.api]\nwindow = \"2d\"\nalerts = [\"3d\"]",
            "t.toml:3: slo.api.alerts: the alert \"3d\" needs a longer window than that "
                + "of the objective, must be left out: alerts = []"
        ),
        (
            "[slo.api]\nwindow = \"7d\"\nalerts = [\"1h\", \"1d\"]",
            "t.toml:3: slo.api.alerts: the alert \"1d\" would fire at a burn rate of 0.7, "
                + "at which the budget still lasts, must be left out: alerts = [\"1h\"]"
        ),
        (
            "[slo.api]\nlatency_p95_ms = 900\nlatency_p99_ms = 800.5",
            "t.toml:3: slo.api.latency_p99_ms: 800.5 is less than latency_p95_ms (900), must not be "
                + "less"
        ),
        (
            "[slo.api]\navailability = 100",
            "t.toml:2: slo.api.availability: 100 is out of range, must be a number from 0.0001 to "
                + "99.9999, in per cent"
        ),
        (
            "[slo.api]\navailability = nan",
            "t.toml:2: slo.api.availability: nan is not a finite number, must be a number "
                + "from 0.0001 to 99.9999, in per cent"
        ),
        (
            "[slo.api]\nwindow = \"90s\"",
            "t.toml:2: slo.api.window: \"90s\" is not a duration of whole minutes, must be a duration "
                + "of whole minutes from \"1h\" to \"30d\""
        ),
        (
            "[slo.api]\nalerts = [\"2h\"]",
            "t.toml:2: slo.api.alerts: \"2h\" in the list, must be a list with any of \"1h\", "
                + "\"6h\", \"1d\", \"3d\""
        ),
        (
            "[slo.api]\navailabilty = 99",
            "t.toml:2: slo.api.availabilty: unknown key, did you mean \"availability\"?"
        ),
        (
            "[slo]\navailability = 99",
            "t.toml:2: slo.availability: a key outside any objective, must be in [slo.NAME]"
        ),
        (
            "[slo.\"a b\"]",
            "t.toml:1: slo.\"a b\": not a name of an objective, must be 1 to 32 letters, digits, _ "
                + "and -"
        ),
        ("slo = 3", "t.toml:1: slo: an integer, must be sections: [slo.NAME]"),
        (
            "[gate]\nopen_below = 300",
            "t.toml:2: gate.open_below: 300 is above gate.close_above (200), must not be above it"
        ),
        (
            "[gate]\nunknown = \"shut\"",
            "t.toml:2: gate.unknown: \"shut\" is unknown, must be one of \"open\", \"closed\", "
                + "\"unknown\""
        ),
        (
            "[slo.api]\nwindow = \"1h\"\nlatency_window = \"2h\"\nalerts = []",
            "t.toml:3: slo.api.latency_window: \"2h\" is longer than the window of the objective, "
                + "must not be longer"
        ),
        (
            "[gate]\nflag_life = \"30s\"",
            "t.toml:2: gate.flag_life: \"30s\" is not longer than gate.flag_refresh, must be longer"
        ),
        (
            "[gate]\nflag_refresh = \"2m\"\nflag_life = \"2m\"",
            "t.toml:3: gate.flag_life: \"2m\" is not longer than gate.flag_refresh, must be longer"
        ),
    ])
    func refused(_ text: String, _ fault: String) {
        #expect(faults(text) == [fault])
    }

    @Test func tooMany() {
        let text = (0...256).map { "[slo.s\($0)]\n" }.joined()
        #expect(faults(text).count == 1)
    }

    @Test func aReloadNamesWhatChanged() throws {
        let changes = Configuration.changes(
            from: try load("[slo.api]\n[slo.web]"), to: try load("[slo.api]\ngate = false"))
        #expect(changes.applied == ["slo.api", "slo.web"])
        #expect(changes.running.objectives.map(\.gates) == [false])
    }
}

extension Configuration {
    /// A configuration with these objectives, as a file.
    fileprivate struct Printed {
        let text: String

        init(_ objectives: [Objective]) {
            var configuration = Configuration()
            configuration.objectives = objectives
            text = configuration.printed(networks: .test)
        }
    }
}
