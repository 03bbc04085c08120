// Whether each source can be read, and events of those that cannot.

import OpsCore
import OpsLinux

extension Detector {
    /// How each source stands.
    func standings(now: Int64) -> [SourceStanding] {
        var rows: [String: [FileStatusRow]] = [:]
        for row in files.status(now: now) {
            for source in row.sources { rows[source, default: []].append(row) }
        }
        let patterns = Dictionary(grouping: files.patternStatus(), by: \.source)
        return zip(plan.sources, sourceTallies).enumerated().map { number, source in
            let (source, tally) = source
            return source.isJournal
                ? SourceStanding(journal?.state, isSilent: tally.isSilent)
                : SourceStanding(
                    rows[source.name] ?? [], patterns[source.name] ?? [],
                    unread: unreadFiles(of: number), isSilent: tally.isSilent)
        }
    }

    /// Tells of logs that are missing or may not be read, and of their return.
    func watch(_ standings: [SourceStanding], uptime: Int64) {
        for (number, standing) in standings.enumerated() {
            let name = plan.sources[number].name
            switch alarms[number].note(standing.state, uptime: uptime) {
            case nil: break
            case .began(let trouble)?: happenings.unread(source: name, trouble, standing)
            case .ended?: happenings.readable(source: name)
            }
        }
    }
}
