// The other dates of a line.  The line's date is the one that fail2ban takes, mostly the leftmost;
// but in some logs a stranger's text stands before it, such as a user name, and may be a date too.

extension DateDetector {
    /// Tells the time of each date that stands at or behind `start`, until `isEnough` says so.
    ///
    /// Nothing is learned from them.  The order is that of the templates; a date may be told more
    /// than once, when several match it.  None is told any more when `budget` is over.
    package mutating func findOthers(
        in line: Span<UInt8>, from start: Int, now: Int64, budget: LineBudget,
        until isEnough: (Int64) -> Bool
    ) {
        guard start < line.count else { return }
        let rest = line.extracting(start...)
        let traits = LineTraits(of: rest)
        for index in candidates.indices where !candidates[index].template.isBound {
            let template = candidates[index].template
            var from = 0
            while from < rest.count {
                let match = template.match(
                    rest.extracting(from...), traits: from == 0 ? traits : nil, scratch: &scratch,
                    budget: budget)
                guard let match else {
                    // It may be out of the template's reach, but not if that is the whole line.
                    guard template.reach < rest.count - from else { break }
                    from += template.reach
                    while from < rest.count, rest[from] & 0xC0 == 0x80 { from += 1 }
                    continue
                }
                from += max(match.end, 1)
                while from < rest.count, rest[from] & 0xC0 == 0x80 { from += 1 }
                if let time = time(of: match, now: now), isEnough(time) { return }
            }
        }
    }
}
