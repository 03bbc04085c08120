// `status --watch`: the screen again and again.  On a terminal it is drawn over the last one on the
// alternate screen, line by line, so that nothing flickers and the old contents come back at the
// end; in a pipe one status follows the other.

import OpsLinux
import OpsProtocol

enum StatusWatch {
    /// Source: ECMA-48 and xterm's private modes 1049 (alternate screen) and 25 (cursor).
    private static let enter = "\u{1b}[?1049h\u{1b}[?25l"
    private static let leave = "\u{1b}[?25h\u{1b}[?1049l"

    static func run(
        _ options: ControlOptions, _ connection: inout Connection, _ output: Output
    ) throws(ClientFault) -> ExitCode {
        let signals: SignalSource
        do throws(Errno) {
            signals = try SignalSource([.interrupt, .terminate, .hangUp, .windowChange])
        } catch {
            throw ClientFault(.trouble, "\(error)")
        }
        let isScreen = output.view.columns != nil && !output.isJSON
        if isScreen { try output.write(enter) }
        defer { if isScreen { try? StandardStream.output.write(leave) } }
        let display = ReplyDisplay.of("status")
        var isFirst = true
        while true {
            guard let reply = try ask(&connection, signals, options) else { return .done }
            if reply.kind == .err { return try output.show(reply, as: display) }
            if isScreen {
                try output.write(frame(try reply.value(), options))
            } else {
                if !isFirst && !output.isJSON { try output.write("\n") }
                _ = try output.show(reply, as: display)
            }
            isFirst = false
            if try rest(options.intervalMilliseconds, signals) { return .done }
        }
    }

    /// Asks for the reply; nil if a signal came first.
    private static func ask(
        _ connection: inout Connection, _ signals: borrowing SignalSource,
        _ options: ControlOptions
    ) throws(ClientFault) -> ReplyLine? {
        connection.queue(Array("status".utf8))
        var left = options.timeoutMilliseconds
        while left > 0 {
            let step = min(left, 100)
            if let reply = try connection.next(withinMilliseconds: step) { return reply }
            if try endsNow(signals) { return nil }
            left -= step
        }
        throw .silent(forMilliseconds: options.timeoutMilliseconds)
    }

    /// Waits for the next refresh; returns true if a signal ended the wait.
    private static func rest(
        _ milliseconds: Int32, _ signals: borrowing SignalSource
    ) throws(ClientFault) -> Bool {
        let hasSignal: Bool
        do throws(Errno) {
            hasSignal = try signals.descriptor.wait(
                for: .read, timeoutMilliseconds: milliseconds)
        } catch {
            throw ClientFault(.trouble, "\(error)")
        }
        return hasSignal ? try endsNow(signals) : false
    }

    private static func endsNow(_ signals: borrowing SignalSource) throws(ClientFault) -> Bool {
        do throws(Errno) {
            while let received = try signals.next() {
                if received.signal != .windowChange { return true }
            }
            return false
        } catch {
            throw ClientFault(.trouble, "\(error)")
        }
    }

    /// One screen, drawn from the top left; clears the rest of each line, then the rows below the
    /// last.
    private static func frame(_ value: JSONValue, _ options: ControlOptions) -> String {
        let view = Output(options).view
        let rows = StandardStream.output.windowSize?.rows ?? 24
        let text = Rendering.text(verb: "status", value, view)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
        // The last row stays empty, or the terminal would scroll.
        let shown = lines.prefix(max(1, rows - 1))
        return "\u{1b}[H" + shown.map { $0 + "\u{1b}[K\n" }.joined() + "\u{1b}[J"
    }
}
