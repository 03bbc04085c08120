// Endpoints as they are kept: in records of the log and lines of a snapshot.  Checks by the hour
// and by the day are a text each, `ALL` or `ALL/DOWN` for each period, oldest first, empty for
// none.

package import OpsCore

extension Endpoint: CodedEntity {
    /// The name of the first member.
    package static var word: StaticString { "endpoint" }

    /// The name.
    package static func write(_ id: String, to json: inout JSONWriter) { json.string(id) }

    /// The name.
    package static func readID(_ members: inout EntityMembers) throws(EntityFault) -> String {
        let name = try members.text("endpoint", limitBytes: EndpointSettings.nameBytes)
        guard EndpointSettings.isName(name) else { throw EntityFault("endpoint: not a name") }
        return name
    }

    /// Members that have no value are left out.
    package func writeMembers(to json: inout JSONWriter) {
        json.member("state", text: state.rawValue)
        json.member("since", integer: since)
        json.member("checked", integer: checked)
        if let reason { json.member("reason", text: reason) }
        if let certificateDays { json.member("cert_days", integer: certificateDays) }
        if let last = hours.last {
            json.member("hour", integer: last)
            json.member("hours", text: PeriodText.text(hours.counts))
        }
        if let last = days.last {
            json.member("day", integer: last)
            json.member("days", text: PeriodText.text(days.counts))
        }
        if deadline != Ban.never { json.member("deadline_ms", integer: deadline) }
    }

    /// Reads what `writeMembers` writes.
    package init(id: String, _ members: inout EntityMembers) throws(EntityFault) {
        self.init(
            id: id, state: try members.word("state"), since: try members.wall("since"),
            checked: try members.wall("checked"), deadline: Ban.never)
        reason = try members.text(ifThere: "reason")
        certificateDays = try members.integer(ifThere: "cert_days")
        hours = try members.periods("hour", "hours", CheckPeriods.hours)
        days = try members.periods("day", "days", CheckPeriods.days)
        deadline = try members.deadline("deadline_ms")
    }
}

extension EntityMembers {
    fileprivate mutating func periods(
        _ last: String, _ counts: String, _ length: Int
    ) throws(EntityFault) -> CheckPeriods {
        guard let last: Int64 = try integer(ifThere: last) else {
            return CheckPeriods(length: length)
        }
        guard let read = PeriodText.counts(try text(counts)),
            let periods = CheckPeriods(length: length, last: last, counts: read)
        else { throw EntityFault("\(counts): not the checks of \(length) periods at most") }
        return periods
    }
}

/// Counts of periods as text.
package enum PeriodText {
    static func text(_ counts: [CheckCounts]) -> String {
        counts.map { count in
            if count.all == 0 { return "" }
            return count.down == 0 ? "\(count.all)" : "\(count.all)/\(count.down)"
        }.joined(separator: ",")
    }

    /// nil: it is not what `text` makes.
    package static func counts(_ text: String) -> [CheckCounts]? {
        var counts: [CheckCounts] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            if part.isEmpty {
                counts.append(CheckCounts())
                continue
            }
            let numbers = part.split(separator: "/", omittingEmptySubsequences: false)
            guard numbers.count <= 2, let all = number(numbers[0]), all > 0 else { return nil }
            var down: UInt16 = 0
            if numbers.count == 2 {
                guard let second = number(numbers[1]), second > 0, second <= all else { return nil }
                down = second
            }
            counts.append(CheckCounts(all: all, down: down))
        }
        return counts
    }

    private static func number(_ text: Substring) -> UInt16? {
        guard text.utf8.allSatisfy({ $0 &- 0x30 < 10 }), text.first != "0" else { return nil }
        return UInt16(text)
    }
}
