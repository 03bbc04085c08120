// A file of annotated samples, line by line.  Lines of the log stand between lines that begin with
// `#`, of which some mean something:
//
//   # failJSON: {...}        what the next line is
//   # filterOptions: {...}   the options of the filter from here on; a list: each of them
//   # fileOptions: {...}     options for all of the file
//   # addFILE: "name"        another file to read after this one

/// A line of a file of samples.
enum SampleLine {
    /// What the next line is, and the number of this one.
    case annotation([String: SampleValue])
    case filterOptions([[String: SampleValue]])
    case fileOptions([String: SampleValue])
    case addFile(String)
    /// A line of the log.
    case text
    /// A comment, or nothing.
    case comment
    /// An annotation that is not JSON, or not of its form.
    case broken

    /// Reads a line.
    init(_ line: Span<UInt8>) {
        guard line.count > 0 else {
            self = .comment
            return
        }
        guard line[0] == UInt8(ascii: "#") else {
            self = Self.isBlank(line) ? .comment : .text
            return
        }
        var place = 0
        while place < line.count, line[place] == UInt8(ascii: "#") { place += 1 }
        if place < line.count, line[place] == UInt8(ascii: " ") { place += 1 }
        let rest = line.extracting(place..<line.count)
        for (word, make) in Self.kinds {
            guard rest.count > word.utf8CodeUnitCount, Self.begins(rest, with: word) else {
                continue
            }
            let json = rest.extracting(word.utf8CodeUnitCount..<rest.count)
            self = SampleValue(json).flatMap(make) ?? .broken
            return
        }
        self = .comment
    }

    private static let kinds: [(StaticString, @Sendable (SampleValue) -> SampleLine?)] = [
        ("failJSON:", { if case .object(let value) = $0 { .annotation(value) } else { nil } }),
        ("fileOptions:", { if case .object(let value) = $0 { .fileOptions(value) } else { nil } }),
        ("addFILE:", { if case .text(let value) = $0 { .addFile(value) } else { nil } }),
        (
            "filterOptions:",
            { value in
                switch value {
                case .object(let options): return .filterOptions([options])
                case .list(let list):
                    var all: [[String: SampleValue]] = []
                    for case .object(let options) in list { all.append(options) }
                    return all.count == list.count ? .filterOptions(all) : nil
                default: return nil
                }
            }
        ),
    ]

    private static func begins(_ line: Span<UInt8>, with word: StaticString) -> Bool {
        word.withUTF8Buffer { word in
            for index in word.indices where line[index] != word[index] { return false }
            return true
        }
    }

    private static func isBlank(_ line: Span<UInt8>) -> Bool {
        for index in 0..<line.count where line[index] != 0x20 && line[index] != 0x09 {
            return false
        }
        return true
    }
}
