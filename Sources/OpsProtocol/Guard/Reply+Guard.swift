// The guard's replies.  Replies about one address are written into memory that is already reserved
// (MemberOutput.swift), since `check`, `hit` and `ban` are the hot path.  For a permanent ban,
// `expires` and `ttl_seconds` are null and `permanent` is true.

package import OpsCore

/// A reply about one address, whose size is bounded before it is written.
protocol BoundedReply {
    /// The most bytes its members take.
    var limitBytes: Int { get }
    /// Writes the members into reserved memory of this many bytes.
    func write(to output: inout OutputSpan<UInt8>)
}

extension BoundedReply {
    /// Appends `ok {...}` and LF.
    @inline(__always)
    fileprivate func append(to output: inout [UInt8]) {
        output.append(addingCapacity: limitBytes + 6) { output in
            output.append("ok {")
            write(to: &output)
            output.append("}\n")
        }
    }
}

extension JSONWriter {
    /// The members of a bounded reply.
    mutating func appendMembers(_ reply: some BoundedReply) {
        appendMembers(limitBytes: reply.limitBytes) { reply.write(to: &$0) }
    }

    /// The members of a ban, without its texts.
    mutating func appendBriefMembers(_ answer: CheckAnswer) {
        appendMembers(limitBytes: answer.limitBytes) { answer.write(to: &$0, isBrief: true) }
    }
}

extension BanView {
    /// The most bytes that a ban takes without its texts, keys included.
    fileprivate static let fixedBytes = 512

    fileprivate var limitBytes: Int {
        Self.fixedBytes + JSONText.limitBytes(of: reason) + JSONText.limitBytes(of: source)
            + (list.map { JSONText.limitBytes(of: $0) } ?? 0) + (enforcement?.limitBytes ?? 0)
            + others.limitBytes
    }

    /// Writes when the ban ends.
    @inline(__always)
    fileprivate func writeEnding(to output: inout OutputSpan<UInt8>) {
        output.member(#","expires":"#, seconds: expires)
        output.member(#","ttl_seconds":"#, integer: ttlSeconds)
        if expires == nil { output.member(#","permanent":"#, true) }
        if isDryRun { output.member(#","dry_run":"#, true) }
        if isUnconfirmed {
            output.member(#","unconfirmed":"#, true)
            output.member(#","confirmed_expires":"#, seconds: confirmedExpires)
        }
    }

    @inline(__always)
    fileprivate func writeTexts(to output: inout OutputSpan<UInt8>) {
        output.member(#","reason":"#, text: reason)
        output.member(#","source":"#, text: source)
    }

    /// Writes who made the ban and when, its list if any, and whether the kernel enforces it.
    @inline(__always)
    fileprivate func writeOrigin(to output: inout OutputSpan<UInt8>) {
        if let list { output.member(#","list":"#, text: list) }
        output.member(#","automatic":"#, isAutomatic)
        output.member(#","created":"#, seconds: created)
        output.member(#","uid":"#, integer: uid)
        enforcement?.write(to: &output)
    }

    /// Appends the line of `.banned`.
    package func writeBanned(to output: inout [UInt8]) {
        output.append(addingCapacity: limitBytes + 6) { output in
            output.append("ok {")
            writeBanned(to: &output, isBrief: false)
            output.append("}\n")
        }
    }

    /// The members of `.banned`.
    @inline(__always)
    fileprivate func writeBanned(to output: inout OutputSpan<UInt8>, isBrief: Bool) {
        output.member(#""ip":"#, network)
        output.member(#","banned":"#, !isDryRun)
        writeEnding(to: &output)
        if !isBrief { writeTexts(to: &output) }
        others.write(to: &output)
    }

    /// A row of `bans`.
    func writeRowMembers(to json: inout JSONWriter) {
        json.appendMembers(limitBytes: limitBytes) { output in
            output.member(#""ip":"#, network)
            writeEnding(to: &output)
            writeTexts(to: &output)
            writeOrigin(to: &output)
        }
    }
}

extension OtherSources {
    /// The most its members take.
    fileprivate var limitBytes: Int {
        switch self {
        case .none: 0
        case .heldBy(let source, _): 80 + JSONText.limitBytes(of: source)
        case .dropped(let sources): sources.reduce(32) { $0 + 4 + JSONText.limitBytes(of: $1) }
        case .warned(_, let others): 128 + others.limitBytes
        }
    }

    @inline(__always)
    fileprivate func write(to output: inout OutputSpan<UInt8>) {
        switch self {
        case .none: return
        case .heldBy(let source, let until):
            output.member(#","held_by":"#, text: source)
            output.member(#","held_until":"#, seconds: until)
        case .dropped(let sources):
            // An array by hand: its texts are written as members of a key that is a comma.
            output.member(#","dropped_sources":["#, text: sources[0])
            for source in sources.dropFirst() { output.member(",", text: source) }
            output.append("]")
        case .warned(let resolver, let others):
            output.member(
                #","warning":"#, text: "\(resolver) is a resolver of this host (resolv.conf)")
            others.write(to: &output)
        }
    }
}

/// The answer to `ban`, among others.
struct BannedAnswer: BoundedReply {
    let view: BanView
    let isBrief: Bool

    init(_ view: BanView, isBrief: Bool = false) {
        self.view = view
        self.isBrief = isBrief
    }

    var limitBytes: Int { view.limitBytes }

    func write(to output: inout OutputSpan<UInt8>) {
        view.writeBanned(to: &output, isBrief: isBrief)
    }
}

extension UnbanAnswer {
    /// The answer to `unban`.  A brief one, among many, lacks the names of sources.
    func writeMembers(to json: inout JSONWriter, isBrief: Bool = false) {
        json.member("ip", network)
        json.member("unbanned", true)
        if !isBrief {
            json.key("sources")
            json.array { json in for source in sources { json.string(source) } }
        }
        if let holder { json.member("still_held_by", holder) }
        if let heldBy, !isBrief { json.member("held_by", text: heldBy) }
        if let list { json.member("list", text: list) }
    }
}

extension CheckAnswer: BoundedReply {
    /// Appends the line of `.check` for a network that no ban or list contains.
    package static func writeFree(_ network: Network, to output: inout [UInt8]) {
        output.append(addingCapacity: 96 + 6) { output in
            output.append("ok {")
            writeFree(network, to: &output)
            output.append("}\n")
        }
    }

    @inline(__always)
    private static func writeFree(_ network: Network, to output: inout OutputSpan<UInt8>) {
        output.member(#""ip":"#, network)
        output.member(#","banned":"#, false)
    }

    /// Appends `ok {...}` and LF.
    package func writeLine(to output: inout [UInt8]) { append(to: &output) }

    var limitBytes: Int { 96 + (ban?.limitBytes ?? 0) }

    func write(to output: inout OutputSpan<UInt8>) { write(to: &output, isBrief: false) }

    /// Writes the members.  If several addresses take too much space, a long answer is brief: it
    /// lacks the texts of the ban.
    func write(to output: inout OutputSpan<UInt8>, isBrief: Bool) {
        guard let ban else { return Self.writeFree(network, to: &output) }
        ban.writeHolding(network, to: &output, isBrief: isBrief)
    }
}

extension BanView {
    /// Appends the line of `.check` for a network inside the network of this ban.
    package func writeHolding(_ network: Network, to output: inout [UInt8]) {
        output.append(addingCapacity: 96 + limitBytes + 6) { output in
            output.append("ok {")
            writeHolding(network, to: &output, isBrief: false)
            output.append("}\n")
        }
    }

    @inline(__always)
    fileprivate func writeHolding(
        _ network: Network, to output: inout OutputSpan<UInt8>, isBrief: Bool
    ) {
        output.member(#""ip":"#, network)
        output.member(#","banned":"#, !isDryRun)
        writeEnding(to: &output)
        if !isBrief { writeTexts(to: &output) }
        output.member(#","match":"#, self.network)
        writeOrigin(to: &output)
    }
}

extension HitAnswer: BoundedReply {
    /// Appends `ok {...}` and LF.
    package func writeLine(to output: inout [UInt8]) { append(to: &output) }

    var limitBytes: Int { 256 }

    @inline(__always)
    func write(to output: inout OutputSpan<UInt8>) {
        output.member(#""ip":"#, network)
        switch outcome {
        case .admitted(let remaining):
            output.member(#","allowed":"#, true)
            output.member(#","remaining":"#, integer: remaining)
        case .limited(let seconds):
            output.member(#","allowed":"#, false)
            output.member(#","status":"#, integer: 429)
            output.member(#","retry_after_seconds":"#, integer: seconds)
            output.member(#","strikes":"#, integer: strikes)
            output.member(#","banned":"#, false)
        case .banned(let seconds):
            output.member(#","allowed":"#, false)
            output.member(#","status":"#, integer: 403)
            output.member(#","retry_after_seconds":"#, integer: seconds)
            output.member(#","strikes":"#, integer: strikes)
            output.member(#","banned":"#, true)
        }
        if isCut { output.member(#","cut":"#, true) }
    }
}

extension StrikeAnswer: BoundedReply {
    /// Appends `ok {...}` and LF.
    package func writeLine(to output: inout [UInt8]) { append(to: &output) }

    var limitBytes: Int { 384 }

    @inline(__always)
    func write(to output: inout OutputSpan<UInt8>) {
        output.member(#""ip":"#, network)
        output.member(#","strikes":"#, integer: strikes)
        output.member(#","banned":"#, ban.map { !$0.isDryRun } ?? false)
        ban?.writeEnding(to: &output)
        if isAllowed { output.member(#","allowed_by_rule":"#, true) }
        if !isCounted { output.member(#","counted":"#, false) }
        if isRepeated { output.member(#","repeated":"#, true) }
        if isCut { output.member(#","cut":"#, true) }
    }
}

extension StrikeView {
    /// A row of `strikes`; its newest items get at most a sixteenth of the reply.
    func writeMembers(to json: inout JSONWriter, _ budget: PageBudget) {
        json.member("ip", network)
        json.key("strikes")
        json.integer(strikes)
        json.cutMember(itemList("items", &json, limitBytes: budget.share(16)))
    }

    /// Writes the newest items that fit into `limitBytes`, oldest first; true if some did not fit.
    func itemList(_ name: StaticString, _ json: inout JSONWriter, limitBytes: Int) -> Bool {
        let before = json.mark
        guard json.list(name, items, limitBytes: limitBytes, { $1.writeMembers(to: &$0) }) else {
            return false
        }
        json.rewind(to: before)
        var fitting = 0
        var scratch = JSONWriter()
        scratch.beginArray()
        for item in items.reversed() {
            scratch.object { item.writeMembers(to: &$0) }
            if scratch.bytes.count > limitBytes { break }
            fitting += 1
        }
        _ = json.list(name, items.suffix(fitting), limitBytes: .max) { $1.writeMembers(to: &$0) }
        return true
    }
}

extension StrikeView.Item {
    func writeMembers(to json: inout JSONWriter) {
        json.member("at", seconds: at)
        json.member("expires", seconds: expires)
        json.key("weight")
        json.integer(weight)
        json.member("reason", text: reason)
        json.member("source", text: source)
        json.member("uid", integer: uid)
    }
}

extension StrikeCount {
    func writeMembers(to json: inout JSONWriter) {
        json.key("source")
        if let source { json.string(source) } else { json.null() }
        json.key("strikes")
        json.integer(strikes)
        json.key("bans_at")
        json.integer(bansAt)
    }
}

extension WhyReport {
    /// Bans, strikes and events may each use a quarter of the reply.
    func writeMembers(to json: inout JSONWriter, _ budget: PageBudget) {
        let quarter = budget.share(4)
        json.member("ip", network)
        json.member("banned", decides.map { !bans[$0].isDryRun } ?? false)
        json.member("verdict", text: verdict)
        var isCut = json.list("bans", bans.enumerated(), limitBytes: quarter) { json, row in
            row.element.writeRowMembers(to: &json)
            if row.offset == decides { json.member("decides", true) }
        }
        json.key("strikes")
        json.integer(strikes.strikes)
        if json.list(
            "strike_counts", counts, limitBytes: budget.share(16), { $1.writeMembers(to: &$0) })
        {
            isCut = true
        }
        if strikes.itemList("strike_items", &json, limitBytes: quarter) { isCut = true }
        json.key("hits")
        json.integer(hits)
        json.key("rate_limit")
        json.integer(rateLimit)
        json.key("rate_window_seconds")
        json.integer(rateWindowSeconds)
        json.key("allowed_by")
        if let allowedBy { json.string { allowedBy.write(to: &$0) } } else { json.null() }
        json.key("offenses")
        json.integer(offenses)
        json.member("offenses_until", seconds: offensesUntil)
        if json.list("events", events, limitBytes: quarter, { $1.writeMembers(to: &$0) }) {
            isCut = true
        }
        if hasOlderEvents { json.member("older_events", true) }
        json.cutMember(isCut)
    }
}
