// What paging remembers between two looks: which incidents to look at, and how full each channel
// is.  Nothing here is durable, and nothing is lost with it: it is made anew from the incidents.

/// The memory of paging.
package struct PagingBoard: Sendable {
    /// How full a channel is.
    struct Lane: Sendable {
        /// Incidents with pages that have no item yet, and since when.
        var waiting: Set<UInt64> = []
        /// Incidents of which something may have been told here that has no item any more: their
        /// next page says so.
        var doubted: Set<UInt64> = []
        /// When single pages were made in the last minute, milliseconds of boot time.
        var made: [Int64] = []
        /// When the last digest was made, milliseconds of boot time.
        var lastDigest: Int64?
        /// The tick has come for what waits for it.
        var isTickDue = false
        /// What waits goes as one: opsd has just started, or the channel has come back.
        var isGrouping = true
        /// It could not deliver when it was last looked at.
        var isOut = false
        /// It has just gone out, and still has what waits for it.
        var isToWithdraw = false
        /// Something changed since it was last looked at.
        var isChanged = true
        /// When to look again though nothing changes, milliseconds of boot time.
        var lookAt = Int64.max
    }

    /// A digest at most this often, milliseconds.
    static let digestPeriod: Int64 = 60_000
    /// Incidents of one digest; those beyond go in the next.
    static let digestLimit = 1_000

    /// Channels and routes.
    package internal(set) var settings = PagerSettings()
    /// The name of this host, for pages.
    var host = ""
    /// The head of the chain of events that is on the disk; nil: none is.
    var audit: AuditHead?
    var lanes: [String: Lane] = [:]
    /// Those of `lanes`: a lane that changes while its dictionary is walked over is copied whole.
    private(set) var names: [String] = []
    /// Incidents to look at.
    private(set) var changed: Set<UInt64> = []
    /// When to look at incidents though nothing changes, milliseconds of boot time.
    private var looks: [UInt64: Int64] = [:]
    private var firstLook = Int64.max
    /// Which incidents an item tells.
    private(set) var carried: [UInt64: Set<UInt64>] = [:]
    /// Incidents of before a crash that were not looked at yet.
    private var crashed: Set<UInt64> = []
    /// When the wall clock is to be looked at again, milliseconds of boot time; `Int64.max`: never,
    /// since there is no channel.
    private(set) var nextSecond = Int64.max
    /// The last tick that was seen: wall clock time by the length of a tick.
    private var tick: Int64?

    /// An incident is to be looked at.
    mutating func note(_ incident: UInt64) { changed.insert(incident) }

    /// The incidents that an item tells are to be looked at.
    mutating func noteItem(_ item: UInt64) {
        for incident in carried[item] ?? [] { changed.insert(incident) }
    }

    /// Some incidents to look at, at most `limit`, each once; the oldest first.
    mutating func takeChanged(atMost limit: Int) -> [UInt64] {
        if changed.isEmpty { return [] }
        let taken = Array(changed.sorted().prefix(limit))
        changed.subtract(taken)
        return taken
    }

    /// Notes the incidents whose time has come.
    mutating func noteDue(at now: Int64) {
        if now < firstLook { return }
        firstLook = .max
        for (incident, look) in looks {
            if look <= now {
                changed.insert(incident)
                looks[incident] = nil
            } else {
                firstLook = min(firstLook, look)
            }
        }
    }

    /// opsd has crashed: what waits of these incidents may have been told before.
    mutating func doubt(_ incidents: some Sequence<UInt64>) { crashed.formUnion(incidents) }

    /// When the next incident or channel is to be looked at, milliseconds of boot time.
    var nextLook: Int64 {
        if !changed.isEmpty { return 0 }
        var next = firstLook
        for lane in lanes.values {
            next = min(next, lane.isChanged && !lane.waiting.isEmpty ? 0 : lane.lookAt)
        }
        return next
    }

    /// An incident was looked at: it is to be looked at again at `look`, and these are its pages.
    /// What waits for a tick changes nothing before that comes.
    mutating func keep(
        _ incident: UInt64, _ pages: [PageMark], lookAt look: Int64, waitsForTick: Bool
    ) {
        looks[incident] = look == .max ? nil : look
        firstLook = min(firstLook, look)
        let waiting = Set(pages.filter { $0.end == nil && $0.item == 0 }.map(\.channel))
        let isInDoubt = !crashed.isEmpty && crashed.remove(incident) != nil
        for channel in names {
            let isThere = lanes[channel]?.waiting.contains(incident) ?? false
            if waiting.contains(channel) {
                lanes[channel]?.waiting.insert(incident)
                if isInDoubt { lanes[channel]?.doubted.insert(incident) }
                if !waitsForTick || lanes[channel]?.isTickDue == true {
                    lanes[channel]?.isChanged = true
                }
            } else if isThere {
                lanes[channel]?.waiting.remove(incident)
            }
        }
        for mark in pages where mark.end == nil && mark.item != 0 {
            carried[mark.item, default: []].insert(incident)
        }
    }

    /// What waited at the start, or when a channel came back, has gone: what comes now goes by
    /// itself.
    mutating func endGrouping() {
        for channel in names where lanes[channel]?.waiting.isEmpty ?? false {
            lanes[channel]?.isGrouping = false
        }
    }

    /// An incident is gone.
    mutating func forget(_ incident: UInt64) {
        looks[incident] = nil
        crashed.remove(incident)
        for channel in names {
            lanes[channel]?.waiting.remove(incident)
            lanes[channel]?.doubted.remove(incident)
        }
    }

    /// An item has ended, and its incidents know.
    mutating func forgetItem(_ item: UInt64) { carried[item] = nil }

    /// New settings: channels keep what is known of them.
    mutating func adopt(_ settings: PagerSettings, host: String) {
        self.settings = settings
        self.host = host
        let names = Set(settings.pageable.map(\.name))
        lanes = lanes.filter { names.contains($0.key) }
        self.names = names.sorted()
        for name in names {
            lanes[name, default: Lane()].isChanged = true
        }
        nextSecond = names.isEmpty ? .max : 0
    }

    /// The wall clock is looked at: again in a second.
    mutating func noteSecond(at now: Int64) { nextSecond = lanes.isEmpty ? .max : now + 1_000 }

    /// Looks at the wall clock: whether a tick has come for what waits for it.
    mutating func noteTick(wallSeconds: Int64) {
        let now = wallSeconds / max(1, settings.tickSeconds)
        defer { tick = now }
        // A clock that was set begins no tick earlier than the next.
        guard let tick, tick != now, settings.quiet?.holds(wallSeconds) != true else { return }
        for channel in names {
            lanes[channel]?.isTickDue = true
            lanes[channel]?.isChanged = true
        }
    }
}
