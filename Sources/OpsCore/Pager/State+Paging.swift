// From incidents to pages: what should be told is compared with what was, and work is made of the
// difference.  The engine asks in each turn until there is nothing left; so a page is made in the
// turn of the raise, and whatever a crash took is made again.

extension State {
    /// Incidents looked at in one step.
    private static var pagingSlice: Int { 16 }

    /// New settings; every incident is looked at anew.
    package mutating func adopt(_ pager: PagerSettings, host: String) {
        paging.adopt(pager, host: host)
        reviewPages()
    }

    /// The head of the chain of events that pages have from now on.
    package mutating func adopt(audit head: AuditHead?) { paging.audit = head }

    /// Every incident is looked at anew: after a recovery, and when settings changed.
    package mutating func reviewPages() {
        for incident in domains.incidents.table.sorted { paging.note(incident.id) }
    }

    /// opsd has started after a crash: what was told since the last durable record is not known, so
    /// that what waits of any incident may have been.
    package mutating func doubtPages() {
        paging.doubt(domains.incidents.table.sorted.lazy.map(\.id))
    }

    /// When there is something to page though nothing changes, milliseconds of boot time.
    package var nextPaging: Int64 { paging.nextLook }

    /// Whether paging has anything to look at: asked in each turn, so it looks at next to nothing.
    package func hasPaging(at now: Moment) -> Bool {
        domains.incidents.hasTouched || domains.work.hasTouched
            || paging.nextLook <= now.bootMilliseconds
            || paging.nextSecond <= now.bootMilliseconds
    }

    /// The next changes that paging needs; none: there is nothing to do now.
    /// - Parameter payload: writes what a page says, at most `PageMessage.payloadBytes`.
    package mutating func page(
        at now: Moment, payload: (PageMessage) -> String
    ) -> [Change] {
        notePagingInput(at: now)
        while true {
            let ids = paging.takeChanged(atMost: Self.pagingSlice)
            if ids.isEmpty { break }
            let changes = review(ids, at: now)
            if !changes.isEmpty { return changes }
        }
        for channel in paging.settings.pageable {
            let withdrawn = withdraw(from: channel)
            if !withdrawn.isEmpty { return withdrawn }
            let changes = fill(channel, at: now, payload)
            if !changes.isEmpty { return changes }
        }
        paging.endGrouping()
        return []
    }

    private mutating func notePagingInput(at now: Moment) {
        for incident in domains.incidents.takeTouched() { paging.note(incident) }
        for item in domains.work.takeTouched() {
            paging.noteItem(item)
            if work(item)?.stage.isOpen != true { paging.forgetItem(item) }
            guard let kind = work(item)?.kind, kind.hasPrefix(PagerChannel.workPrefix) else {
                continue
            }
            paging.lanes[String(kind.dropFirst(PagerChannel.workPrefix.count))]?.isChanged = true
        }
        for channel in paging.names { noteTrouble(of: channel) }
        paging.noteSecond(at: now.bootMilliseconds)
        paging.noteDue(at: now.bootMilliseconds)
        paging.noteTick(wallSeconds: now.wall / 1_000_000_000)
    }

    /// A channel that went out or came back: incidents go to others, or what waits goes as one.
    private mutating func noteTrouble(of channel: String) {
        let isOut = isOut(channel)
        guard let lane = paging.lanes[channel], lane.isOut != isOut else { return }
        paging.lanes[channel]?.isOut = isOut
        paging.lanes[channel]?.isChanged = true
        paging.lanes[channel]?.isToWithdraw = isOut
        if !isOut { paging.lanes[channel]?.isGrouping = true }
        // Their fallback stands in, or has done so.
        for id in domains.incidents.activeIDs { paging.note(id) }
    }

    /// Whether a channel cannot deliver for now.
    private func isOut(_ channel: String) -> Bool {
        domains.work.kinds[PagerChannel.workKind(of: channel)]?.parkedSince != nil
    }

    private var channelTroubles: ChannelTroubles {
        var troubles = ChannelTroubles()
        for (channel, lane) in paging.lanes where lane.isOut { troubles.parked.insert(channel) }
        return troubles
    }

    // MARK: Incidents

    private mutating func review(_ ids: [UInt64], at now: Moment) -> [Change] {
        let rules = PagingRules(
            settings: paging.settings, troubles: channelTroubles,
            dedupMilliseconds: domains.incidents.settings.dedupMilliseconds, now: now)
        var changes: [Change] = []
        var ends = MarkGroups(at: now.wall / 1_000_000_000)
        for id in ids {
            guard let incident = incident(id) else {
                paging.forget(id)
                continue
            }
            if collectEnds(of: incident, into: &ends) {
                // Its marks change first; then it is looked at again.
                continue
            }
            let outcome = rules.outcome(for: incident) { progress(of: $0) }
            let waitsForTick = paging.settings.route(incident.highest).moment == .tick
            paging.keep(
                id, outcome.incident.pages, lookAt: outcome.nextLook, waitsForTick: waitsForTick)
            for item in outcome.takenBack {
                noteDoubt(of: work(item), incident: id)
                if let change = cancelWork(item, as: .superseded, reason: "nothing to tell") {
                    changes.append(change)
                }
            }
            if outcome.incident != incident {
                changes.append(.incident(put: outcome.incident))
            }
        }
        return changes + ends.changes
    }

    /// An item of an incident tells nothing any more: if it may have been told, the next page says
    /// so.
    private mutating func noteDoubt(of item: WorkItem?, incident: UInt64) {
        guard let item, item.mayRepeat, item.kind.hasPrefix(PagerChannel.workPrefix) else { return }
        let channel = String(item.kind.dropFirst(PagerChannel.workPrefix.count))
        paging.lanes[channel]?.doubted.insert(incident)
    }

    private func progress(of item: UInt64) -> PageProgress {
        guard let item = work(item) else { return .none }
        if item.stage.isSupersedable { return .waiting }
        return item.stage.isOpen ? .begun : .none
    }

    /// Notes how pages of an incident ended whose items have; whether there are such.
    private mutating func collectEnds(of incident: Incident, into ends: inout MarkGroups) -> Bool {
        var isAny = false
        for mark in incident.pages where mark.end == nil {
            if mark.item == 0 {
                if paging.lanes[mark.channel] != nil { continue }
                ends.add(mark, of: incident.id, item: 0, end: .cancelled)
            } else if let item = work(mark.item) {
                guard case .ended(let end, _) = item.stage else { continue }
                // What another item stands for, waits for it.
                let carrier = end == .superseded ? 0 : mark.item
                if carrier == 0 { noteDoubt(of: item, incident: incident.id) }
                ends.add(
                    mark, of: incident.id, item: carrier,
                    end: PageEnd(end, isInDigest: mark.isInDigest))
            } else {
                // Its item was lost in a crash, or is from before: it gets another.
                ends.add(mark, of: incident.id, item: 0, end: nil)
            }
            isAny = true
        }
        return isAny
    }

    // MARK: Channels

    /// Takes back what waits for a channel that went out, but for the item that tries it: it is
    /// told together when the channel is back.
    private mutating func withdraw(from channel: PagerChannel) -> [Change] {
        guard paging.lanes[channel.name]?.isToWithdraw ?? false else { return [] }
        paging.lanes[channel.name]?.isToWithdraw = false
        let items = paging.carried.keys.sorted().compactMap { work($0) }
        return items.filter { $0.kind == channel.workKind && $0.stage.isSupersedable }
            .dropFirst().compactMap {
                cancelWork($0.id, as: .superseded, reason: "the channel does not deliver")
            }
    }

    /// Makes work of what waits for a channel, as far as the channel takes it.
    private mutating func fill(
        _ channel: PagerChannel, at now: Moment, _ payload: (PageMessage) -> String
    ) -> [Change] {
        guard var lane = paging.lanes[channel.name], !lane.waiting.isEmpty else { return [] }
        let boot = now.bootMilliseconds
        guard lane.isChanged || lane.lookAt <= boot else { return [] }
        lane.isChanged = false
        lane.lookAt = .max
        lane.made.removeAll { boot - $0 >= 60_000 }
        defer { paging.lanes[channel.name] = lane }

        let queue = domains.work.queues[channel.workKind]
        let open = (queue?.ready ?? 0) + (queue?.held ?? 0)
        let isHindered = isHindered(channel, at: now)
        let room = isHindered ? 1 - open : channel.perMinute - max(open, lane.made.count)
        let next = lane.lastDigest.map { $0 + PagingBoard.digestPeriod } ?? boot
        if room <= 0, next > boot || isHindered {
            // Whatever waits, nothing can be made: thousands need not be looked at to know it.
            lane.lookAt = next > boot ? next : .max
            return []
        }

        var ready = PagesReady()
        for id in lane.waiting {
            guard let incident = incident(id) else { continue }
            let waits = paging.settings.route(incident.highest).moment == .tick && !lane.isTickDue
            if !waits { ready.add(incident, on: channel.name) }
        }
        lane.isTickDue = false
        if ready.isEmpty { return [] }

        let isGroup = ready.count > 1 && (lane.isGrouping || ready.hasTicked(paging.settings))
        lane.isGrouping = false
        let writer = PageWriter(
            channel: channel, host: paging.host, audit: paging.audit?.description,
            expires: boot + paging.settings.keepMilliseconds,
            wall: now.wall / 1_000_000_000,
            windowSeconds: domains.incidents.settings.dedupMilliseconds / 1_000)
        if ready.count <= room, !isGroup {
            return put(
                ready.sorted.map { writer.single($0, self, payload) }, writer, &lane, at: now)
        }
        // More than the channel takes, or what has gathered: one page for all.
        if next > boot {
            // The single pages that there is room for do not wait for the digest.
            lane.isGrouping = isGroup
            lane.isTickDue = isGroup
            lane.lookAt = next
            guard room > 0, !isGroup else { return [] }
            return put(
                ready.sorted.prefix(room).map { writer.single($0, self, payload) }, writer, &lane,
                at: now)
        }
        let key = "digest/\(channel.name)"
        if let last = openWork(kind: channel.workKind, key: key) {
            // It is being sent: its end is awaited.
            guard last.stage.isSupersedable else { return [] }
            for id in paging.carried[last.id] ?? [] {
                if let incident = incident(id) {
                    ready.add(incident, on: channel.name, of: last.id)
                }
            }
        }
        let digest = writer.digest(ready, key: key, payload)
        let changes = put([digest], writer, &lane, at: now)
        if !changes.isEmpty { lane.lastDigest = boot }
        return changes
    }

    /// The changes that make work of drafts, as far as there is room.
    private func put(
        _ drafts: [PageDraft], _ writer: PageWriter, _ lane: inout PagingBoard.Lane,
        at now: Moment
    ) -> [Change] {
        let (changes, made) = writer.changes(
            putting: drafts, in: self, at: now, doubted: lane.doubted)
        for draft in made { lane.doubted.subtract(draft.pages.lazy.map(\.incident.id)) }
        let boot = now.bootMilliseconds
        lane.made += [Int64](repeating: boot, count: made.count { !$0.isDigest })
        // The table is full: it is tried again.
        if made.count < drafts.count { lane.lookAt = min(lane.lookAt, boot + 1_000) }
        return changes
    }

    /// Whether a channel is out, limited or held: it gets one page at a time.
    private func isHindered(_ channel: PagerChannel, at now: Moment) -> Bool {
        guard let kind = domains.work.kinds[channel.workKind] else { return false }
        return kind.isHeld || kind.parkedSince != nil || kind.limitedUntil > now.bootMilliseconds
    }
}

extension PageEnd {
    /// How a page ended whose item did; nil: it is to be sent by another.
    fileprivate init?(_ end: WorkEnd, isInDigest: Bool) {
        switch end {
        case .done: self = isInDigest ? .digest : .sent
        case .failed, .stale: self = .refused
        case .expired: self = .expired
        case .cancelled: self = .cancelled
        case .superseded: return nil
        }
    }
}
