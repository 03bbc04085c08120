// From a line to a command.
//
//     request  = verb *( SP word )          verb = the longest match in the table
//     word     = bare / string / key "=" ( bare / string )
//     bare     = characters but SP, quote, control       string = a JSON string
//
// Where a word may be repeated, a bare one may be a comma-separated list.  Exactly one space stands
// between words.  A word counts as `key=value` only if the row has the key.  A refusal names the
// argument and what was expected; the input that it quotes is cut and escaped.

package import OpsCore

/// Parses request lines.
package enum RequestParser {
    /// The command of a line (without its LF), and its row.
    @inline(__always)
    package static func parse(
        _ line: Span<UInt8>
    ) throws(Refusal) -> (command: Command, row: CommandRow) {
        if let hot = parseHot(line) { return hot }
        return try parseByTable(line)
    }

    /// The command of a line in one of the frequent forms; nil if the table must parse the line.
    static func parseHot(_ line: Span<UInt8>) -> (command: Command, row: CommandRow)? {
        if let request = HotRequest(line), let row = request.row { return (request.command, row) }
        return starts(line, "list add ") ? parseListAdd(line) : parsePlain(line)
    }

    static func starts(_ line: Span<UInt8>, _ text: StaticString) -> Bool {
        line.count >= text.utf8CodeUnitCount
            && JSONReader.matches(line, 0..<text.utf8CodeUnitCount, text)
    }

    /// Parses any command by the table.
    static func parseByTable(
        _ line: Span<UInt8>
    ) throws(Refusal) -> (command: Command, row: CommandRow) {
        do throws(Refusal) {
            return try parse(RequestWords.split(line), isRepaired: false)
        } catch {
            // A report counts, whatever a stranger has put into its texts.
            guard error.code == .badRequest, isReport(line),
                let repaired = TextRepair.repaired(line)
            else { throw error }
            return try parse(RequestWords.split(repaired.span), isRepaired: true)
        }
    }

    private static func isReport(_ line: Span<UInt8>) -> Bool {
        starts(line, "hit ") || starts(line, "strike ") || starts(line, "incident raise ")
    }

    private static func parse(
        _ words: [RequestWord], isRepaired: Bool
    ) throws(Refusal) -> (command: Command, row: CommandRow) {
        let (row, used) = try row(words)
        var values = ArgumentValues()
        values.isRepaired = isRepaired
        var positionals = row.positionals[...]
        for word in words[used...] {
            if let name = word.name, let argument = row.keywords.first(where: { $0.name == name }) {
                if values.has(name) { throw Refusal(.badArgument, "\(name): given twice") }
                values.set(name, try value(word.value, argument))
            } else {
                try parsePositional(word, row, &positionals, &values)
            }
        }
        try requireAll(row, positionals, values)
        return (try row.build(values), row)
    }

    /// The row with the longest verb that the words begin with.
    private static func row(
        _ words: [RequestWord]
    ) throws(Refusal) -> (row: CommandRow, used: Int) {
        let first = words[0].whole
        if !words[0].isString {
            if words.count > 1, !words[1].isString,
                let row = CommandTable.row(first + " " + words[1].whole)
            {
                return (row, 2)
            }
            if let row = CommandTable.row(first) { return (row, 1) }
        }
        let known = CommandTable.rows.map(\.verb)
        let family = known.filter { $0.hasPrefix(first + " ") }
        let near =
            family.isEmpty
            ? Suggestion.closest(to: first.lowercased(), among: known).map { [$0] } ?? [] : family
        throw Refusal(
            .unknownCommand, "there is no command \(Echo.quoted(first))",
            hint: near.isEmpty
                ? "`commands` lists them" : "did you mean " + near.joined(separator: " or ") + "?")
    }

    private static func parsePositional(
        _ word: RequestWord, _ row: CommandRow, _ positionals: inout ArraySlice<Argument>,
        _ values: inout ArgumentValues
    ) throws(Refusal) {
        guard let argument = positionals.first else {
            if let name = word.name { throw unknownKey(name, row) }
            throw Refusal(
                .badArgument,
                "\(Echo.quoted(word.whole)): unexpected, \(row.verb) takes no more arguments",
                hint: "usage: \(row.synopsis)")
        }
        if let name = word.name, !isText(argument.type) { throw unknownKey(name, row) }
        if case .repeated(_, let most) = argument.place {
            try parseRepeated(word, argument, most: most, &values)
        } else {
            values.set(argument.name, try value(word.whole, argument))
            positionals.removeFirst()
        }
    }

    /// The values of a repeatable word: a bare word is split at commas, a string is one value.
    private static func parseRepeated(
        _ word: RequestWord, _ argument: Argument, most: Int, _ values: inout ArgumentValues
    ) throws(Refusal) {
        var rest = word.whole.utf8[...]
        while true {
            let comma = word.isString ? nil : rest.firstIndex(of: UInt8(ascii: ","))
            let item = rest[..<(comma ?? rest.endIndex)]
            if values.repeated.count == most {
                throw Refusal(
                    .badArgument, "\(argument.name): too many values, expected at most \(most)")
            }
            values.repeated.append(try value(String(Substring(item)), argument))
            guard let comma else { return }
            rest = rest[rest.index(after: comma)...]
        }
    }

    private static func isText(_ type: ArgumentType) -> Bool {
        switch type {
        case .text, .report: true
        default: false
        }
    }

    private static func unknownKey(_ name: String, _ row: CommandRow) -> Refusal {
        let keys = row.keywords.map(\.name)
        let hint =
            keys.isEmpty
            ? "\(row.verb) takes no arguments of the form key=value"
            : "\(row.verb) takes " + keys.joined(separator: ", ")
        return Refusal(
            .badArgument, "\(Echo.cut(name)): \(row.verb) has no argument of this name", hint: hint)
    }

    private static func requireAll(
        _ row: CommandRow, _ left: ArraySlice<Argument>, _ values: ArgumentValues
    ) throws(Refusal) {
        guard let argument = left.first else { return }
        if case .repeated(let least, _) = argument.place, values.repeated.count >= least { return }
        throw Refusal(
            .badArgument, "\(argument.name): missing, expected \(argument.type.allowed)",
            hint: "usage: \(row.synopsis)")
    }

    // MARK: Values

    private static func value(
        _ text: String, _ argument: Argument
    ) throws(Refusal) -> ArgumentValue {
        switch argument.type {
        case .address, .network: return .target(try target(text, argument))
        case .text(let limit):
            if !text.isEmpty && text.writtenBytes <= limit { return .text(text) }
        case .report(let limit):
            let kept = text.cut(toWrittenBytes: limit)
            return kept == text ? .text(text) : .cutText(kept)
        case .place:
            if let place = place(text) { return .place(place) }
        case .integer(let range):
            if let number = plainInteger(Int.self, text), range.contains(number) {
                return .integer(number)
            }
        case .seconds(let range):
            let seconds = plainInteger(Int.self, text) ?? wholeSeconds(text)
            if let seconds, range.contains(seconds) { return .integer(seconds) }
        case .lifetime:
            if text == "permanent" { return .lifetime(.permanent) }
            if let length = DurationText.parse(text), length >= 1_000,
                length <= Bounds.lifetimeMilliseconds
            {
                return .lifetime(.milliseconds(length))
            }
        case .time:
            if let time = Timestamp.parse(text) { return .time(time) }
        case .word(let words):
            if words.contains(text) { return .text(text) }
        case .listName:
            if ListBounds.isName(text) { return .text(text) }
        case .severity:
            if let severity = Severity(rawValue: text.lowercased()) { return .severity(severity) }
        case .incident:
            if let incident = IncidentName(text) { return .incident(incident) }
        case .eventMark:
            if let mark = EventMark(parsing: text) { return .eventMark(mark) }
        case .eventPlace:
            if let place = EventPlace(parsing: text) { return .eventPlace(place) }
        case .eventName:
            if let kind = EventKind(rawValue: text) { return .eventName(kind) }
        case .token, .item, .number:
            if let id = plainInteger(UInt64.self, text) { return .id(id) }
        case .leaseToken:
            if let token = WorkToken.parse(text) { return .id(token) }
        case .objective:
            if let name = ObjectiveName(text) { return .objective(name) }
        case .milliseconds:
            if let latency = Latency.milliseconds(text) { return .milliseconds(latency) }
        case .model:
            if let model = ModelName(text) { return .model(model) }
        case .queue:
            if let queue = QueueName(text) { return .queue(queue) }
        case .money:
            if let amount = MicroUSD(parsing: text) { return .money(amount) }
        case .cap:
            if text == "none" { return .cap(.none) }
            if text == "configured" { return .cap(.configured) }
            if let amount = MicroUSD(parsing: text) { return .cap(.amount(amount)) }
        case .latencies:
            if let list = Latency.list(text) { return .latencies(list) }
        }
        throw Refusal(
            .badArgument,
            "\(argument.name): \(Echo.quoted(text)) must be \(argument.type.allowed)")
    }

    /// `STREAM:NUMBER`.
    private static func place(_ text: String) -> Place? {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let stream = String(text[..<colon])
        // What was repaired may be the name of another stream now.
        guard let number = plainInteger(UInt64.self, String(text[text.index(after: colon)...])),
            (1...Bounds.streamBytes).contains(stream.utf8.count),
            !stream.unicodeScalars.contains("\u{fffd}")
        else { return nil }
        return Place(stream: stream, number: number)
    }

    private static func target(
        _ text: String, _ argument: Argument
    ) throws(Refusal) -> Target {
        let bytes = Array(text.utf8)
        let target: Target
        do throws(AddressFault) {
            target = try Target(parsing: bytes.span)
        } catch {
            throw Refusal(.badArgument, "\(argument.name): \(error.message)", hint: error.hint)
        }
        if case .address = argument.type, !target.network.isAddress {
            throw Refusal(
                .badArgument,
                "\(argument.name): \(Echo.quoted(text)) must be one address, without a prefix")
        }
        return target
    }

    /// A duration of whole seconds.
    private static func wholeSeconds(_ text: String) -> Int? {
        guard let length = DurationText.parse(text), length % 1_000 == 0 else { return nil }
        return Int(length / 1_000)
    }

    /// A number of digits only: no sign, no leading zeros.
    static func plainInteger<Value: FixedWidthInteger>(
        _ type: Value.Type, _ text: String
    ) -> Value? {
        guard text.utf8.count <= 20, text.utf8.allSatisfy({ $0 &- 0x30 < 10 }),
            text == "0" || text.utf8.first != 0x30
        else { return nil }
        return Value(text)
    }
}
