// epoll, level triggered.  A registration is a slot and the slot's generation, packed into the
// event data.  When a slot is reused its generation differs, so an event that was read for a
// descriptor which has been deregistered is dropped, never handed to its successor.
//
// The poller borrows descriptor numbers and closes none.  Deregister before closing.  A wait
// allocates nothing.  One thread uses a poller.

import COpsLinux
@preconcurrency import Glibc

/// What a descriptor is watched for.
package struct Interest: OptionSet, Hashable, Sendable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    /// The descriptor is readable, or at its end.
    package static let read = Interest(rawValue: UInt32(OPS_READ))
    /// The descriptor is writable.
    package static let write = Interest(rawValue: UInt32(OPS_WRITE))
    /// Only the end of both directions, and errors: epoll always reports these.
    package static let hangUp = Interest(rawValue: UInt32(OPS_HANGUP))
    /// Nothing: not even a hang-up wakes the loop.
    package static let none: Interest = []
}

/// Identifies one registration: its slot, and the generation of that slot.
package struct Token: Hashable, Sendable {
    /// Small: below the largest number of registrations at one time, so usable as an array index.
    package let slot: UInt32
    /// How many earlier registrations used the slot.
    package let generation: UInt32

    init(slot: UInt32, generation: UInt32) {
        self.slot = slot
        self.generation = generation
    }

    var packed: UInt64 { UInt64(generation) << 32 | UInt64(slot) }

    init(packed: UInt64) {
        slot = UInt32(truncatingIfNeeded: packed)
        generation = UInt32(truncatingIfNeeded: packed >> 32)
    }
}

/// A descriptor that is ready.
package struct Ready: Hashable, Sendable {
    /// Which registration.
    package let token: Token
    /// Reading returns at once: with bytes, with the end, or with an error.
    package let isReadable: Bool
    /// Writing returns at once.
    package let isWritable: Bool
    /// Both directions have ended (EPOLLHUP), or there is an error (EPOLLERR): a read or write
    /// tells which.
    package let isBroken: Bool
}

/// The set of watched descriptors.
package struct Poller: ~Copyable {
    private struct Slot {
        var generation: UInt32
        var fd: Int32  // -1: free
        var interest: Interest
    }

    private let epoll: Descriptor
    private var slots: [Slot] = []
    private var free: [UInt32] = []
    private var ready: [ops_ready]
    private var readyCount = 0
    private var readyNext = 0

    /// `eventsPerWait` (1...256) bounds the work between two waits.
    package init(eventsPerWait: Int = 256) throws(Errno) {
        guard (1...Int(OPS_READY_LIMIT)).contains(eventsPerWait)
        else { throw Errno(EINVAL, "epoll_wait") }
        epoll = Descriptor(owning: try Syscalls.epollCreate())
        ready = Array(repeating: ops_ready(), count: eventsPerWait)
    }

    /// Readable while one of the watched descriptors is ready: a poller can be watched by another.
    package var descriptorNumber: Int32 { epoll.number }

    /// How many registrations there are.
    package var count: Int { slots.count - free.count }

    /// Watches `fd`.  Throws EPERM if it cannot be watched (a regular file), EEXIST if it is
    /// watched already.
    package mutating func register(_ fd: Int32, _ interest: Interest) throws(Errno) -> Token {
        let slot: UInt32
        if let last = free.last {
            slot = last
        } else {
            guard slots.count < Int(Int32.max) else { throw Errno(ENOSPC, "epoll_ctl(ADD)") }
            slot = UInt32(slots.count)
            slots.append(Slot(generation: 0, fd: -1, interest: .none))
            free.append(slot)
        }
        let token = Token(slot: slot, generation: slots[Int(slot)].generation)
        if interest != .none { try Syscalls.epollAdd(epoll.number, fd, interest, token.packed) }
        free.removeLast()
        slots[Int(slot)].fd = fd
        slots[Int(slot)].interest = interest
        return token
    }

    /// Changes what a registration is watched for; false when the token is stale.
    @discardableResult
    package mutating func update(_ token: Token, _ interest: Interest) throws(Errno) -> Bool {
        guard isCurrent(token) else { return false }
        let slot = slots[Int(token.slot)]
        if slot.interest == interest { return true }
        // Level-triggered epoll always reports hang-ups; only removing the descriptor stops that.
        if interest == .none {
            try Syscalls.epollRemove(epoll.number, slot.fd)
        } else if slot.interest == .none {
            try Syscalls.epollAdd(epoll.number, slot.fd, interest, token.packed)
        } else {
            try Syscalls.epollModify(epoll.number, slot.fd, interest, token.packed)
        }
        slots[Int(token.slot)].interest = interest
        return true
    }

    /// Ends a registration, while its descriptor is still open; false when the token is stale.
    @discardableResult
    package mutating func deregister(_ token: Token) -> Bool {
        guard isCurrent(token) else { return false }
        let slot = slots[Int(token.slot)]
        if slot.interest != .none {
            do throws(Errno) {
                try Syscalls.epollRemove(epoll.number, slot.fd)
            } catch {
                // The descriptor was closed first, and its number may have been reused.
                preconditionFailure("deregister after close: \(error)")
            }
        }
        slots[Int(token.slot)] = Slot(
            generation: token.generation &+ 1, fd: -1, interest: .none)
        free.append(token.slot)
        return true
    }

    /// Whether `next` has not come to the end of the last wait.
    package var hasUnread: Bool { readyNext < readyCount }

    /// Waits until something is ready, at most this long (-1: without limit); then read events with
    /// `next`.  Unread events of the previous wait are dropped; epoll reports them again.
    package mutating func wait(timeoutMilliseconds: Int32) throws(Errno) {
        readyCount = 0
        readyNext = 0
        readyCount = try Syscalls.epollWait(
            epoll.number, &ready, timeoutMilliseconds: timeoutMilliseconds)
    }

    /// The next ready descriptor of the last wait, or nil.  Registrations that ended since that
    /// wait are skipped, even if their slot has been reused.
    package mutating func next() -> Ready? {
        while readyNext < readyCount {
            let event = ready[readyNext]
            readyNext += 1
            let token = Token(packed: event.token)
            guard isCurrent(token) else { continue }
            let interest = slots[Int(token.slot)].interest
            if interest == .none { continue }
            let events = Int(event.events)
            let isBroken = events & (OPS_HANGUP | OPS_FAULT) != 0
            let isReadable = events & OPS_READ != 0 && interest.contains(.read)
            let isWritable = events & OPS_WRITE != 0 && interest.contains(.write)
            guard isBroken || isReadable || isWritable else { continue }
            return Ready(
                token: token, isReadable: isReadable, isWritable: isWritable, isBroken: isBroken)
        }
        return nil
    }

    private func isCurrent(_ token: Token) -> Bool {
        Int(token.slot) < slots.count && slots[Int(token.slot)].fd >= 0
            && slots[Int(token.slot)].generation == token.generation
    }
}
