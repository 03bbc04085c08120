// From the text of a line to the failregex that matches it: steps 4 to 6 of FilterRun.

extension FilterRun {
    /// Text that ends with a line feed: one line, or those that are matched together.
    func search(_ text: [UInt8], _ context: LineContext, into findings: inout [Finding]) {
        statistics.tried += 1
        if ignoresFirst, isIgnored(text.span, context) { return }
        guard let prefix else {
            tryFailures(text.span, prefixText: text.span, context, into: &findings)
            return
        }
        guard search(prefix.pattern, text.span, into: &prefixMatch, context.budget) else { return }
        guard let range = prefix.groups.range(of: .content, in: prefixMatch), !range.isEmpty else {
            tryFailures(text.span, prefixText: text.span, context, into: &findings)
            return
        }
        if range.upperBound == text.count - 1, buffer == nil {
            // The line feed behind the content is the one that ends a content.
            let content = text.span.extracting(range.lowerBound..<text.count)
            tryFailures(content, prefixText: text.span, context, into: &findings)
            return
        }
        var content: [UInt8] = []
        swap(&content, &self.content)
        content.removeAll(keepingCapacity: true)
        content.append(contentsOf: text[range])
        content.append(0x0A)
        if buffer != nil {
            // From now on the content stands for the lines that it was found in.
            buffer?.removeAll()
            buffer?.append(content.span, hasLiteral: true)
        }
        tryFailures(content.span, prefixText: text.span, context, into: &findings)
        swap(&content, &self.content)
    }

    /// Whether an ignoreregex matches.
    private func isIgnored(_ text: Span<UInt8>, _ context: LineContext) -> Bool {
        for pattern in ignored where search(pattern, text, into: &ignoreMatch, context.budget) {
            statistics.ignored += 1
            return true
        }
        return false
    }

    /// Tries the failregexes in their order; the first that matches decides.
    private func tryFailures(
        _ text: Span<UInt8>, prefixText: Span<UInt8>, _ context: LineContext,
        into findings: inout [Finding]
    ) {
        for (index, rule) in failures.enumerated()
        where isCandidate(index, context.candidates) {
            guard search(rule.pattern, text, into: &match, context.budget) else { continue }
            matchedPattern = index
            var lines = 1
            if buffer != nil {
                var matched: [UInt8] = []
                lines = removeMatched(rule, into: &matched)
                if !ignored.isEmpty, isIgnored(matched.span, context) { return }
            } else if !ignored.isEmpty, isIgnored(text, context) {
                return
            }
            if !context.isDated { statistics.withoutDate += 1 }
            conclude(rule, text, prefixText: prefixText, lines: lines, context, into: &findings)
            return
        }
    }

    /// Takes the lines that matched out of the buffer, and returns how many they were.
    private func removeMatched(_ rule: Rule, into matched: inout [UInt8]) -> Int {
        var skipped: [Range<Int>] = []
        for numbers in rule.groups.skipped {
            if let range = match[anyOf: numbers] { skipped.append(range) }
        }
        return buffer?.remove(match.range, skipped: skipped, into: &matched) ?? 1
    }
}
