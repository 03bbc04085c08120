// opsbench as a command: from its arguments to the exit status.

import OpsLinux

/// The program `opsbench`.
package enum BenchCommand {
    /// What `--version` says.
    package static let version = "0.2.0"

    /// Runs with the arguments after the program's name; returns the exit status.
    package static func main(_ words: [String]) -> Int32 {
        try? StandardStream.ensureAllOpen()
        try? SignalSource.ignoreBrokenPipes()
        do throws(BenchFault) {
            let options = try BenchOptions(
                words, environmentSocket: Environment.value("OPSD_SOCKET"))
            return try run(options).rawValue
        } catch {
            printError(error.message, hint: error.hint)
            return error.exit.rawValue
        }
    }

    private static func run(_ options: BenchOptions) throws(BenchFault) -> BenchExit {
        switch options {
        case .help: try write(HelpText.text)
        case .version: try write("opsbench \(version)\n")
        case .echo(let path): try EchoServer(path: path).run()
        case .run(let plan, let isJSON):
            _ = try? OwnProcess.raiseDescriptorLimit()
            let result = try Bench(plan).run()
            let report = BenchReport(plan, result)
            try write(isJSON ? report.json : report.text)
            if let warning = report.warning { printError("warning: \(warning)") }
            return result.errors.total == 0 ? .done : .refusals
        }
        return .done
    }

    private static func write(_ text: String) throws(BenchFault) {
        try BenchFault.from { () throws(Errno) in try StandardStream.output.write(text) }
    }

    /// Control characters in the message are escaped.
    private static func printError(_ message: String, hint: String? = nil) {
        var text = "opsbench: \(PlainText.escaped(message))\n"
        if let hint { text += "hint: \(PlainText.escaped(hint))\n" }
        try? StandardStream.error.write(text)
    }
}
