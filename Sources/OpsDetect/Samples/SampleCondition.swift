// The conditions of annotations: for which filter and which options a line is meant.
//
//   name == 'sshd'      opts.get('mode') != 'aggressive'      A and B      A or B      not A
// Comparisons of the filter's name or of an option with a text, and nothing else.

/// A condition that cannot be read.
struct SampleConditionFault: Error {
    /// The whole condition.
    let text: String
}

/// A condition of an annotation.
struct SampleCondition {
    private enum Word: Hashable {
        case name(String)
        case text(String)
        case sign(String)
    }

    private let source: String
    private let words: [Word]
    private var place = 0

    /// Whether a condition holds for a filter with these options.
    static func holds(
        _ text: String, name: String, options: [String: String]
    ) throws(SampleConditionFault) -> Bool {
        var condition = SampleCondition(text)
        let answer = try condition.either(name, options)
        guard condition.place == condition.words.count else {
            throw SampleConditionFault(text: text)
        }
        return answer
    }

    private init(_ source: String) {
        self.source = source
        var words: [Word] = []
        var rest = source[...]
        while let first = rest.first {
            if first == " " {
                rest.removeFirst()
            } else if first == "'" || first == "\"" {
                rest.removeFirst()
                let text = rest.prefix { $0 != first }
                words.append(.text(String(text)))
                rest = rest.dropFirst(text.count + 1)
            } else if first.isLetter {
                let name = rest.prefix { $0.isLetter || $0 == "." || $0 == "_" }
                words.append(.name(String(name)))
                rest = rest.dropFirst(name.count)
            } else {
                let sign = rest.hasPrefix("==") || rest.hasPrefix("!=") ? 2 : 1
                words.append(.sign(String(rest.prefix(sign))))
                rest = rest.dropFirst(sign)
            }
        }
        self.words = words
    }

    private mutating func take(_ word: Word) -> Bool {
        guard place < words.count, words[place] == word else { return false }
        place += 1
        return true
    }

    private mutating func either(
        _ name: String, _ options: [String: String]
    ) throws(SampleConditionFault) -> Bool {
        var answer = try both(name, options)
        while take(.name("or")) {
            let other = try both(name, options)
            answer = answer || other
        }
        return answer
    }

    private mutating func both(
        _ name: String, _ options: [String: String]
    ) throws(SampleConditionFault) -> Bool {
        var answer = try comparison(name, options)
        while take(.name("and")) {
            let other = try comparison(name, options)
            answer = answer && other
        }
        return answer
    }

    private mutating func comparison(
        _ name: String, _ options: [String: String]
    ) throws(SampleConditionFault) -> Bool {
        if take(.name("not")) {
            let answer = try comparison(name, options)
            return !answer
        }
        let left = try value(name, options)
        let isEqual = take(.sign("=="))
        guard isEqual || take(.sign("!=")) else { throw SampleConditionFault(text: source) }
        let right = try value(name, options)
        return (left == right) == isEqual
    }

    /// A text; nil: an option that is not given.
    private mutating func value(
        _ name: String, _ options: [String: String]
    ) throws(SampleConditionFault) -> String? {
        if take(.name("name")) { return name }
        if place < words.count, case .text(let text) = words[place] {
            place += 1
            return text
        }
        guard take(.name("opts.get")), take(.sign("(")), place < words.count,
            case .text(let option) = words[place]
        else { throw SampleConditionFault(text: source) }
        place += 1
        guard take(.sign(")")) else { throw SampleConditionFault(text: source) }
        return options[option]
    }
}
