// `opsctl` as a command: from the words to the exit status.  Commands that need no daemon are
// answered first; a command of the table goes to the daemon in one of four ways: one request, a
// list of addresses, all pages of a list, or a stream that does not end.

import OpsCore
import OpsLinux
import OpsProtocol

/// The program `opsctl`.
package enum ControlCommand {
    /// Runs with the arguments after the program's name; returns the exit status.
    package static func main(_ words: [String]) -> Int32 {
        try? StandardStream.ensureAllOpen()
        try? SignalSource.ignoreBrokenPipes()
        do throws(ClientFault) {
            let options = try ControlOptions(
                words, environmentSocket: Environment.value("OPSD_SOCKET"))
            if options.isNagios && !options.wantsHelp {
                // For a usage fault, Nagios must see 3 (UNKNOWN), since 2 would be CRITICAL.
                guard options.words == ["health"] else {
                    Diagnostics.write("health --nagios takes no other arguments")
                    return NagiosLine.State.unknown.rawValue
                }
                return try NagiosLine.run(options)
            }
            return try run(options).rawValue
        } catch {
            Diagnostics.write(error)
            return error.exit.rawValue
        }
    }

    private static func run(_ options: ControlOptions) throws(ClientFault) -> ExitCode {
        let output = Output(options)
        if options.wantsVersion {
            try output.write("opsctl \(Release.version)\n")
            return .done
        }
        if options.wantsHelp || options.words.first == "help" {
            let words = Array(
                options.words.first == "help" ? options.words.dropFirst() : options.words[...])
            guard let text = HelpText.page(words) else { throw HelpText.unknownHelpPage(words) }
            return try paging(output, options) { output throws(ClientFault) in
                try output.write(text)
                return .done
            }
        }
        guard let first = options.words.first else {
            try? StandardStream.error.write(HelpText.short)
            return .usage
        }
        let arguments = Array(options.words.dropFirst())
        if first == "list" && arguments.first == "load" {
            return try ListLoading.run(Array(arguments.dropFirst()), options, output)
        }
        if first == "slo" && arguments.first == "export" {
            return try OpenSLOCommands.export(Array(arguments.dropFirst()), options, output)
        }
        if first == "slo" && arguments.first == "import" {
            return try OpenSLOCommands.importFile(Array(arguments.dropFirst()), output)
        }
        if first == "audit" && arguments.first == "verify" {
            return try AuditVerify.run(Array(arguments.dropFirst()), options, output)
        }
        if first == "unban", let selection = try UnbanSelection(arguments) {
            return try Unbanning.run(selection, options, output)
        }
        switch first {
        case "import": return try Importing.run(arguments, options, output)
        case "export": return try Exporting.run(arguments, options, output)
        case "completions":
            try output.write(try Completions.script(arguments))
            return .done
        default: return try ask(options, output)
        }
    }

    private static func ask(
        _ options: ControlOptions, _ output: Output
    ) throws(ClientFault) -> ExitCode {
        guard let (row, used) = RequestLine.row(options.words) else {
            throw HelpText.unknownCommand(options.words)
        }
        let words = CommandWords(row, Array(options.words[used...]))
        let line = try words.line()
        let isList = try words.readsList()
        var connection = try Connection(
            path: options.socket, timeoutMilliseconds: options.timeoutMilliseconds)
        if isList { return try AddressList.run(words, &connection, output) }
        if options.isFlat { return try FlatBudget.run(words, &connection, output) }
        if options.isWatching { return try StatusWatch.run(options, &connection, output) }
        if case .stream = words.display.delivery {
            return try EventWatch.run(words, &connection, output)
        }
        if !isLong(words) {
            return try output.show(try connection.ask(line), as: words.display)
        }
        var isNewestLast = false
        if case .pages(let rows) = words.display.delivery { isNewestLast = rows.isNewestFirst }
        return try paging(output, options, showsEnd: isNewestLast) { output throws(ClientFault) in
            try list(words, line, options, &connection, output)
        }
    }

    /// Whether the reply may be longer than a terminal.  No command of these asks anything.
    private static func isLong(_ words: CommandWords) -> Bool {
        switch words.display.delivery {
        case .pages, .linesOfOne: return true
        case .whole, .stream: break
        }
        // `status` fits the screen.
        if words.row.verb == "status" { return false }
        return words.row.traits.contains(.heavy)
            || ["config", "metrics", "why"].contains(words.row.verb)
    }

    private static func list(
        _ words: CommandWords, _ line: [UInt8], _ options: ControlOptions,
        _ connection: inout Connection, _ output: Output
    ) throws(ClientFault) -> ExitCode {
        if let order = options.sort {
            return try SortedBans.run(order, words, &connection, output)
        }
        switch words.display.delivery {
        case .pages(let rows) where words.row.verb == "events":
            return try EventPages.run(rows, words, options, &connection, output)
        case .pages(let rows) where !words.has("limit"):
            return try Paging.run(rows, words, &connection, output)
        case .linesOfOne(let member) where words.hasPositionals && !words.has("limit"):
            return try Paging.run(linesIn: member, words, &connection, output)
        case .pages(let rows):
            return try Paging.show(
                try connection.ask(line), rows, as: words.display, output)
        case .whole, .linesOfOne, .stream:
            return try output.show(try connection.ask(line), as: words.display)
        }
    }

    /// Calls `body` with an output whose long text goes through a pager.  A reader who leaves the
    /// pager early has seen enough.
    private static func paging(
        _ output: Output, _ options: ControlOptions, showsEnd: Bool = false,
        _ body: (Output) throws(ClientFault) -> ExitCode
    ) throws(ClientFault) -> ExitCode {
        let output = output.paged(options, showsEnd: showsEnd)
        guard let pager = output.pager else { return try body(output) }
        do throws(ClientFault) {
            let code = try body(output)
            try pager.finish()
            return code
        } catch {
            if pager.wasLeft { return .done }
            try? pager.finish()
            throw error
        }
    }
}
