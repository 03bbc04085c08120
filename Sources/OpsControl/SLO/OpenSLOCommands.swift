// `opsctl slo export [NAME...]` and `opsctl slo import FILE|-`.

import OpsProtocol

enum OpenSLOCommands {
    /// The largest file that is imported, in bytes.
    static let fileLimitBytes = 4 << 20

    /// Prints the daemon's objectives as OpenSLO documents.
    static func export(
        _ names: [String], _ options: ControlOptions, _ output: Output
    ) throws(ClientFault) -> ExitCode {
        guard let row = CommandTable.row("slo status") else { return .trouble }
        var connection = try Connection(
            path: options.socket, timeoutMilliseconds: options.timeoutMilliseconds)
        let reply = try connection.ask(try CommandWords(row, names).line())
        let value = try reply.value()
        if reply.kind == .err {
            Output.report(refusal: value)
            return ExitCode(code: value["code"]?.text ?? "")
        }
        try output.write(OpenSLOExport.text(value["objectives"]?.elements ?? []))
        Diagnostics.write(
            "note: alerts, no_data and latency_window have no counterpart in OpenSLO and are left out",
            hint:
                "daily_error_budget_pct, min_events, min_bad, gate and latency_gate are annotations"
        )
        return .done
    }

    /// Prints sections for opsd.toml, made from OpenSLO documents.
    static func importFile(_ words: [String], _ output: Output) throws(ClientFault) -> ExitCode {
        guard words.count == 1, let name = words.first else {
            throw .usage("slo import: expected one file, or - for standard input")
        }
        let shown = name == "-" ? "standard input" : name
        let bytes = try InputFile.bytes(name, limitBytes: fileLimitBytes)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .usage("\(shown): the file is not UTF-8")
        }
        let read: OpenSLOImport
        do throws(YAMLFault) {
            read = OpenSLOImport(try YAMLReader.documents(text))
        } catch {
            throw .usage("\(shown):\(error.line): \(error.reason)", hint: nil)
        }
        for note in read.notes { Diagnostics.write("note: \(note)") }
        if read.isEmpty { throw .usage("\(shown): there is no SLO of openslo/v1 in it", hint: nil) }
        try output.write(read.text)
        return .done
    }
}
