// What is fuzzed.  An entry takes any bytes at all and returns, or throws what it found to be
// wrong; a trap is a finding too.  The fuzzer (Tests/fuzz) and the replay of what it once found
// (Tests/Fuzz/Replay, in every `swift test`) go through the same entries.

/// A promise that did not hold.
struct Finding: Error, CustomStringConvertible {
    let description: String
}

/// Throws where a promise does not hold.
func hold(_ promise: Bool, _ words: @autoclosure () -> String) throws(Finding) {
    if !promise { throw Finding(description: words()) }
}

/// One entry, with the name of its directories of seeds and regressions.
struct FuzzTarget: Sendable {
    let name: String
    let run: @Sendable ([UInt8]) throws(Finding) -> Void

    /// In the order they run.
    static let all: [FuzzTarget] = [
        FuzzTarget(name: "framer", run: fuzzFramer),
        FuzzTarget(name: "request", run: fuzzRequest),
        FuzzTarget(name: "words", run: fuzzWords),
        FuzzTarget(name: "address", run: fuzzAddress),
        FuzzTarget(name: "json", run: fuzzJSON),
        FuzzTarget(name: "texts", run: fuzzTexts),
        FuzzTarget(name: "log", run: fuzzLog),
        FuzzTarget(name: "snapshot", run: fuzzSnapshot),
        FuzzTarget(name: "recovery", run: fuzzRecovery),
        FuzzTarget(name: "guard", run: fuzzGuard),
        FuzzTarget(name: "session", run: fuzzSession),
        FuzzTarget(name: "history", run: fuzzHistory),
        FuzzTarget(name: "proc", run: fuzzProc),
        FuzzTarget(name: "config", run: fuzzConfig),
        FuzzTarget(name: "import", run: fuzzImport),
        FuzzTarget(name: "reply", run: fuzzReply),
        FuzzTarget(name: "jails", run: fuzzJails),
        FuzzTarget(name: "pattern", run: fuzzPattern),
        FuzzTarget(name: "dates", run: fuzzDates),
        FuzzTarget(name: "jsonlines", run: fuzzJSONLines),
        FuzzTarget(name: "scanner", run: fuzzScanner),
        FuzzTarget(name: "repair", run: fuzzRepair),
        FuzzTarget(name: "positions", run: fuzzPositions),
        FuzzTarget(name: "filters", run: fuzzFilters),
    ]
}
