// Which satellites there are: who said `hello` on which connection, when each was heard last, and
// which ones should be there.  In memory; it begins anew with each start.

import OpsCore

/// Satellites by name.  There is an entry at most for each of the known ones.
struct SatelliteDesk {
    private struct Entry {
        var version: String?
        /// Its connections.
        var slots: Set<Int> = []
        /// Since when there has been a connection without a break; nanoseconds of boot time.
        var connectedAt: Int64?
        /// Its last request; nanoseconds of boot time.
        var lastRequest: Int64?
        /// Since when it should be there; nanoseconds of boot time.
        var expectedAt: Int64?
    }

    private var entries: [Satellite: Entry] = [:]

    /// A connection said who it is.
    mutating func hello(_ satellite: Satellite, version: String?, _ slot: Int, at boot: Int64) {
        var entry = entries[satellite] ?? Entry()
        entry.version = version
        if entry.slots.isEmpty { entry.connectedAt = boot }
        entry.slots.insert(slot)
        entry.lastRequest = boot
        entries[satellite] = entry
    }

    /// It sent a request.
    mutating func heard(_ satellite: Satellite, at boot: Int64) {
        entries[satellite]?.lastRequest = boot
    }

    /// A connection of it has ended.
    mutating func left(_ satellite: Satellite, _ slot: Int) {
        entries[satellite]?.slots.remove(slot)
        if entries[satellite]?.slots.isEmpty ?? false { entries[satellite]?.connectedAt = nil }
    }

    /// These should be there from now on; those that should already keep their time.
    mutating func expect(_ satellites: Set<Satellite>, at boot: Int64) {
        for satellite in Satellite.allCases {
            guard satellites.contains(satellite) else {
                entries[satellite]?.expectedAt = nil
                continue
            }
            var entry = entries[satellite] ?? Entry()
            entry.expectedAt = entry.expectedAt ?? boot
            entries[satellite] = entry
        }
    }

    /// Those that are expected or were heard, in the order of the enum.
    func reports(at boot: Int64) -> [SatelliteReport] {
        Satellite.allCases.compactMap { satellite in
            guard let entry = entries[satellite],
                entry.expectedAt != nil || entry.lastRequest != nil
            else { return nil }
            func seconds(_ since: Int64) -> Int64 { max(0, boot - since) / 1_000_000_000 }
            var silence: Int64?
            if let expected = entry.expectedAt {
                let heard = max(expected, entry.lastRequest ?? expected)
                if boot - heard > SatelliteReport.silenceNanoseconds { silence = seconds(heard) }
            }
            return SatelliteReport(
                satellite, version: entry.version, connections: entry.slots.count,
                connectedSeconds: entry.connectedAt.map(seconds),
                lastRequestSeconds: entry.lastRequest.map(seconds), silentSeconds: silence)
        }
    }
}
