// `-` for an address: a list on standard input, one address per line; blank lines and # comments
// are skipped.  Requests of up to 500 addresses are sent ahead of their replies.  A line that is
// not an address is reported with its number and does not stop the others.

import OpsCore
import OpsProtocol

struct AddressList {
    /// The most requests that are sent ahead of their replies.
    static let window = 16

    private struct Request {
        var addresses: [String] = []
        var lines: [Int] = []
    }

    private let words: CommandWords
    private let output: Output
    private var waiting: [Request] = []
    private var code = ExitCode.done

    static func run(
        _ words: CommandWords, _ connection: inout Connection, _ output: Output
    ) throws(ClientFault) -> ExitCode {
        var list = AddressList(words: words, output: output)
        var input = LineInput()
        var request = Request()
        while let line = try input.next() {
            guard let address = list.address(line, input.number) else { continue }
            request.addresses.append(address)
            request.lines.append(input.number)
            if request.addresses.count == words.listBatch {
                try list.send(&request, &connection)
            }
        }
        if !request.addresses.isEmpty { try list.send(&request, &connection) }
        while !list.waiting.isEmpty { try list.receive(&connection) }
        return list.code
    }

    /// The address of a line; nil if the line has none, or a bad one, which is reported.
    private mutating func address(_ line: String, _ number: Int) -> String? {
        let text = line.prefix { $0 != "#" }.filter { $0 != "\r" }
        let trimmed = text.split(whereSeparator: { $0 == " " || $0 == "\t" })
        guard let word = trimmed.first else { return nil }
        var fault: (message: String, hint: String?)?
        if trimmed.count > 1 {
            fault = ("expected one address per line", nil)
        } else {
            do throws(AddressFault) {
                let target = try Target(parsing: Array(word.utf8).span)
                if !words.takesNetworks && !target.isBare {
                    fault = ("'\(word)' is a network: expected one address, without a prefix", nil)
                }
            } catch {
                fault = (error.message, error.hint)
            }
        }
        guard let fault else { return String(word) }
        Diagnostics.write("line \(number): \(fault.message)", hint: fault.hint)
        code = max(code, .usage)
        return nil
    }

    private mutating func send(
        _ request: inout Request, _ connection: inout Connection
    ) throws(ClientFault) {
        connection.queue(try words.line(positionals: request.addresses))
        waiting.append(request)
        request = Request()
        if waiting.count >= Self.window { try receive(&connection) }
    }

    private mutating func receive(_ connection: inout Connection) throws(ClientFault) {
        let reply = try connection.next()
        let request = waiting.removeFirst()
        let value = try reply.value()
        if output.isJSON {
            code = max(code, try output.show(reply, as: words.display))
            return
        }
        if reply.kind == .err {
            let lines = request.lines
            let place =
                lines.count == 1 ? "line \(lines[0]): " : "lines \(lines[0])-\(lines.last ?? 0): "
            Output.report(refusal: value, at: place)
            code = max(code, ExitCode(code: value["code"]?.text ?? ""))
            return
        }
        try output.write(output.text(of: value, as: words.display))
        let results = value["results"]?.elements ?? []
        for (index, result) in results.enumerated() where result["code"] != nil {
            let isNumbered = results.count == request.lines.count
            let place = isNumbered ? "line \(request.lines[index]): " : ""
            Output.report(refusal: result, at: place)
        }
        Output.warnIfNotDurable(value)
        code = max(code, words.display.exit.code(of: value))
    }
}
