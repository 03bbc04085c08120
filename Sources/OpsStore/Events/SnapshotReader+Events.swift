// Event lines of a snapshot.  This version has no value for a kind or severity that a newer one
// added: such a line is kept whole, like any line of unknown kind.

import OpsCore

extension SnapshotReader {
    /// Reads an event; nil: its line is kept among the extras.
    mutating func readEvent(
        _ cursor: inout JSONCursor, _ bytes: Span<UInt8>
    ) throws(StoreFault) -> Event? {
        let id = try cursor.eventID(bytes)
        var (kind, severity, details): (String?, String?, String?)
        var (wall, expires): (Int64?, Int64?)
        var gauges = Gauges()
        var network: Network?
        var (reason, source): (String?, String?)
        var uid: UInt32?
        var members = StoredMembers()
        var unknown = UnknownMembers()
        while let name = try cursor.member(bytes) {
            switch name {
            case "kind": kind = try cursor.string(bytes)
            case "severity": severity = try cursor.string(bytes)
            case "wall_ns": wall = try cursor.integer(bytes)
            case "cpu_permille": gauges.cpu = try cursor.integer(bytes)
            case "memory_permille": gauges.memory = try cursor.integer(bytes)
            case "disk_permille": gauges.disk = try cursor.integer(bytes)
            case "details": details = try cursor.string(bytes)
            case "network": network = try cursor.network(bytes)
            case "reason": reason = try cursor.string(bytes)
            case "source": source = try cursor.string(bytes)
            case "uid": uid = try cursor.integer(bytes)
            case "expires": expires = try cursor.integer(bytes)
            default:
                switch EventSubject.storedType(of: name) {
                case .text: members.texts[name] = try cursor.string(bytes)
                case .integer: members.integers[name] = try cursor.integer(bytes)
                case nil: try unknown.add(name, &cursor, bytes)
                }
            }
        }
        try cursor.end(bytes)
        guard
            let kind = EventKind(rawValue: try cursor.require(kind, "kind")),
            let severity = Severity(rawValue: try cursor.require(severity, "severity"))
        else {
            extras.keep(line: bytes.text)
            return nil
        }
        if !unknown.text.isEmpty { extras.keep(unknown.text, for: .event(id)) }
        let subject: EventSubject?
        do throws(MalformedSubject) {
            subject = try EventSubject.read(kind, source: &source, members)
        } catch {
            throw cursor.fault(error.reason)
        }
        return Event(
            id: id, kind: kind, severity: severity, wall: try cursor.require(wall, "wall_ns"),
            gauges: gauges, details: try cursor.require(details, "details"), network: network,
            reason: reason, source: source, uid: uid, expires: expires, subject: subject)
    }
}
