// Memory that sessions hold, in sum: output that is not sent and input that is not served, for each
// user and for all.  Each session has a bound of its own as well; this is for those who open many.

import OpsCore

/// Bytes held, by slot, by user, and in all.
struct Ledger {
    /// The most of one user.
    static let userBytes = 16 << 20
    /// Where a user holds more, each of its connections is served the next request when the reply
    /// to the last has gone: so what grows is not what the log, say, holds back.
    static let tightBytes = 8 << 20
    /// The most of all.
    static let totalBytes = 64 << 20
    /// Where all together hold more, connections are read in small pieces, so that those who send
    /// much at once, and are served as fast as can be, are not the ones to be dropped.
    static let plentyBytes = 8 << 20
    /// What is dropped beyond what is necessary, so that not each turn has to look for something.
    static let slackBytes = 1 << 20

    private struct Entry {
        var uid: UInt32 = 0
        var bytes: UInt32 = 0
    }

    private var entries: [Entry] = []
    private var users: [UInt32: Int] = [:]
    /// Users over their bound.
    private var over: Set<UInt32> = []
    private(set) var total = 0

    /// Whether something is to be dropped.
    var isOver: Bool { total > Self.totalBytes || !over.isEmpty }

    /// What a user holds.
    func bytes(of uid: UInt32) -> Int { users[uid] ?? 0 }

    /// What a session holds.
    func bytes(in slot: Int) -> Int { slot < entries.count ? Int(entries[slot].bytes) : 0 }

    /// A session holds this much now.
    mutating func charge(_ slot: Int, _ uid: UInt32, _ bytes: Int) {
        while entries.count <= slot { entries.append(Entry()) }
        let change = bytes - Int(entries[slot].bytes)
        if change == 0 { return }
        entries[slot] = Entry(uid: uid, bytes: UInt32(bytes))
        total += change
        let before = users[uid] ?? 0
        let ofUser = before + change
        users[uid] = ofUser == 0 ? nil : ofUser
        if ofUser > Self.userBytes {
            over.insert(uid)
        } else if before > Self.userBytes {
            over.remove(uid)
        }
    }

    /// The sessions to be dropped: the heaviest ones of the user who is furthest over a bound, or
    /// of the one who holds most where all together hold too much.  Looks once at each slot.
    func heaviest() -> [Int] {
        let candidates = over.isEmpty ? Array(users.keys) : Array(over)
        guard isOver, let uid = candidates.max(by: { bytes(of: $0) < bytes(of: $1) }) else {
            return []
        }
        var excess =
            max(bytes(of: uid) - Self.userBytes, total - Self.totalBytes) + Self.slackBytes
        var held: [(bytes: UInt32, slot: Int)] = []
        for slot in entries.indices where entries[slot].uid == uid && entries[slot].bytes > 0 {
            held.append((entries[slot].bytes, slot))
        }
        held.sort { $0 > $1 }
        var slots: [Int] = []
        for one in held {
            if excess <= 0 { break }
            excess -= Int(one.bytes)
            slots.append(one.slot)
        }
        return slots
    }
}

/// Sessions of one user that were closed for what they held.
struct Shedding {
    var connections = 0
    var bytes = 0
}

extension Engine {
    /// A session may hold more or less than before.
    @inline(__always)
    func charge(_ slot: Int, _ session: Session) {
        let bytes = session.footprint
        if bytes == session.charged { return }
        session.charged = bytes
        ledger.charge(slot, session.caller.uid, bytes)
    }

    /// Whether a user holds so much that each connection is served one request at a time.
    @inline(__always)
    func isTight(_ uid: UInt32) -> Bool {
        ledger.total > Ledger.tightBytes && ledger.bytes(of: uid) > Ledger.tightBytes
    }

    /// Where sessions hold too much in sum: drops what the heaviest of the heaviest user hold, and
    /// has them closed.
    func relieve() {
        while ledger.isOver {
            let slots = ledger.heaviest()
            for slot in slots { shed(slot) }
            if slots.isEmpty { return }
        }
    }

    private func shed(_ slot: Int) {
        guard let session = session(slot) else { return ledger.charge(slot, 0, 0) }
        let uid = session.caller.uid
        let bytes = ledger.bytes(in: slot)
        shedConnections += 1
        shedding[uid, default: Shedding()].connections += 1
        shedding[uid, default: Shedding()].bytes += bytes
        endWatch(slot, session)
        // After whole lines it is told why; in the middle of one there is nothing to say.
        if session.drop(buffers) {
            refuse(
                Refusal(
                    .tooMany,
                    "closed: the connections of user \(uid) held more than is kept for clients "
                        + "that do not read; this one held \(bytes) bytes",
                    hint: "read the replies, or ask for less at once"),
                session)
            session.isShed = true
        } else {
            session.isDead = true
        }
        session.isClosing = true
        held.remove(slot)
        charge(slot, session)
        late.append(slot)
    }
}
