// The bans: single addresses and networks in one table, 40 bytes each.  To find the ban that holds
// an address takes one look-up for each prefix length in use, the narrowest first.
//
// A ban is held by claims, one a source.  The entry of the table is the claim that decides: an
// enforced one before a dry run, then the one that ends last.  The others are in a side table
// (OtherClaims.swift).

/// All active bans, with their texts.
struct Bans: Sendable {
    private(set) var table: ExpiringTable<BanEntry>
    /// The claims that do not decide.
    private(set) var others: OtherClaims
    private var reasons: TextTable
    private(set) var sources: TextTable
    /// How many claims each user holds, whether they decide or not.
    private var owners = Owners()
    /// How many bans have each prefix length, and the lengths in use, longest first.
    private var counts = [Int](repeating: 0, count: 129)
    private(set) var lengths: [UInt8] = []
    /// Claims that wait to be confirmed, and what their deadline becomes; at most
    /// `Bounds.unconfirmed`, which is for `decide` to see to.
    private(set) var unconfirmed: [ClaimKey: Int64] = [:]
    /// Claims that are not enforced.
    private(set) var dryRunCount = 0
    /// Claims on whole networks that the rules made, and that are enforced.
    private(set) var subnetCount = 0
    /// The same of dry runs, which take no room from those.
    private(set) var drySubnetCount = 0
    /// Claims of sources that count by themselves.
    private(set) var ownCount = 0

    init(hasher: KeyedHash) {
        table = ExpiringTable(hasher: hasher)
        others = OtherClaims(hasher: hasher)
        reasons = .reasons(hasher)
        sources = .sources(hasher)
    }

    /// Networks that are banned.
    var count: Int { table.count }

    /// How many networks are banned by a claim of this user that decides.
    func count(of uid: UInt32) -> Int { owners.count(of: uid) - others.owners.count(of: uid) }

    /// The claim that decides over exactly this network.
    subscript(network: Network) -> Ban? { table[network].map(ban) }

    /// All claims on exactly this network, the one that decides first.
    func claims(on network: Network) -> [BanEntry] {
        guard let entry = table[network] else { return [] }
        return others.isEmpty ? [entry] : [entry] + others[network]
    }

    /// The narrowest ban that holds the network, unless it has ended.  One that is enforced goes
    /// before any that is not (`BanTraits.dryRun`).
    @inline(__always)
    func holding(_ network: Network, at bootMilliseconds: Int64) -> BanEntry? {
        let isIPv4 = network.isIPv4
        var dry: BanEntry?
        // By index, here and where slots are taken: without optimisation an array's iterator
        // allocates on the heap, and the tests count allocations.
        for index in lengths.indices {
            let length = lengths[index]
            if length > network.length { continue }
            if isIPv4 && length < 96 { break }
            if let entry = table[network.widened(to: length)], entry.deadline > bootMilliseconds {
                if !entry.traits.contains(.dryRun) { return entry }
                if dry == nil { dry = entry }
            }
        }
        return dry
    }

    /// Every ban that holds the network, narrowest first.
    func allHolding(_ network: Network, at bootMilliseconds: Int64) -> [BanEntry] {
        let floor: UInt8 = network.isIPv4 ? 96 : 0
        return lengths.filter { $0 <= network.length && $0 >= floor }
            .compactMap { table[network.widened(to: $0)] }
            .filter { $0.deadline > bootMilliseconds }
    }

    /// One of the 256 parts of the table as it is now, ended bans left out.
    func part(_ part: Int, at bootMilliseconds: Int64) -> BanPart {
        BanPart(
            entries: table.shards[part].entries,
            others: others.isEmpty ? [] : others.table.shards[part].entries, reasons: reasons.texts,
            sources: sources.texts,
            unconfirmed: unconfirmed, boot: bootMilliseconds)
    }

    /// The entry with its texts.
    func ban(_ entry: BanEntry) -> Ban {
        let (reason, source) = texts(of: entry)
        return entry.ban(reason, source, confirmed: confirmedDeadline(of: entry))
    }

    /// The reason and the source of an entry.
    @inline(__always)
    func texts(of entry: BanEntry) -> (reason: String, source: String) {
        (reasons[entry.reason], sources[UInt32(entry.source)])
    }

    /// What the deadline of a claim becomes once it is confirmed; nil: it is not waiting for
    /// confirmation.
    @inline(__always)
    func confirmedDeadline(of entry: BanEntry) -> Int64? {
        unconfirmed.isEmpty ? nil : unconfirmed[ClaimKey(entry)]
    }

    /// The number of a source that has claims; nil: it has none.
    func number(of source: String) -> UInt16? { sources.find(source).map { UInt16($0) } }

    /// The claim of a source on exactly this network.
    func claim(on network: Network, of source: UInt16) -> BanEntry? {
        table[network].flatMap { claim(of: source, beside: $0) }
    }

    private func claim(of source: UInt16, beside entry: BanEntry) -> BanEntry? {
        entry.source == source ? entry : others[entry.network].first { $0.source == source }
    }

    /// The number of a reason, for an entry to be loaded.
    mutating func number(ofReason text: String) -> UInt32 { reasons.number(of: text) }

    /// The number of a source, for an entry to be loaded.
    mutating func number(ofSource text: String) -> UInt16 { UInt16(sources.number(of: text)) }

    /// The ban as the table keeps it; its texts are not counted yet.
    private mutating func entry(_ ban: Ban) -> BanEntry {
        BanEntry(
            network: ban.network, traits: ban.traits,
            source: number(ofSource: ban.source), reason: number(ofReason: ban.reason),
            deadline: ban.deadline, created: ban.created, uid: ban.uid)
    }

    @inline(__always)
    private mutating func hold(_ entry: BanEntry) {
        reasons.retain(entry.reason, by: entry.uid)
        sources.retain(UInt32(entry.source), by: entry.uid)
        owners.add(entry.uid)
        countSpecial(entry.traits, by: 1)
    }

    /// Adds a ban in place of all claims on its network.
    mutating func replaceAll(with ban: Ban) {
        removeOthers(of: ban.network)
        let entry = entry(ban)
        hold(entry)
        if let old = table.insert(entry) {
            if !unconfirmed.isEmpty { unconfirmed[ClaimKey(old)] = nil }
            release(old)
        } else {
            count(ban.network.length, by: 1)
        }
        note(ban.confirmedDeadline, of: entry)
    }

    /// Adds a claim, in place of the one that its source has on the network.
    mutating func insert(_ claim: Ban) {
        let entry = entry(claim)
        hold(entry)
        if let old = table.insert(entry) {
            let rest = others[claim.network]
            if old.source == entry.source && rest.isEmpty {
                release(old)
            } else {
                arrange(entry, over: old, rest)
            }
        } else {
            count(claim.network.length, by: 1)
        }
        note(claim.confirmedDeadline, of: entry)
    }

    private mutating func note(_ confirmedDeadline: Int64?, of entry: BanEntry) {
        if confirmedDeadline == nil && unconfirmed.isEmpty { return }
        unconfirmed[ClaimKey(entry)] = confirmedDeadline
    }

    /// A claim took the place of `old` in the table: finds out which one decides.
    private mutating func arrange(
        _ new: BanEntry, over old: BanEntry, _ rest: [BanEntry]
    ) {
        var claims = rest
        if old.source == new.source {
            release(old)
        } else {
            if let place = claims.firstIndex(where: { $0.source == new.source }) {
                release(claims.remove(at: place))
            }
            claims.append(old)
        }
        claims.append(new)
        arrange(claims)
    }

    /// Keeps these claims on one network: one in the table, the others beside it.
    private mutating func arrange(_ claims: [BanEntry]) {
        var rest = claims
        // No `sorted(by:)`: its closure would copy all of this.
        for place in rest.indices.dropFirst() {
            var at = place
            while at > 0, precedes(rest[at], rest[at - 1]) {
                rest.swapAt(at, at - 1)
                at -= 1
            }
        }
        guard let first = rest.first else { return }
        rest.removeFirst()
        table.insert(first)
        others[first.network] = rest
    }

    /// Whether a claim decides where the other one does not: enforced before a dry run, then by its
    /// end.  What is left goes by what all runs agree about, and numbers of texts are not.
    func precedes(_ one: BanEntry, _ other: BanEntry) -> Bool {
        let isDryRun = one.traits.contains(.dryRun)
        if isDryRun != other.traits.contains(.dryRun) { return !isDryRun }
        if one.deadline != other.deadline { return one.deadline > other.deadline }
        if one.created != other.created { return one.created < other.created }
        return sources[UInt32(one.source)] < sources[UInt32(other.source)]
    }

    /// The claim of a source ends at another time from now on, and no longer waits for
    /// confirmation.
    mutating func confirm(_ network: Network, of source: String, deadline: Int64) {
        guard let number = number(of: source), var entry = claim(on: network, of: number) else {
            return
        }
        unconfirmed[ClaimKey(entry)] = nil
        entry.deadline = deadline
        arrange([entry] + claims(on: network).filter { $0.source != number })
    }

    /// The same of the claim that decides, whosever it is.
    mutating func confirm(_ network: Network, deadline: Int64) {
        guard let entry = table[network] else { return }
        confirm(network, of: texts(of: entry).source, deadline: deadline)
    }

    /// The claim of a source on the network of an entry, unless it has ended.
    func claim(_ source: UInt16, beside entry: BanEntry, at bootMilliseconds: Int64) -> BanEntry? {
        claim(of: source, beside: entry).flatMap { $0.deadline > bootMilliseconds ? $0 : nil }
    }

    /// Reserves room for about this many bans.
    mutating func reserve(_ count: Int) { table.reserve(count) }

    /// Adds a ban of a snapshot; look-ups find it from the next `settle` on.
    mutating func load(_ ban: Ban) {
        let entry = entry(ban)
        load(entry)
        note(ban.confirmedDeadline, of: entry)
    }

    /// Adds a claim of a snapshot that does not decide.
    mutating func load(other claim: Ban) {
        let entry = entry(claim)
        hold(entry)
        others[claim.network].append(entry)
        note(claim.confirmedDeadline, of: entry)
    }

    /// Adds a ban of a snapshot whose texts have numbers of this table already.
    mutating func load(_ entry: BanEntry) {
        hold(entry)
        table.load(entry)
        count(entry.network.length, by: 1)
    }

    /// Ends loading: all bans that `load` added can be found from now on.
    mutating func settle() {
        var gone: [BanEntry] = []
        table.settle { gone.append($0) }
        for entry in gone {
            release(entry)
            count(entry.network.length, by: -1)
        }
        // A snapshot leaves out what has ended, and may have left out the claim that decided.
        for shard in others.table.shards {
            for entry in shard.entries where table[entry.network] == nil {
                arrange(entry.claims)
                count(entry.network.length, by: 1)
            }
        }
    }

    /// Lifts all claims on a network.
    mutating func remove(_ network: Network) {
        removeOthers(of: network)
        guard let entry = table.remove(network) else { return }
        forget(entry)
        count(network.length, by: -1)
    }

    /// Lifts the claim of a source.
    mutating func remove(_ network: Network, of source: String) {
        guard let number = number(of: source), let entry = claim(on: network, of: number) else {
            return
        }
        let rest = claims(on: network).filter { $0.source != number }
        if rest.isEmpty { return remove(network) }
        forget(entry)
        arrange(rest)
    }

    /// The claim that decides over a network has come to its end; one that goes on takes its place.
    mutating func expire(_ network: Network, through mark: ExpiryMark) {
        let claims = others[network].filter { !mark.covers($0) }
        if claims.isEmpty { return remove(network) }
        for entry in self.claims(on: network) where mark.covers(entry) { forget(entry) }
        arrange(claims)
    }

    private mutating func removeOthers(of network: Network) {
        if others.isEmpty { return }
        for entry in others[network] { forget(entry) }
        others[network] = []
    }

    /// Moves every deadline; see `ExpiringTable.rebase`.
    mutating func rebase(_ move: (Int64) -> Int64) {
        func moved(_ deadline: Int64) -> Int64 { deadline == Ban.never ? deadline : move(deadline) }
        table.rebase { $0.deadline = moved($0.deadline) }
        if !others.isEmpty { others.rebase(moved) }
        unconfirmed = unconfirmed.mapValues { moved($0) }
    }

    /// Lets go of a claim and of what was to become of it.
    private mutating func forget(_ entry: BanEntry) {
        if !unconfirmed.isEmpty { unconfirmed[ClaimKey(entry)] = nil }
        release(entry)
    }

    private mutating func release(_ entry: BanEntry) {
        reasons.release(entry.reason)
        sources.release(UInt32(entry.source))
        owners.remove(entry.uid)
        countSpecial(entry.traits, by: -1)
    }

    @inline(__always)
    private mutating func countSpecial(_ traits: BanTraits, by step: Int) {
        if traits.isDisjoint(with: [.subnet, .dryRun, .own]) { return }
        if traits.contains(.own) { ownCount += step }
        if traits.contains(.dryRun) { dryRunCount += step }
        guard traits.contains(.subnet) else { return }
        if traits.contains(.dryRun) { drySubnetCount += step } else { subnetCount += step }
    }

    private mutating func count(_ length: UInt8, by step: Int) {
        let before = counts[Int(length)]
        counts[Int(length)] = before + step
        if before == 0 || before + step == 0 {
            lengths = (0...128).reversed().filter { counts[$0] > 0 }.map { UInt8($0) }
        }
    }
}

/// The bans of a part of the table at some moment.  It shares entries and texts with the table,
/// which copies them before it changes them.
struct BanPart: Sendable {
    fileprivate let entries: [BanEntry]
    fileprivate let others: [OtherClaimsEntry]
    fileprivate let reasons: InternedTexts
    fileprivate let sources: InternedTexts
    fileprivate let unconfirmed: [ClaimKey: Int64]
    fileprivate let boot: Int64

    /// Hands over the claim that decides of each ban that had not expired.
    func forEach<Failure: Error>(_ body: (Ban) throws(Failure) -> Void) throws(Failure) {
        for index in entries.indices where entries[index].deadline > boot {
            try body(ban(entries[index]))
        }
    }

    /// Hands over the other claims that had not expired.
    func forEachOther<Failure: Error>(_ body: (Ban) throws(Failure) -> Void) throws(Failure) {
        for entry in others {
            for claim in entry.claims where claim.deadline > boot { try body(ban(claim)) }
        }
    }

    private func ban(_ entry: BanEntry) -> Ban {
        entry.ban(
            reasons[entry.reason], sources[UInt32(entry.source)],
            confirmed: unconfirmed.isEmpty ? nil : unconfirmed[ClaimKey(entry)])
    }
}
