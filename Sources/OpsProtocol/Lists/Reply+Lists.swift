// Lists in replies, each within its part of `reply_bytes`.  Three kinds:
//   1. Pages (`bans`, `strikes`, `events`) stop where the space ends; `next` tells where to go on.
//   2. `results`, one object per target: all are present; one that is longer than its share is
//      brief, without its texts.
//   3. Lists inside a larger reply (`why`, `metrics`) stop where their share ends.
// If 2 or 3 left something out, the object says `"cut":true`.

import OpsCore

/// How long a reply may get.
struct PageBudget {
    /// Where the reply's object starts in the output.
    var start: Int
    var limitBytes: Int

    /// Space for the members after a list.
    static let tailBytes = 256

    /// Whether what has been written leaves no space for `next`.
    func isSpent(_ json: JSONWriter) -> Bool {
        json.bytes.count - start + Self.tailBytes > limitBytes
    }

    /// The bytes for one of `parts` equal parts.
    func share(_ parts: Int) -> Int { max(0, limitBytes - Self.tailBytes) / max(1, parts) }
}

extension JSONWriter {
    /// Writes `"cut":true` if something was left out.
    mutating func cutMember(_ isCut: Bool) {
        if isCut { member("cut", true) }
    }

    /// Writes `"name":[{...},...]` in at most `limitBytes`; returns whether rows were left out.
    mutating func list<Row>(
        _ name: StaticString, _ rows: some Sequence<Row>, limitBytes: Int,
        _ members: (inout JSONWriter, Row) -> Void
    ) -> Bool {
        key(name)
        let start = mark
        beginArray()
        defer { endArray() }
        for row in rows {
            let before = mark
            object { members(&$0, row) }
            if count(since: start) > limitBytes {
                rewind(to: before)
                return true
            }
        }
        return false
    }

    /// Writes a list that stops at its budget, then `next`.  The first row is always written.
    mutating func page<Row>(
        _ name: StaticString, _ page: Page<Row>, _ budget: PageBudget,
        after: (Row) -> Network, _ members: (inout JSONWriter, Row) -> Void
    ) {
        let last = pageRows(name, page.rows, budget, members)
        let next = last.map(after) ?? page.next
        key("next")
        if let next { string { next.write(to: &$0) } } else { null() }
    }

    /// Writes the list of a page; returns the last row that fitted, nil if all rows fitted.
    mutating func pageRows<Row>(
        _ name: StaticString, _ rows: [Row], _ budget: PageBudget,
        _ members: (inout JSONWriter, Row) -> Void
    ) -> Row? {
        key(name)
        beginArray()
        defer { endArray() }
        var last: Row?
        for row in rows {
            let before = mark
            object { members(&$0, row) }
            if let last, budget.isSpent(self) {
                rewind(to: before)
                return last
            }
            last = row
        }
        return nil
    }

    /// `"results":[{...},...]`.
    mutating func results<Row>(
        _ rows: [Row], _ budget: PageBudget,
        _ members: (inout JSONWriter, Row, _ isBrief: Bool) -> Void
    ) {
        let share = budget.share(rows.count)
        key("results")
        array { json in
            for row in rows {
                let before = json.mark
                json.object { members(&$0, row, false) }
                if json.count(since: before) <= share { continue }
                json.rewind(to: before)
                json.object { json in
                    members(&json, row, true)
                    json.cutMember(true)
                }
            }
        }
    }

    /// Writes `"results"` with refusals among the rows.
    mutating func targetResults<Row>(
        _ rows: [TargetResult<Row>], _ budget: PageBudget,
        _ members: (inout JSONWriter, Row, _ isBrief: Bool) -> Void
    ) {
        results(rows, budget) { json, result, isBrief in
            switch result {
            case .done(let row): members(&json, row, isBrief)
            case .refused(let network, let refusal):
                json.member("ip", network)
                (isBrief ? refusal.brief : refusal).writeMembers(to: &json)
            }
        }
    }
}

extension Refusal {
    /// The refusal without its hint, and with its message cut.
    var brief: Refusal { Refusal(code, Echo.cut(message)) }
}
