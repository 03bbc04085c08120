// `watch`: events as they happen, one line each, until the daemon or the reader goes away.

import OpsLinux
import OpsProtocol

enum EventWatch {
    /// Runs until opsctl is interrupted; a lost connection is a fault, like any other.
    static func run(
        _ words: CommandWords, _ connection: inout Connection, _ output: Output
    ) throws(ClientFault) -> ExitCode {
        let first = try connection.ask(try words.line())
        let value = try first.value()
        if output.isJSON || first.kind == .err {
            let code = try output.show(first, as: words.display)
            if first.kind == .err { return code }
        } else if StandardStream.error.isTerminal {
            let topics = PlainText.escaped(value["watching"]?.plain ?? "everything")
            try? StandardStream.error.write("watching \(topics); Ctrl-C ends it\n")
        }
        while true {
            guard let event = try connection.next(withinMilliseconds: -1) else { continue }
            if output.isJSON {
                try output.write(event)
                continue
            }
            var sheet = Sheet(output.view)
            Rendering.event(try event.value(), &sheet)
            try output.write(sheet.text)
        }
    }
}
