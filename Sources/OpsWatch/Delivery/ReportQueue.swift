// Reports on their way to opsd, oldest first.  Those at the front have been sent and wait for their
// answers; the others wait for room.
//   1. The numbers of a stream leave in ascending order: opsd takes a lower one for a repetition.
//   2. What is not answered stays, over the end of a connection too, and is sent again.
//   3. When many wait, strikes of an address and lines of an incident that have not been sent are
//      added up: the sum takes the place of the newest, at the end, so that rule 1 holds.
// The caller stops reading logs while `isFull`.

import OpsCore

/// Reports that opsd has not answered.
struct ReportQueue: Sendable {
    /// Reports that may wait before reading stops.
    static let capacity = 8_192
    /// Above this many unsent ones, strikes of one address are added up.
    static let sumsAbove = 512

    private struct Entry {
        var report: Report
        /// Its number; that of its first part, where reports were added up.
        var sequence: UInt64
        /// It was added to a later one.
        var isSpent = false
        /// opsd could not take it, but may have taken later ones of its stream.
        var needsNoPlace = false
    }

    private struct Sum: Hashable {
        var address: Network?
        var source: String
        var stream: String?
        /// Of an incident; nil: they are strikes.
        var rule: String?

        init(_ report: Report) {
            let isIncident = report.verb.isIncident
            address = isIncident ? nil : report.address
            source = report.source
            stream = report.place?.stream
            rule = isIncident ? report.rule : nil
        }
    }

    private var entries: [Entry] = []
    /// The first that is not answered.
    private var head = 0
    /// The first that is not sent.
    private var next = 0
    /// Where the newest unsent strike of an address is, if it may be added to.
    private var sums: [Sum: Int] = [:]
    /// How many reports were appended, since the start.
    private(set) var appended: UInt64 = 0
    /// How many reports were added to others.
    private(set) var summedCount: UInt64 = 0
    /// Reports that were sent and not answered.
    private(set) var sentCount = 0

    /// Reports without an answer, those that were added to others included.
    var count: Int { entries.count - head }
    /// Whether something waits to be sent.  The last entry is never spent: a sum follows its parts.
    var hasUnsent: Bool { next < entries.count }
    /// Whether the logs must wait.
    var isFull: Bool { count >= Self.capacity }

    /// Appends a report; its number is `appended`, before the call.
    mutating func append(_ report: Report) {
        var entry = Entry(report: report, sequence: appended)
        appended += 1
        let sum = Sum(report)
        if report.verb == .success {
            // It clears what came before, so nothing may be moved behind it.
            if !sums.isEmpty { sums[sum] = nil }
        } else if entries.count - next >= Self.sumsAbove {
            if let place = sums[sum], place >= next, add(entries[place], to: &entry) {
                entries[place].isSpent = true
                summedCount &+= 1
            }
            sums[sum] = entries.count
        } else if !sums.isEmpty {
            sums.removeAll(keepingCapacity: true)
        }
        entries.append(entry)
    }

    /// Adds an earlier strike to a later one, or lines of an incident; false where there is no sum.
    private func add(_ earlier: Entry, to entry: inout Entry) -> Bool {
        guard earlier.report.verb != .success else { return false }
        // A weight that opsd's rules decide is not known here.
        guard let one = earlier.report.weight, let other = entry.report.weight,
            one + other <= Report.mostWeight
        else { return false }
        entry.report.weight = one + other
        entry.sequence = min(earlier.sequence, entry.sequence)
        return true
    }

    /// Writes the next unsent report into `output`; false if there is none.
    mutating func writeNext(to output: inout [UInt8]) -> Bool {
        while next < entries.count, entries[next].isSpent { next += 1 }
        guard next < entries.count else { return false }
        entries[next].report.write(to: &output, withPlace: !entries[next].needsNoPlace)
        next += 1
        sentCount += 1
        return true
    }

    /// opsd answered the oldest one that was sent; returns it.
    mutating func answered() -> Report? { removeOldestSent()?.report }

    /// Nobody waits for the answers to spent ones: they are passed over.
    private mutating func removeOldestSent() -> Entry? {
        while head < next {
            let entry = entries[head]
            head += 1
            guard !entry.isSpent else { continue }
            sentCount -= 1
            compact()
            return entry
        }
        return nil
    }

    /// opsd could not take the oldest one that was sent: it goes to the end, to be sent again.  It
    /// is in no doubt that it was not counted, so it goes without its place, which later ones may
    /// have passed.
    mutating func refusedForNow() {
        guard var entry = removeOldestSent() else { return }
        entry.needsNoPlace = true
        entries.append(entry)
    }

    /// The connection is gone: nobody answers what was sent.
    mutating func disconnected() {
        next = head
        sentCount = 0
        sums.removeAll(keepingCapacity: true)
    }

    /// Drops what opsd has counted, by the last number of each stream; returns how many.
    /// Before anything is sent on a new connection.
    mutating func drop(through places: [String: UInt64]) -> Int {
        let before = count
        entries = entries[head...].filter { entry in
            if entry.isSpent { return false }
            // A `success` has no place of its own there, but a later strike shows that it arrived;
            // repeated, it would clear that strike.
            guard !entry.needsNoPlace, let place = entry.report.place,
                let last = places[place.stream]
            else { return true }
            return place.number > last
        }
        head = 0
        next = 0
        sentCount = 0
        sums.removeAll(keepingCapacity: true)
        return before - count
    }

    /// The smallest number of a report that is not answered; `appended` if there is none.  What
    /// was read before it may be forgotten.
    var firstUnanswered: UInt64 {
        var first = appended
        for entry in entries[head...] where !entry.isSpent { first = min(first, entry.sequence) }
        return first
    }

    private mutating func compact() {
        if head == entries.count {
            entries.removeAll(keepingCapacity: entries.capacity <= 2 * Self.capacity)
            head = 0
            next = 0
            sums.removeAll(keepingCapacity: true)
        } else if head >= 1_024, head * 2 >= entries.count {
            entries.removeFirst(head)
            next -= head
            head = 0
            sums.removeAll(keepingCapacity: true)
        }
    }
}
