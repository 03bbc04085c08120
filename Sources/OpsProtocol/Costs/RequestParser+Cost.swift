// The requests about spending that programs send most, as bare words of printable ASCII, read in
// one pass: `cost record`, `reserve`, `settle` and `release`.  All other requests, and faulty ones,
// go through the table; a test compares the two ways.

package import OpsCore

extension RequestParser {
    /// Parses `cost record model=NAME usd=N` and nothing else, without allocating.
    @inline(__always)
    package static func spend(_ line: Span<UInt8>) -> (model: ModelName, amount: MicroUSD)? {
        guard starts(line, "cost record model=") else { return nil }
        var end = 18
        while end < line.count, line[end] != UInt8(ascii: " ") { end &+= 1 }
        // The amount first: where a key follows it is none, and the rest need not be read.
        guard line.count - end > 5, starts(line.extracting(end...), " usd="),
            let amount = MicroUSD(line.extracting((end + 5)...)),
            let model = ModelName(line.extracting(18..<end))
        else { return nil }
        return (model, amount)
    }

    /// The command of a plain line about spending; nil if the table must parse the line.
    static func parsePlainCost(_ line: Span<UInt8>) -> (command: Command, row: CommandRow)? {
        if starts(line, "cost record "), let row = CommandTable.costRecord,
            let terms = PlainCostTerms(line, from: 12, [.model, .usd, .key]),
            let model = terms.model, let amount = terms.amount
        {
            return (.cost(.record(CostReport(model: model, amount: amount, key: terms.key))), row)
        }
        if starts(line, "cost reserve "), let row = CommandTable.costReserve,
            let terms = PlainCostTerms(line, from: 13, [.model, .usd, .key, .tokens]),
            let model = terms.model,
            let estimate = try? CostTerms.estimate(terms.amount, terms.input, terms.output)
        {
            return (
                .cost(.reserve(CostRequest(model: model, estimate: estimate, key: terms.key))), row
            )
        }
        if starts(line, "cost settle "), let row = CommandTable.costSettle,
            let terms = PlainCostTerms(line, from: 12, [.usd, .key, .id]),
            let amount = terms.amount,
            let name = try? CostTerms.name(id: terms.id, key: terms.key)
        {
            return (.cost(.settle(name, amount)), row)
        }
        if starts(line, "cost release "), let row = CommandTable.costRelease,
            let terms = PlainCostTerms(line, from: 13, [.key, .id]),
            let name = try? CostTerms.name(id: terms.id, key: terms.key)
        {
            return (.cost(.release(name)), row)
        }
        return nil
    }
}

/// The words after the verb.
private struct PlainCostTerms {
    struct Allowed: OptionSet {
        let rawValue: UInt8
        static let model = Allowed(rawValue: 1)
        static let usd = Allowed(rawValue: 2)
        static let key = Allowed(rawValue: 4)
        static let tokens = Allowed(rawValue: 8)
        static let id = Allowed(rawValue: 16)
    }

    var model: ModelName?
    var amount: MicroUSD?
    var key: String?
    var input: Int?
    var output: Int?
    var id: UInt64?

    /// nil: something is not plain, is wrong, or is there twice.
    init?(_ line: Span<UInt8>, from start: Int, _ allowed: Allowed) {
        var at = start
        while true {
            var end = at
            while end < line.count, line[end] != UInt8(ascii: " ") { end &+= 1 }
            if end == at || !read(line.extracting(at..<end), allowed) { return nil }
            if end == line.count { return }
            at = end + 1
        }
    }

    private mutating func read(_ word: Span<UInt8>, _ allowed: Allowed) -> Bool {
        if RequestParser.starts(word, "model=") {
            guard allowed.contains(.model), model == nil else { return false }
            model = ModelName(word.extracting(6...))
            return model != nil
        }
        if RequestParser.starts(word, "usd=") {
            guard allowed.contains(.usd), amount == nil else { return false }
            amount = MicroUSD(word.extracting(4...))
            return amount != nil
        }
        if RequestParser.starts(word, "key=") {
            guard allowed.contains(.key), key == nil else { return false }
            key = RequestParser.plainText(
                word.extracting(4...), limitBytes: CostBounds.keyBytes)
            return key != nil
        }
        if RequestParser.starts(word, "in=") {
            guard allowed.contains(.tokens), input == nil else { return false }
            input = Self.tokens(word.extracting(3...))
            return input != nil
        }
        if RequestParser.starts(word, "max_out=") {
            guard allowed.contains(.tokens), output == nil else { return false }
            output = Self.tokens(word.extracting(8...))
            return output != nil
        }
        guard allowed.contains(.id), id == nil else { return false }
        id = Self.number(word).flatMap { UInt64(exactly: $0) }
        return id != nil
    }

    private static func tokens(_ digits: Span<UInt8>) -> Int? {
        number(digits).flatMap { $0 <= TokenCounts.most ? $0 : nil }
    }

    /// Digits, without leading zeros; 18 of them at most.
    private static func number(_ digits: Span<UInt8>) -> Int? {
        guard (1...18).contains(digits.count), digits.count == 1 || digits[0] != 0x30 else {
            return nil
        }
        var value = 0
        for index in digits.indices {
            guard digits[index] &- 0x30 < 10 else { return nil }
            value = value * 10 + Int(digits[index] &- 0x30)
        }
        return value
    }
}
