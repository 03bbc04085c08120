// Pages on their way to becoming work: those that are ready for a channel, one by one or as a
// digest, and the marks that say which item tells what.

/// A page that has no item yet.
struct ReadyPage {
    var incident: Incident
    var mark: PageMark
}

/// The pages that are ready for one channel.
struct PagesReady {
    private(set) var pages: [ReadyPage] = []

    var count: Int { pages.count }
    var isEmpty: Bool { pages.isEmpty }

    /// Adds what an incident has to tell there, and no item carries but `item`; 0: none.
    mutating func add(_ incident: Incident, on channel: String, of item: UInt64 = 0) {
        for mark in incident.pages
        where mark.channel == channel && mark.end == nil && mark.item == item {
            pages.append(ReadyPage(incident: incident, mark: mark))
        }
    }

    /// Whether a page is among them that waited for a tick.
    func hasTicked(_ settings: PagerSettings) -> Bool {
        pages.contains { settings.route($0.incident.highest).moment == .tick }
    }

    /// The most severe first, then the oldest.
    var sorted: [ReadyPage] {
        pages.sorted {
            let (left, right) = ($0.incident, $1.incident)
            if left.highest != right.highest { return left.highest.rank > right.highest.rank }
            return left.id < right.id
        }
    }
}

/// An item of work that tells pages.
struct PageDraft {
    var draft: WorkDraft
    var pages: [ReadyPage]
    var isDigest: Bool
}

/// Makes items of work for a channel.
struct PageWriter {
    var channel: PagerChannel
    var host: String
    /// The head of the chain of events, as pages have it.
    var audit: String?
    /// When a page is given up, milliseconds of boot time.
    var expires: Int64
    /// Wall clock seconds since 1970.
    var wall: Int64
    /// How long a window is, seconds.
    var windowSeconds: Int64

    /// One page.
    func single(
        _ page: ReadyPage, _ state: borrowing State, _ payload: (PageMessage) -> String
    ) -> PageDraft {
        let incident = page.incident
        var message = PageMessage(
            reason: page.mark.reason, host: host, made: wall, subjects: [Self.subject(page)])
        message.audit = audit
        if page.mark.reason == .again { message.windowSeconds = windowSeconds }
        message.details = incident.details
        message.links = incident.links
        message.advice =
            incident.rule.flatMap { IncidentRule(rawValue: $0) }.map(\.advice) ?? ""
        if page.mark.reason != .resolve {
            message.evidence = state.domains.incidents.evidence[incident.id]?.text ?? ""
        }
        return PageDraft(
            draft: WorkDraft(
                kind: channel.workKind,
                key: "incident/\(incident.id)/\(page.mark.reason.rawValue)/\(page.mark.number)",
                payload: payload(message), isUrgent: incident.highest == .critical,
                expires: expires),
            pages: [page], isDigest: false)
    }

    /// One page for all of them; those beyond `PagingBoard.digestLimit` are left for the next.
    func digest(
        _ ready: PagesReady, key: String, _ payload: (PageMessage) -> String
    ) -> PageDraft {
        let pages = Array(ready.sorted.prefix(PagingBoard.digestLimit))
        var subjects: [PageSubject] = []
        var seen: Set<UInt64> = []
        var unnamed: [Severity: Int] = [:]
        for page in pages where seen.insert(page.incident.id).inserted {
            if subjects.count < PageMessage.namedLimit {
                subjects.append(Self.subject(page))
            } else {
                unnamed[page.incident.highest, default: 0] += 1
            }
        }
        var message = PageMessage(reason: .digest, host: host, made: wall, subjects: subjects)
        message.unnamed = unnamed
        message.audit = audit
        return PageDraft(
            draft: WorkDraft(
                kind: channel.workKind, key: key, payload: payload(message),
                isUrgent: message.severity == .critical, expires: expires),
            pages: pages, isDigest: true)
    }

    private static func subject(_ page: ReadyPage) -> PageSubject {
        let incident = page.incident
        return PageSubject(
            incident: incident.id, severity: incident.highest, source: incident.group.source,
            message: incident.message, fingerprint: incident.fingerprint, count: page.mark.count,
            stage: incident.stage, reason: page.mark.reason, opened: incident.opened,
            resolved: incident.resolved)
    }

    /// The changes that make work of drafts, and say in the incidents which item tells what.  The
    /// items come first: if a crash takes the marks, the pages are told again, and never not at
    /// all.  A draft that finds no room changes nothing: it is tried again.
    /// - Parameter doubted: incidents of which something may have been told already.
    func changes(
        putting drafts: [PageDraft], in state: borrowing State, at now: Moment,
        doubted: Set<UInt64>
    ) -> (changes: [Change], made: [PageDraft]) {
        let puts = state.put(drafts.map(\.draft), at: now)
        var made: [PageDraft] = []
        var repeats: [Change] = []
        var marks = MarkGroups(at: wall)
        for change in puts {
            guard case .domain(.work(.put(let item))) = change,
                let draft = drafts.first(where: { $0.draft.key == item.key })
            else { continue }
            made.append(draft)
            if !doubted.isEmpty, draft.pages.contains(where: { doubted.contains($0.incident.id) }) {
                repeats.append(
                    .work(
                        .released(
                            WorkRelease(
                                id: item.id, notBefore: item.notBefore, outcome: nil,
                                mayRepeat: true))))
            }
            for page in draft.pages {
                marks.add(
                    page.mark, of: page.incident.id, item: item.id, end: nil,
                    isInDigest: draft.isDigest)
            }
        }
        return (puts + repeats + marks.changes, made)
    }
}

/// One page of an incident, as a record names it.
package struct MarkedPage: Hashable, Sendable {
    /// The incident's id.
    package var incident: UInt64
    /// Why it is sent.
    package var reason: PageReason
    /// Which of this reason.
    package var number: UInt32

    package init(incident: UInt64, reason: PageReason, number: UInt32) {
        self.incident = incident
        self.reason = reason
        self.number = number
    }
}

/// How pages of one channel stand from now on: a record.
package struct PageMarks: Hashable, Sendable {
    /// Pages of one record.
    package static let limit = PagingBoard.digestLimit

    /// The channel's name.
    package var channel: String
    /// The item that carries them; 0: none.
    package var item: UInt64
    /// That item is a digest.
    package var isInDigest: Bool
    /// nil: they are under way.
    package var end: PageEnd?
    /// Since when, wall clock seconds since 1970.
    package var at: Int64
    /// At most `limit`.
    package var pages: [MarkedPage]

    package init(
        channel: String, item: UInt64, isInDigest: Bool, end: PageEnd?, at: Int64,
        pages: [MarkedPage]
    ) {
        self.channel = channel
        self.item = item
        self.isInDigest = isInDigest
        self.end = end
        self.at = at
        self.pages = pages
    }

    /// Changes the marks of an incident that are named; applied again, it changes nothing.
    package func apply(to incident: inout Incident) {
        for page in pages where page.incident == incident.id {
            for index in incident.pages.indices
            where incident.pages[index].channel == channel
                && incident.pages[index].reason == page.reason
                && incident.pages[index].number == page.number
            {
                incident.pages[index].item = item
                incident.pages[index].isInDigest = isInDigest
                incident.pages[index].end = end
                incident.pages[index].at = at
            }
        }
    }
}

/// Marks that change, gathered into few records.
struct MarkGroups {
    private struct Key: Hashable {
        var channel: String
        var item: UInt64
        var isInDigest: Bool
        var end: PageEnd?
    }

    private let at: Int64
    private var groups: [Key: [MarkedPage]] = [:]
    /// In the order in which they were begun, so that the same state gives the same records.
    private var order: [Key] = []

    init(at wall: Int64) { at = wall }

    mutating func add(
        _ mark: PageMark, of incident: UInt64, item: UInt64, end: PageEnd?,
        isInDigest: Bool? = nil
    ) {
        let key = Key(
            channel: mark.channel, item: item, isInDigest: isInDigest ?? mark.isInDigest, end: end)
        if groups[key] == nil { order.append(key) }
        groups[key, default: []].append(
            MarkedPage(incident: incident, reason: mark.reason, number: mark.number))
    }

    var changes: [Change] {
        order.flatMap { key in
            let pages = groups[key] ?? []
            return stride(from: 0, to: pages.count, by: PageMarks.limit).map { start in
                let part = Array(pages[start..<min(pages.count, start + PageMarks.limit)])
                return Change.domain(
                    .incident(
                        .marked(
                            PageMarks(
                                channel: key.channel, item: key.item, isInDigest: key.isInDigest,
                                end: key.end, at: at, pages: part))))
            }
        }
    }
}
