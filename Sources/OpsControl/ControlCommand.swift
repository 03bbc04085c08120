// `opsctl` as a command: from the words to the exit status.

import OpsLinux
import OpsProtocol

/// The program `opsctl`.
package enum ControlCommand {
    /// Runs with the words behind the program's name; the exit status.
    package static func main(_ words: [String]) -> Int32 {
        try? StandardStream.fillGaps()
        try? SignalSource.ignoreBrokenPipes()
        do throws(ClientFault) {
            let options = try ControlOptions(
                words, environmentSocket: Environment.value("OPSD_SOCKET"))
            return try run(options).rawValue
        } catch {
            Complaint.write(error)
            return error.exit.rawValue
        }
    }

    private static func run(_ options: ControlOptions) throws(ClientFault) -> ExitCode {
        let (row, used) = try row(options)
        let line = try request(row, Array(options.words[used...]))
        var connection = try Connection(
            path: options.socket, timeoutMilliseconds: options.timeoutMilliseconds)
        return try answer(try connection.ask(line), row, options)
    }

    private static func row(
        _ options: ControlOptions
    ) throws(ClientFault) -> (CommandRow, Int) {
        guard let first = options.words.first else { throw .usage("which command?") }
        if let (row, used) = RequestLine.row(options.words) { return (row, used) }
        throw .usage("there is no command '\(first)'")
    }

    private static func request(
        _ row: CommandRow, _ words: [String]
    ) throws(ClientFault) -> [UInt8] {
        do throws(UsageFault) {
            return try RequestLine.make(row, words)
        } catch {
            throw .usage(error.message, hint: error.hint)
        }
    }

    private static func answer(
        _ reply: ReplyLine, _ row: CommandRow, _ options: ControlOptions
    ) throws(ClientFault) -> ExitCode {
        let value = try reply.value()
        let code =
            reply.kind == .err
            ? ExitCode(code: value["code"]?.text ?? "") : ExitCode(verb: row.verb, reply: value)
        try? StandardStream.output.write(String(decoding: reply.object, as: UTF8.self) + "\n")
        return code
    }
}
