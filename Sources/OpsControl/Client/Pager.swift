// Text that is longer than the terminal that shows it goes to $PAGER, by default to less, which is
// started with the first line that does not fit.  What fits is written as it is.

import Glibc
import OpsLinux

/// The way of a text to a terminal.
final class Pager {
    private enum Way {
        /// All of it still fits.
        case holding
        /// There is no pager.
        case direct
        case running(PipedProgram)
    }

    /// `-F`: ends at once where all fits; `-R`: colours; `-X`: leaves the text on the screen.
    static let standard = "less -FRX"

    private let rows: Int
    private let showsEnd: Bool
    private var way = Way.holding
    private var held = ""
    private var lines = 0
    /// The reader has left the pager before the end.
    private(set) var wasLeft = false

    /// - Parameters:
    ///   - rows: of the terminal.
    ///   - showsEnd: less begins at the end, where the newest is.
    init(rows: Int, showsEnd: Bool) {
        self.rows = rows
        self.showsEnd = showsEnd
    }

    /// The command for the shell; nil: nothing is to page.
    static func command(_ chosen: String?, showsEnd: Bool) -> String? {
        let end = showsEnd ? " +G" : ""
        guard let chosen else {
            // Where there is no less, all is written at once.
            return "if command -v less >/dev/null; then exec \(standard)\(end); else exec cat; fi"
        }
        let words = chosen.split(separator: " ")
        if words.isEmpty || words == ["cat"] { return nil }
        return words == ["less"] ? standard + end : chosen
    }

    /// Shows more text.
    func write(_ text: String) throws(ClientFault) {
        switch way {
        case .holding:
            held += text
            lines += text.utf8.count { $0 == UInt8(ascii: "\n") }
            if lines >= rows { try start() }
        case .direct: try Output.write(Array(text.utf8).span.bytes)
        case .running(let program): try pass(text, to: program)
        }
    }

    /// Shows what was held, or waits until the reader leaves the pager.
    func finish() throws(ClientFault) {
        switch way {
        case .holding:
            if !held.isEmpty { try Output.write(Array(held.utf8).span.bytes) }
            held = ""
        case .direct: break
        case .running(let program): program.finish()
        }
    }

    private func start() throws(ClientFault) {
        let text = held
        held = ""
        guard let command = Self.command(Environment.value("PAGER"), showsEnd: showsEnd),
            let program = try? PipedProgram(shell: command)
        else {
            way = .direct
            return try write(text)
        }
        way = .running(program)
        try pass(text, to: program)
    }

    private func pass(_ text: String, to program: PipedProgram) throws(ClientFault) {
        do throws(Errno) {
            try program.write(Array(text.utf8).span.bytes)
        } catch {
            wasLeft = error.code == EPIPE
            program.finish()
            throw .output(error)
        }
    }
}
