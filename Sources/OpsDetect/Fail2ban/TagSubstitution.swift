// Options within options: `<NAME>` in a value stands for the option NAME.
//
// 1. The innermost tag is replaced first, everywhere in the value; what it stood for is looked
//    through too, so `<lt_<logtype>/datepattern>` becomes the option that it names.
// 2. A tag that names no option stays: it is one of the patterns' own, such as `<HOST>`.
// 3. An option that contains itself, or a tag that was replaced too often, is a fault.
//
// Source: what fail2ban 1.0.2 makes of such values.

/// Replaces tags in the values of a filter.
struct TagSubstitution {
    /// Options that are left alone, because they depend on a condition.
    var ignored: Set<String>
    /// What a tag stands for that is none of the values.
    var others: (String) throws(Fail2banFault) -> String?
    /// A fault about an option, at its place.
    let fault: (_ name: String, _ message: String) -> Fail2banFault
    /// Bytes that may still be looked at.
    private var work = Fail2banLimits.tagWork

    init(
        ignored: Set<String>,
        fault: @escaping (_ name: String, _ message: String) -> Fail2banFault,
        others: @escaping (String) throws(Fail2banFault) -> String?
    ) {
        self.ignored = ignored
        self.fault = fault
        self.others = others
    }

    /// The values with no tag left that names one of them.
    mutating func apply(to values: OrderedTexts) throws(Fail2banFault) -> OrderedTexts {
        var values = values
        var counts: [String: [String: Int]] = [:]
        var done: Set<String> = []
        var again = true
        while again {
            again = false
            for name in values.names where !ignored.contains(name) && !done.contains(name) {
                guard let before = values[name] else { continue }
                let after = try replace(in: before, of: name, values, &counts[name, default: [:]])
                if before != after {
                    if Self.tag(in: after.configBytes, from: 0) != nil { again = true }
                    values[name] = after
                }
                if !after.utf8.contains(0x3c) { done.insert(name) }
            }
        }
        return values
    }

    /// One pass over a value.
    private mutating func replace(
        in value: String, of name: String, _ values: OrderedTexts, _ counts: inout [String: Int]
    ) throws(Fail2banFault) -> String {
        var text = value
        var bytes = text.configBytes
        var place = 0
        while let found = Self.tag(in: bytes, from: place) {
            let tag = bytes[(found.lowerBound + 1)..<(found.upperBound - 1)].text
            if ignored.contains(tag) {
                place = found.upperBound
                continue
            }
            guard tag != name, counts[tag, default: 1] <= Fail2banLimits.tagRepeats else {
                throw fault(name, "contains itself, by way of <\(tag.shortened)>")
            }
            var replacement = values[tag]
            if replacement == nil { replacement = try others(tag) }
            guard let replacement else {
                place = found.upperBound
                continue
            }
            let longer = text.replacing(
                "<\(tag)>", by: replacement, limit: Fail2banLimits.valueBytes)
            guard let longer, work > 0 else {
                throw fault(
                    name, "is longer than \(Fail2banLimits.valueBytes) bytes with its tags")
            }
            text = longer
            bytes = text.configBytes
            counts[tag, default: 0] += 1
            place = found.lowerBound
            work -= bytes.count
        }
        return text
    }

    /// The next `<...>` with neither a space nor another angle bracket in it.
    private static func tag(in bytes: [UInt8], from place: Int) -> Range<Int>? {
        var start: Int?
        var at = place
        while at < bytes.count {
            switch bytes[at] {
            case 0x3c: start = at
            case 0x20: start = nil
            case 0x3e:
                if let begin = start, at > begin + 1 { return begin..<(at + 1) }
                start = nil
            default: break
            }
            at += 1
        }
        return nil
    }
}
