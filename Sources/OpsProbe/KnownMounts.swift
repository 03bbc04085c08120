// What is known of the mounts from one round to the next: their figures as they last answered, and
// whether a file system that is read-only took writes before.  Reads nothing itself: it says what
// to ask, and takes the answers.

package import OpsCore

/// What a measurement of a mount came to.
package enum MountAnswer: Hashable, Sendable {
    case measured(MountSpace?, MountInodes?)
    /// The path leads to another mount, or to nothing any more.
    case hidden
    /// statvfs(3) failed, with this text.
    case failed(String)
}

/// The mounts as the last rounds left them.
package struct KnownMounts: Sendable {
    fileprivate struct Known: Sendable {
        var entry: MountEntry
        /// What `MountEntry.activity` was when it was last asked; nil: it was not asked yet.
        var askedAt: UInt64??
        var isHidden = false
    }

    /// In order of mount point.
    private var all: [Known] = []
    /// Patterns of mount points that are left out.
    private var excluded: [PathPattern] = []

    /// None.
    package init() {}

    /// What is listed.
    package var mounts: [Mount] { all.lazy.filter { !$0.isHidden }.map(\.entry.mount) }

    /// Leaves out the mounts that match.
    package mutating func exclude(_ patterns: [String]) {
        excluded = patterns.map { PathPattern($0) }
        all = all.filter { !isExcluded($0.entry.mount.mountpoint) }
    }

    private func isExcluded(_ mountpoint: String) -> Bool {
        excluded.contains { $0.matches(mountpoint) }
    }

    /// Takes a new table.  Returns the mounts to ask: all but automounts that nobody has used since
    /// they were last asked, for the question would keep them mounted.
    package mutating func adopt(_ table: [MountEntry]) -> [MountEntry] {
        var fresh: [Known] = []
        var questions: [MountEntry] = []
        for entry in table where !isExcluded(entry.mount.mountpoint) {
            var known = Known(entry: entry)
            if let before = all.first(where: { $0.entry.isSame(as: entry) }) {
                known.take(before)
            } else if entry.mount.isReadOnly {
                known.entry.mount.hasBecomeReadOnly = entry.hasFailed
            }
            if !entry.isAutomount || known.askedAt != .some(entry.activity) {
                known.askedAt = entry.activity
                questions.append(known.entry)
            }
            fresh.append(known)
        }
        all = fresh
        return questions
    }

    /// Takes what a measurement came to.
    package mutating func take(_ answer: MountAnswer, of mountpoint: String) {
        guard let place = all.firstIndex(where: { $0.entry.mount.mountpoint == mountpoint }) else {
            return
        }
        all[place].isHidden = answer == .hidden
        switch answer {
        case .hidden: break
        case .failed(let text):
            all[place].entry.mount.stale = true
            all[place].entry.mount.fault = text
        case .measured(let space, let inodes):
            all[place].entry.mount.stale = false
            all[place].entry.mount.fault = nil
            all[place].entry.mount.space = space ?? all[place].entry.mount.space
            all[place].entry.mount.inodes = inodes
        }
    }

    /// The mounts that match are asked and do not answer.  Returns whether that is news.
    package mutating func stall(_ isStalled: (String) -> Bool) -> Bool {
        var isNews = false
        for place in all.indices
        where isStalled(all[place].entry.mount.mountpoint) && !all[place].entry.mount.stale {
            all[place].entry.mount.stale = true
            all[place].entry.mount.fault = nil
            isNews = true
        }
        return isNews
    }
}

extension KnownMounts.Known {
    /// Goes on with what was known of the same mount.
    fileprivate mutating func take(_ before: KnownMounts.Known) {
        let old = before.entry.mount
        entry.mount.space = old.space
        entry.mount.inodes = old.inodes
        entry.mount.stale = old.stale
        entry.mount.fault = old.fault
        entry.mount.hasBecomeReadOnly =
            entry.mount.isReadOnly
            && (!old.isReadOnly || old.hasBecomeReadOnly || entry.hasFailed)
        askedAt = before.askedAt
        isHidden = before.isHidden
    }
}

extension MountEntry {
    /// Whether it is the mount of the earlier table, and not one that has taken its place.
    fileprivate func isSame(as other: MountEntry) -> Bool {
        id == other.id && device == other.device && mount.mountpoint == other.mount.mountpoint
            && mount.device == other.mount.device
    }
}
