// When each endpoint is checked: evenly over its interval, at a place that its name decides, so
// that a thousand of them do not ask at once, and a restart changes nothing.  Pure.

import OpsCore

/// When endpoints are due.
struct Schedule {
    private struct Entry {
        var name: String
        var every: Int64
        var offset: Int64
        /// Milliseconds of boot time.
        var due: Int64
    }

    private var entries: [Entry] = []
    /// When the first is due, milliseconds of boot time; nil: there is none.
    private(set) var next: Int64?

    /// Endpoints from `boot` on.
    init(_ endpoints: [String: EndpointSettings], at boot: Int64) {
        for (name, settings) in endpoints.sorted(by: { $0.key < $1.key }) {
            let every = settings.everyMilliseconds
            let offset = Int64(Self.hash(name) % UInt64(every))
            entries.append(
                Entry(
                    name: name, every: every, offset: offset,
                    due: Self.due(after: boot, every, offset)))
        }
        settle()
    }

    /// Always the same number for the same name: FNV-1a.
    private static func hash(_ name: String) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return hash ^ hash >> 32
    }

    private static func due(after boot: Int64, _ every: Int64, _ offset: Int64) -> Int64 {
        let begun = boot / every * every + offset
        return begun > boot ? begun : begun + every
    }

    private mutating func settle() { next = entries.map(\.due).min() }

    /// Those that are due, each once, however long nobody asked.
    mutating func take(at boot: Int64) -> [String] {
        guard let next, next <= boot else { return [] }
        var names: [String] = []
        for index in entries.indices where entries[index].due <= boot {
            names.append(entries[index].name)
            entries[index].due = Self.due(
                after: boot, entries[index].every, entries[index].offset)
        }
        settle()
        return names
    }
}
