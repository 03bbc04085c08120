// From a match to an address: steps 7 and 8 of FilterRun.

import OpsCore

extension FilterRun {
    /// Longest part of a user name that is kept, in bytes.
    static let userBytes = 64

    /// What follows from a match: a finding, something remembered, or a counter.
    func conclude(
        _ rule: Rule, _ text: Span<UInt8>, prefixText: Span<UInt8>, lines: Int,
        _ context: LineContext, into findings: inout [Finding]
    ) {
        if findsLines {
            var address: Network?
            for slot in [GroupSlot.ip4, .ip6, .fid] where address == nil {
                if case .address(let found)? = identity(slot, rule, text, prefixText) {
                    address = found
                }
            }
            statistics.findings += 1
            findings.append(
                Finding(
                    address: address, time: context.time, user: user(rule, text, prefixText)))
            return
        }
        var failure = Failure()
        failure.fid = identity(.fid, rule, text, prefixText)
        failure.ip4 = identity(.ip4, rule, text, prefixText)
        failure.ip6 = identity(.ip6, rule, text, prefixText)
        failure.dns = identity(.dns, rule, text, prefixText)
        failure.user = user(rule, text, prefixText)
        failure.cidr = value(.cidr, rule, text, prefixText, Self.number)
        failure.isNoFailure = isFlagged(.nofail, rule)
        failure.isGained = isFlagged(.mlfgained, rule)
        let key = value(.mlfid, rule, text, prefixText, ConnectionKey.init)
        if let key {
            let isEnd = isFlagged(.mlfforget, rule)
            failure = merge(failure, key: key, isEnd: isEnd, lines: lines, now: context.now)
        } else {
            failure.matches = lines
        }
        // Without a connection fail2ban takes such a match for a failure; here it is none.
        if failure.isNoFailure { return }
        guard let identity = failure.ip4 ?? failure.ip6 ?? failure.dns ?? failure.fid else {
            if key == nil {
                statistics.withoutAddress += 1
            } else {
                failure.isPending = true
                statistics.pending += 1
            }
            return
        }
        guard let address = address(of: failure, identity) else { return }
        lastFailure = failure
        statistics.findings += 1
        findings.append(Finding(address: address, time: context.time, user: failure.user))
    }

    /// The address that is struck; nil, and counted: there is none.
    private func address(of failure: Failure, _ identity: HostIdentity) -> Network? {
        // fail2ban bans an identity of its own (`<F-ID>`) rather than the address beside it.
        if case .address(let address)? = failure.fid { return address }
        guard case .address(let address) = identity else {
            if failure.ip4 == nil, failure.ip6 == nil, failure.dns != nil {
                statistics.named += 1
            } else {
                statistics.withoutAddress += 1
            }
            return nil
        }
        guard let cidr = failure.cidr, failure.ip4 != nil || failure.ip6 != nil else {
            return address
        }
        // A line must not make a strike of half the Internet.
        let (narrowest, widest) = address.isIPv4 ? (32, 16) : (128, 32)
        guard cidr >= widest, cidr <= narrowest else {
            statistics.withoutAddress += 1
            return nil
        }
        return address.widened(to: UInt8(address.isIPv4 ? 96 + cidr : cidr))
    }

    // MARK: Lines of one connection

    /// What is known of a connection after a line more.
    private func merge(
        _ line: Failure, key: ConnectionKey, isEnd: Bool, lines: Int, now: Int64
    ) -> Failure {
        var isGained = line.isGained
        if isGained { line.isNoFailure = true }
        var isQuiet = line.isNoFailure
        let failure: Failure
        if let known = connections.failure(of: key, now: now) {
            failure = known
            known.addUser(line.user)
            let wasQuiet = known.isNoFailure || known.isGained
            // Only the last line says whether it is a failure.
            known.isNoFailure = false
            known.isGained = false
            if isGained { known.isPending = false }
            // What was not pending was found, and is not counted again.
            if !wasQuiet, !known.isPending { known.matches = 0 }
            known.update(from: line)
            if isEnd { connections.remove(key) }
        } else {
            failure = line
            if !isEnd {
                line.addUser(line.user)
                statistics.forgottenConnections += connections.add(line, for: key, now: now)
            }
        }
        // Who failed before, or tries several names, is not forgiven for getting in with one.
        if failure.isPending || failure.hasSeveralUsers {
            failure.isPending = false
            failure.isNoFailure = false
            failure.isGained = false
            isQuiet = false
            isGained = false
        }
        if !isQuiet {
            failure.matches += failure.quietMatches + (isGained ? 0 : lines)
            failure.quietMatches = 0
        } else if !isEnd {
            failure.quietMatches += lines
        }
        return failure
    }

    // MARK: Values of groups

    /// Where a slot's value is: in the failregex if it has the slot, otherwise in the prefregex.
    @inline(__always)
    private func place(_ slot: GroupSlot, _ rule: Rule) -> (range: Range<Int>, inPrefix: Bool)? {
        switch rule.slots[slot] {
        case .none: nil
        case .own(let number): match[number].map { ($0, false) }
        case .prefix(let number): prefixMatch[number].map { ($0, true) }
        case .several: placeOfSeveral(slot, rule)
        }
    }

    private func placeOfSeveral(
        _ slot: GroupSlot, _ rule: Rule
    ) -> (range: Range<Int>, inPrefix: Bool)? {
        if let own = rule.groups.range(of: slot, in: match) { return (own, false) }
        guard !rule.groups.has(slot), let prefix else { return nil }
        return prefix.groups.range(of: slot, in: prefixMatch).map { ($0, true) }
    }

    /// Reads a slot's value.
    @inline(__always)
    private func value<Value>(
        _ slot: GroupSlot, _ rule: Rule, _ text: Span<UInt8>, _ prefixText: Span<UInt8>,
        _ read: (Span<UInt8>) -> Value?
    ) -> Value? {
        guard let place = place(slot, rule) else { return nil }
        return read((place.inPrefix ? prefixText : text).extracting(place.range))
    }

    private func identity(
        _ slot: GroupSlot, _ rule: Rule, _ text: Span<UInt8>, _ prefixText: Span<UInt8>
    ) -> HostIdentity? {
        if rule.groups.hasTuples, rule.groups.isTuple(slot) { return .text }
        return value(slot, rule, text, prefixText, Self.identity)
    }

    /// Whether a slot has a value that is not empty.
    private func isFlagged(_ slot: GroupSlot, _ rule: Rule) -> Bool {
        place(slot, rule)?.range.isEmpty == false
    }

    private func user(
        _ rule: Rule, _ text: Span<UInt8>, _ prefixText: Span<UInt8>
    ) -> String? {
        var user = value(.user, rule, text, prefixText, Self.userName)
        if !rule.groups.hasTuples { return user }
        for part in rule.groups.tuples where part.slot == .user {
            guard let range = match[anyOf: part.numbers] else { continue }
            let more = Self.userName(text.extracting(range)) ?? ""
            user = user.map { Self.userName("\($0) \(more)".utf8.span) ?? $0 } ?? more
        }
        return user
    }

    /// The first 64 bytes of a name, up to the end of a character.
    private static func userName(_ bytes: Span<UInt8>) -> String? {
        var count = min(bytes.count, userBytes)
        if count < bytes.count {
            while count > 0, bytes[count] & 0xC0 == 0x80 { count -= 1 }
        }
        return bytes.extracting(first: count).withUnsafeBufferPointer {
            String(decoding: $0, as: UTF8.self)
        }
    }

    /// A single address, also in brackets; anything else is text.
    private static func identity(_ bytes: Span<UInt8>) -> HostIdentity? {
        var bytes = bytes
        if bytes.count > 2, bytes[0] == UInt8(ascii: "["),
            bytes[bytes.count - 1] == UInt8(ascii: "]")
        {
            bytes = bytes.extracting(1..<bytes.count - 1)
        }
        guard let target = try? Target(parsing: bytes), target.isBare else { return .text }
        return .address(target.network)
    }

    private static func number(_ bytes: Span<UInt8>) -> Int? {
        guard bytes.count <= 3 else { return 1000 }
        var value = 0
        for index in 0..<bytes.count {
            let digit = bytes[index] &- UInt8(ascii: "0")
            guard digit < 10 else { return 1000 }
            value = value * 10 + Int(digit)
        }
        return value
    }
}
