// Lists: who they hold, what may stand in them, and the questions about them.
//
// The rules, numbered as their tests:
//  L1. An address in a list counts as banned, until the list is dropped, replaced or ends.  Where a
//      ban holds it too, replies show the ban.
//  L2. No list holds an address that is never banned (State+Protection.swift: guard.allow, the
//      host's own, ...), whenever it became one.
//  L3. No list has a network that overlaps such an address or is broader than /8 (IPv6: /32);
//      each such network is refused by itself, and the others are taken.
//  L4. `unban` of an address that a list holds is `refused`, and the hint names the list.
//  L5. At its commit a list replaces the list of the same name as a whole.
//  L6. All lists and those under way have at most guard.max_listed networks; there are at most 64.
//  L7. Under `guard.dry_run` lists hold nobody, nor does one whose source, `list:NAME`, is in
//      `guard.dry_run_sources`; a section of that source goes before both.  `why` shows them as dry
//      runs.

extension State {
    /// The decision on a request about lists.
    func decide(
        _ command: ListCommand, by caller: Caller, at now: Moment
    ) throws(Refusal) -> Decision {
        switch command {
        case .begin(let name, let lifetime):
            Decision(nil, effect: .list(.begin(name: name, lifetime)))
        case .add(let token, let targets):
            Decision(nil, effect: .list(.add(token: token, targets)))
        case .commit(let token): Decision(nil, effect: .list(.commit(token: token)))
        case .drop(let name): try dropList(name, by: caller)
        case .show(let name, let query): try showLists(name, query, at: now)
        }
    }

    /// The list that holds the network, and the network in it.
    @inline(__always)
    func listed(_ network: Network, at now: Moment) -> (list: AddressList, match: Network)? {
        domains.lists.isEmpty ? nil : listedAnywhere(network, at: now)
    }

    private func listedAnywhere(
        _ network: Network, at now: Moment
    ) -> (list: AddressList, match: Network)? {
        guard
            let found = domains.lists.holding(
                network, at: now.bootMilliseconds, unless: { isDryRun($0) }),
            !isProtected(network)
        else { return nil }
        return (domains.lists.all[found.place], found.match)
    }

    /// Every list that holds the network, as `why` shows them.
    func allListed(_ network: Network, at now: Moment) -> [BanView] {
        if domains.lists.isEmpty || isProtected(network) { return [] }
        return domains.lists.all.lazy
            .filter { $0.deadline > now.bootMilliseconds }
            .compactMap { list in
                list.networks.runs.holding(network).map { view(list, holding: $0, at: now) }
            }
    }

    /// A list's hold on a network, in the form of a ban.
    func view(_ list: AddressList, holding match: Network, at now: Moment) -> BanView {
        BanView(
            network: match, expires: expires(list.deadline), ttlSeconds: left(list, at: now),
            created: Int64(list.committed), reason: "", source: list.source, uid: list.uid,
            isAutomatic: false, isDryRun: isDryRun(list), list: list.name)
    }

    /// Whether a list holds nobody at present.
    package func isDryRun(_ list: AddressList) -> Bool {
        traits(source: list.source).contains(.dryRun)
    }

    private func left(_ list: AddressList, at now: Moment) -> Int64? {
        list.deadline == Ban.never
            ? nil : max(0, Self.seconds(list.deadline - now.bootMilliseconds))
    }

    /// Why a network may stand in no list (L3).
    package func listRefusal(of network: Network, allow: NetworkRuns) -> Refusal? {
        let widest: UInt8 = network.isIPv4 ? 96 + 8 : 32
        if network.length < widest {
            return Refusal(
                .refused,
                "\(network) is broader than a list may contain (\(network.isIPv4 ? "/8" : "/32"))",
                hint: "list the networks inside it, or `ban` it")
        }
        if network.overlaps(.ipv4Loopback) || network.overlaps(.ipv6Loopback) {
            return Refusal(.refused, "\(network) is loopback")
        }
        if allow.overlaps(network) {
            return Refusal(.refused, "\(network) overlaps an entry of guard.allow")
        }
        return hostAddress(in: network).map { refusal(holding: $0, network) }
    }

    /// Refuses where a list of this name, or its entries, would find no room (L6).
    /// - Parameter entries: networks of all lists under way, and those to be added.
    package func requireRoom(forList name: String, entries: Int) throws(Refusal) {
        if domains.lists.all.count >= ListBounds.lists && domains.lists[name] == nil {
            throw Refusal(
                .tooMany, "there are \(ListBounds.lists) lists already",
                hint: "drop one: list drop NAME")
        }
        if domains.lists.listed + entries > rules.maxListed {
            throw Refusal(
                .tooMany,
                "\(lists.listed) networks are listed and \(entries) are being loaded; "
                    + "the limit is \(rules.maxListed)",
                hint: "raise guard.max_listed; a list counts twice while it is being replaced")
        }
    }

    /// How many networks still fit, with this many being loaded.
    package func listRoom(underWay: Int) -> Int {
        max(0, rules.maxListed - domains.lists.listed - underWay)
    }

    /// When a list committed now ends.
    package func listDeadline(_ lifetime: Lifetime, at now: Moment) -> Int64 {
        switch lifetime {
        case .permanent: Ban.never
        case .milliseconds(let length): now.bootMilliseconds + length
        // The wall clock may have been set since the date was found good.
        case .until(let wall): max(0, wall - clockOffset)
        }
    }

    /// The change that makes a draft a list.
    package func listCommit(
        of draft: ListDraft, token: UInt64, kept: Int, replacing old: ListedNetworks?,
        by caller: Caller, at now: Moment
    ) -> ListCommit {
        let held = domains.lists[draft.name]
        let isSame = old != nil && held?.networks === old
        let (kept, before) = isSame ? (kept, old?.count ?? 0) : (0, held?.count ?? 0)
        return ListCommit(
            token: token, chunks: UInt32(draft.runs.chunkCount), name: draft.name,
            deadline: listDeadline(draft.lifetime, at: now), committed: second(of: now),
            uid: caller.uid, entries: UInt32(draft.count), added: UInt32(draft.count - kept),
            removed: UInt32(before - kept), isReplacement: held != nil)
    }

    /// What `list commit` answers.
    package func committed(_ commit: ListCommit, at now: Moment) -> ListCommitted {
        ListCommitted(
            name: commit.name, entries: Int(commit.entries), added: Int(commit.added),
            removed: Int(commit.removed), isReplacement: commit.isReplacement,
            expires: expires(commit.deadline),
            ttlSeconds: commit.deadline == Ban.never
                ? nil : max(0, Self.seconds(commit.deadline - now.bootMilliseconds)))
    }

    func dropList(_ name: String, by caller: Caller) throws(Refusal) -> Decision {
        guard let list = domains.lists[name] else { throw noList(name) }
        let drop = ListDrop(name: name, entries: UInt32(list.count), uid: caller.uid)
        return Decision(.list(.dropped(name, list.count)), .one(.list(.dropped(drop))))
    }

    func showLists(
        _ name: String?, _ query: PageQuery, at now: Moment
    ) throws(Refusal) -> Decision {
        guard let name else {
            return Decision(
                .list(.all(domains.lists.live(at: now).map { view($0, at: now) })))
        }
        guard let list = domains.lists[name], list.deadline > now.bootMilliseconds else {
            throw noList(name)
        }
        let (rows, next) = list.networks.runs.page(limit: query.limit, after: query.after)
        return Decision(.list(.page(view(list, at: now), Page(rows: rows, next: next))))
    }

    private func view(_ list: AddressList, at now: Moment) -> ListView {
        var view = ListView(
            name: list.name, entries: list.count, ipv4: list.networks.runs.ipv4.count,
            ipv6: list.networks.runs.ipv6.count, expires: expires(list.deadline),
            ttlSeconds: left(list, at: now), committed: Int64(list.committed), uid: list.uid)
        view.isDryRun = isDryRun(list)
        return view
    }

    private func noList(_ name: String) -> Refusal {
        Refusal(
            .notFound, "there is no list \(name)",
            hint: domains.lists.isEmpty ? nil : "`list show` names them")
    }
}
