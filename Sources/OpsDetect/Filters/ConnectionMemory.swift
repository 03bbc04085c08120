// What lines of one connection have said so far (`<F-MLFID>`): one line has the address, another
// the user, a third the failure.
//
// The key is the text that the lines have in common, such as `host sshd[4711]: `.  Who floods the
// log with connections makes the oldest ones be forgotten, and nothing grow: entries are bounded in
// number and in time since the first line.

import OpsCore

/// Who a line is about, as far as its text can be understood.
enum HostIdentity: Hashable {
    case address(Network)
    /// Something else: an identity that is not an address, or an address out of range.
    case text
}

/// What is known of a failure: from one line, or merged over the lines of a connection.
final class Failure {
    var fid: HostIdentity?
    var ip4: HostIdentity?
    var ip6: HostIdentity?
    var dns: HostIdentity?
    var cidr: Int?
    var user: String?
    /// The user names that were tried: those of the connection, or none for a single line.  Most
    /// connections try one, which takes no array.
    var users: [String] { (firstUser.map { [$0] } ?? []) + furtherUsers }
    private var firstUser: String?
    private var furtherUsers: [String] = []
    var hasSeveralUsers: Bool { !furtherUsers.isEmpty }
    var isNoFailure = false
    var isGained = false
    /// A failure was seen, and no address yet.
    var isPending = false
    /// Lines that failed, and lines that are not failures by themselves.
    var matches = 0
    var quietMatches = 0

    /// The most user names that are kept of a connection: more than one is what matters.
    static let usersLimit = 16

    /// Remembers a user name that was tried.
    func addUser(_ user: String?) {
        guard let user, !user.isEmpty, user != firstUser else { return }
        if firstUser == nil {
            firstUser = user
        } else if furtherUsers.count < Self.usersLimit - 1, !furtherUsers.contains(user) {
            furtherUsers.append(user)
        }
    }

    /// Takes over what the other one says.
    func update(from other: Failure) {
        if let fid = other.fid { self.fid = fid }
        if other.ip4 != nil || other.ip6 != nil {
            // The number of a process is used again: its address is the newest one, of either kind.
            self.ip4 = nil
            self.ip6 = nil
            self.cidr = nil
        }
        if let ip4 = other.ip4 { self.ip4 = ip4 }
        if let ip6 = other.ip6 { self.ip6 = ip6 }
        if let dns = other.dns { self.dns = dns }
        if let cidr = other.cidr { self.cidr = cidr }
        if let user = other.user { self.user = user }
        if other.isNoFailure { isNoFailure = true }
        if other.isGained { isGained = true }
    }
}

/// The text that lines of a connection have in common, as a hash of it: of 64 bits, with a key that
/// is drawn when the program starts, so that nobody can write two texts for one.
struct ConnectionKey: Hashable {
    let hash: Int

    init(_ bytes: Span<UInt8>) {
        hash = bytes.withUnsafeBufferPointer { bytes in
            var hasher = Hasher()
            hasher.combine(bytes: UnsafeRawBufferPointer(bytes))
            return hasher.finalize()
        }
    }
}

/// The connections that are remembered: in the order in which they came, and a table of where each
/// is.  A line of another connection than all before makes one, so nothing is allocated for it but
/// what is known of it.
struct ConnectionMemory {
    private struct Entry {
        let key: Int
        let expires: Int64
        /// nil: forgotten.
        var failure: Failure?
    }

    private var entries: [Entry] = []
    /// The first of `entries` that may still be there.
    private var first = 0
    /// How many were taken off the front of `entries` so far.
    private var base = 0
    /// How many connections are remembered.
    private(set) var count = 0
    /// By hash, with linear probing: places in `entries` plus `base` plus 1; 0: free.
    private var table = [Int](repeating: 0, count: 64)
    private let limits: FilterLimits

    init(_ limits: FilterLimits) { self.limits = limits }

    /// The length of the list of connections, which has those that are gone as well.
    var orderCount: Int { entries.count }

    /// What is known of a connection.
    mutating func failure(of key: ConnectionKey, now: Int64) -> Failure? {
        let slot = slot(of: key.hash)
        guard let index = index(slot) else { return nil }
        if entries[index].expires > now { return entries[index].failure }
        remove(slot, index)
        return nil
    }

    /// Forgets a connection.
    mutating func remove(_ key: ConnectionKey) {
        let slot = slot(of: key.hash)
        if let index = index(slot) { remove(slot, index) }
    }

    /// Remembers a connection.  Returns how many others were forgotten for it before their time.
    mutating func add(_ failure: Failure, for key: ConnectionKey, now: Int64) -> Int {
        remove(key)
        var forgotten = 0
        while count >= max(limits.connections, 1) {
            guard let isEarly = removeOldest(now: now) else { break }
            if isEarly { forgotten += 1 }
        }
        compact()
        if 2 * (count + 1) > table.count { fill(2 * table.count) }
        entries.append(
            Entry(
                key: key.hash, expires: now &+ limits.connectionMilliseconds, failure: failure))
        table[slot(of: key.hash)] = entries.count + base
        count += 1
        return forgotten
    }

    /// Whether the oldest one would still have been valid; nil: there is none.
    private mutating func removeOldest(now: Int64) -> Bool? {
        while first < entries.count {
            let index = first
            first += 1
            guard entries[index].failure != nil else { continue }
            remove(slot(of: entries[index].key), index)
            return entries[index].expires > now
        }
        return nil
    }

    /// Keeps the order from growing with connections that are gone.
    private mutating func compact() {
        if entries.count - first > 2 * count + 64 {
            // Most of them ended by themselves.
            entries = entries[first...].filter { $0.failure != nil }
            first = 0
            base = 0
            fill(table.count)
        } else if first > entries.count / 2, first > 64 {
            entries.removeSubrange(..<first)
            base += first
            first = 0
        }
    }

    // MARK: The table

    private func home(_ hash: Int) -> Int { hash & (table.count - 1) }

    /// Where in the table a key is, or would be put.
    private func slot(of hash: Int) -> Int {
        var slot = home(hash)
        while let index = index(slot), entries[index].key != hash {
            slot = (slot + 1) & (table.count - 1)
        }
        return slot
    }

    /// The place in `entries` that a slot holds.
    private func index(_ slot: Int) -> Int? { table[slot] == 0 ? nil : table[slot] - 1 - base }

    private mutating func remove(_ slot: Int, _ index: Int) {
        entries[index].failure = nil
        count -= 1
        // Those behind it that are not in their own place move up.
        var free = slot
        var next = (slot + 1) & (table.count - 1)
        while let index = self.index(next) {
            let home = home(entries[index].key)
            let isBetween = (next - home) & (table.count - 1) < (next - free) & (table.count - 1)
            if !isBetween {
                table[free] = table[next]
                free = next
            }
            next = (next + 1) & (table.count - 1)
        }
        table[free] = 0
    }

    /// Writes the table anew, with so many slots: a power of 2, at least twice the connections.
    private mutating func fill(_ slots: Int) {
        table = [Int](repeating: 0, count: slots)
        for index in entries.indices where entries[index].failure != nil {
            table[slot(of: entries[index].key)] = index + base + 1
        }
    }
}
