// Where answers go: standard output, as text or as the objects that were received (with escapes in
// place of what a terminal would obey).  Refusals go to standard error in words; with --json they
// are objects like any other answer.

import OpsLinux
import OpsProtocol

/// Standard output, with what is known about it.
struct Output {
    let isJSON: Bool
    let view: View
    /// Where long text for a terminal goes; nil: straight to standard output.
    var pager: Pager?

    init(_ options: ControlOptions) {
        isJSON = options.isJSON
        let isTerminal = StandardStream.output.isTerminal
        let noColour = Environment.value("NO_COLOR").map { !$0.isEmpty } ?? false
        view = View(
            isColoured: isTerminal && !options.isPlain && !noColour
                && Environment.value("TERM") != "dumb",
            columns: isTerminal ? StandardStream.output.windowSize?.columns ?? 80 : nil,
            nowMilliseconds: Clocks.now().wallNanoseconds / 1_000_000, users: .ofThisHost)
    }

    /// The same output, whose text goes through a pager where it is longer than the terminal.
    func paged(_ options: ControlOptions, showsEnd: Bool) -> Output {
        var copy = self
        if view.columns != nil && !isJSON && !options.isUnpaged {
            copy.pager = Pager(
                rows: StandardStream.output.windowSize?.rows ?? 24, showsEnd: showsEnd)
        }
        return copy
    }

    /// Writes a whole reply; returns the exit status for it.
    func show(
        _ reply: ReplyLine, as display: ReplyDisplay
    ) throws(ClientFault) -> ExitCode {
        let value = try reply.value(leavingOut: isJSON ? display.rows : nil)
        if isJSON { try write(reply) }
        if reply.kind == .err {
            if !isJSON { Self.report(refusal: value) }
            return ExitCode(code: value["code"]?.text ?? "")
        }
        if !isJSON {
            try write(text(of: value, as: display))
            for result in value["results"]?.elements ?? [] where result["code"] != nil {
                Self.report(refusal: result)
            }
        }
        Self.warnIfNotDurable(value)
        return display.exit.code(of: value)
    }

    /// The text of an `ok` reply.
    func text(of value: JSONValue, as display: ReplyDisplay) -> String {
        var sheet = Sheet(view)
        display.render(value, &sheet)
        return sheet.text
    }

    /// Writes a refusal in words; `place` says where the refused entry is.
    static func report(refusal: JSONValue, at place: String = "") {
        let message = refusal["message"]?.text ?? refusal["code"]?.text ?? "refused"
        let hint = refusal["hint"]?.text.map { CommandTable.inShellWords($0) }
        Diagnostics.write(place + message, hint: hint)
    }

    static func warnIfNotDurable(_ value: JSONValue) {
        if value["durable"]?.bool != false { return }
        Diagnostics.write(
            "warning: done in memory, but not durable: a crash would undo it",
            hint: "opsctl status says why the store is degraded")
    }

    /// Writes the object of a reply, and a line feed.
    func write(_ reply: ReplyLine) throws(ClientFault) { try write(try reply.printable()) }

    /// Writes an object that opsctl made, and a line feed.
    func write(_ object: consuming [UInt8]) throws(ClientFault) {
        object.append(UInt8(ascii: "\n"))
        try Self.write(object.span.bytes)
    }

    func write(_ text: String) throws(ClientFault) {
        if text.isEmpty { return }
        if let pager { return try pager.write(text) }
        try Self.write(Array(text.utf8).span.bytes)
    }

    static func write(_ bytes: RawSpan) throws(ClientFault) {
        do throws(Errno) {
            try StandardStream.output.write(bytes)
        } catch {
            throw .output(error)
        }
    }
}
