// Bans, strikes and remembered offenders in a snapshot: members in any order, unknown ones kept.

import OpsCore

extension SnapshotReader {
    mutating func readBan(
        _ cursor: inout JSONCursor, _ bytes: Span<UInt8>, isClaim: Bool = false
    ) throws(StoreFault) -> Ban {
        let network = try cursor.network(bytes)
        var deadline: Int64?
        var (created, uid): (UInt32?, UInt32?)
        var (reason, source): (String?, String?)
        var isAutomatic: Bool?
        var traits: BanTraits = []
        var confirmed: Int64?
        var unknown = UnknownMembers()
        while let name = try cursor.member(bytes) {
            switch name {
            case "deadline_ms": deadline = try cursor.deadlineOrNever(bytes)
            case "created": created = try cursor.integer(bytes)
            case "reason": reason = try cursor.string(limit: Bounds.reasonBytes, bytes)
            case "source": source = try cursor.string(limit: Bounds.sourceBytes, bytes)
            case "uid": uid = try cursor.integer(bytes)
            case "automatic": isAutomatic = try cursor.bool(bytes)
            case "dry_run": if try cursor.bool(bytes) { traits.insert(.dryRun) }
            case "subnet": if try cursor.bool(bytes) { traits.insert(.subnet) }
            case "own": if try cursor.bool(bytes) { traits.insert(.own) }
            case "confirmed_deadline_ms": confirmed = try cursor.deadlineOrNever(bytes)
            default: try unknown.add(name, &cursor, bytes)
            }
        }
        try cursor.end(bytes)
        let ban = Ban(
            network: network, deadline: try cursor.require(deadline, "deadline_ms"),
            created: try cursor.require(created, "created"),
            reason: try cursor.require(reason, "reason"),
            source: try cursor.require(source, "source"), uid: try cursor.require(uid, "uid"),
            traits: try cursor.require(isAutomatic, "automatic")
                ? traits.union(.automatic) : traits,
            confirmedDeadline: confirmed)
        if !unknown.text.isEmpty {
            let owner: SnapshotExtras.Owner =
                isClaim
                ? .claim(network, source: ban.source, created: ban.created)
                : .ban(network, created: ban.created)
            extras.keep(unknown.text, for: owner)
        }
        return ban
    }

    mutating func readOffense(
        _ cursor: inout JSONCursor, _ bytes: Span<UInt8>
    ) throws(StoreFault) -> Offense {
        let network = try cursor.network(bytes)
        var count: UInt16?
        var deadline: Int64?
        var unknown = UnknownMembers()
        while let name = try cursor.member(bytes) {
            switch name {
            case "count": count = try cursor.integer(bytes)
            case "deadline_ms": deadline = try cursor.deadline(bytes)
            default: try unknown.add(name, &cursor, bytes)
            }
        }
        try cursor.end(bytes)
        if !unknown.text.isEmpty { extras.keep(unknown.text, for: .offense(network)) }
        return Offense(
            network: network, count: try cursor.require(count, "count"),
            deadline: try cursor.require(deadline, "deadline_ms"))
    }

    mutating func readStrikes(
        _ cursor: inout JSONCursor, _ bytes: Span<UInt8>
    ) throws(StoreFault) -> [Strike] {
        let network = try cursor.network(bytes)
        var strikes: [Strike]?
        var unknown = UnknownMembers()
        while let name = try cursor.member(bytes) {
            guard name == "items" else {
                try unknown.add(name, &cursor, bytes)
                continue
            }
            var items: [Strike] = []
            try cursor.beginArray(bytes)
            while try cursor.element(bytes) {
                items.append(try readStrike(network, &cursor, bytes))
            }
            strikes = items
        }
        try cursor.end(bytes)
        if !unknown.text.isEmpty { extras.keep(unknown.text, for: .strikes(network)) }
        return try cursor.require(strikes, "items")
    }

    private mutating func readStrike(
        _ network: Network, _ cursor: inout JSONCursor, _ bytes: Span<UInt8>
    ) throws(StoreFault) -> Strike {
        var deadline: Int64?
        var (at, uid): (UInt32?, UInt32?)
        var weight: UInt16?
        var (reason, source): (String?, String?)
        var isOwn = false
        var unknown = UnknownMembers()
        try cursor.beginObject(bytes)
        while let name = try cursor.member(bytes) {
            switch name {
            case "deadline_ms": deadline = try cursor.deadline(bytes)
            case "at": at = try cursor.integer(bytes)
            case "weight": weight = try cursor.integer(bytes)
            case "reason": reason = try cursor.string(limit: Bounds.reasonBytes, bytes)
            case "source": source = try cursor.string(limit: Bounds.sourceBytes, bytes)
            case "uid": uid = try cursor.integer(bytes)
            case "own": isOwn = try cursor.bool(bytes)
            default: try unknown.add(name, &cursor, bytes)
            }
        }
        let strike = Strike(
            network: network, deadline: try cursor.require(deadline, "deadline_ms"),
            at: try cursor.require(at, "at"), weight: try cursor.require(weight, "weight"),
            reason: try cursor.require(reason, "reason"),
            source: try cursor.require(source, "source"), uid: try cursor.require(uid, "uid"),
            isOwn: isOwn)
        if !unknown.text.isEmpty {
            extras.keep(unknown.text, for: .strike(network, deadline: strike.deadline))
        }
        return strike
    }
}
