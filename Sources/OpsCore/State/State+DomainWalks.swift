// What is done to every domain alike, each walk written once.

extension State {
    /// When something of a domain ends next, milliseconds of boot time; `Int64.max`: nothing does.
    var nextDomainDeadline: Int64 {
        struct Walk: DomainVisitor {
            var deadline = Int64.max

            mutating func visit(_ domain: borrowing some Domain, in state: borrowing State) {
                deadline = min(deadline, domain.nextDeadline)
            }
        }
        var walk = Walk()
        visitDomains(&walk)
        return walk.deadline
    }

    /// The changes that end what is due in the domains, at most `limit`; none: nothing is due.
    package func dueInDomains(at now: Moment, atMost limit: Int) -> [Change] {
        struct Walk: DomainVisitor {
            let now: Moment
            let limit: Int
            var changes: [Change] = []

            mutating func visit(_ domain: borrowing some Domain, in state: borrowing State) {
                let left = limit - changes.count
                guard left > 0, domain.nextDeadline <= now.bootMilliseconds else { return }
                changes += domain.due(at: now, in: state, atMost: left)
            }
        }
        var walk = Walk(now: now, limit: limit)
        visitDomains(&walk)
        return walk.changes
    }

    /// What a snapshot takes of the domains in a portion, by reference.
    package func domainImages(_ portion: SnapshotPortion, at now: Moment) -> [any DomainImage] {
        struct Walk: DomainVisitor {
            let portion: SnapshotPortion
            let now: Moment
            var images: [any DomainImage] = []

            mutating func visit(_ domain: borrowing some Domain, in state: borrowing State) {
                if let image = domain.image(portion, at: now) { images.append(image) }
            }
        }
        var walk = Walk(portion: portion, now: now)
        visitDomains(&walk)
        return walk.images
    }

    /// The oldest snapshot reader that understands all that there is.
    package var minReader: Int {
        struct Walk: DomainVisitor {
            var needed: Int

            mutating func visit(_ domain: borrowing some Domain, in state: borrowing State) {
                needed = max(needed, domain.minReader)
            }
        }
        // A reader that would enforce dry runs must not read them, nor one that would take each
        // claim for all.
        var walk = Walk(needed: hasClaims ? 3 : hasDryRuns ? 2 : 1)
        visitDomains(&walk)
        return walk.needed
    }

    /// Moves every domain to another boot; `instant` has the clock offset of the one before.
    mutating func rebaseDomains(_ rebase: Rebase, at instant: Instant) {
        struct Walk: DomainModifier {
            let rebase: Rebase
            let instant: Instant

            mutating func modify(_ domain: inout some Domain) {
                domain.rebase(rebase, at: instant)
            }
        }
        var walk = Walk(rebase: rebase, instant: instant)
        domains.modify(&walk)
    }

    /// Recovery is over: whatever was under way when the log ended is forgotten.
    package mutating func recoveryEnded() {
        struct Walk: DomainModifier {
            mutating func modify(_ domain: inout some Domain) { domain.recoveryEnded() }
        }
        var walk = Walk()
        domains.modify(&walk)
    }
}
