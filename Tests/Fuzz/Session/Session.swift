// Connections of the whole engine, with a clock, a disk and sockets that do as the bytes say: every
// request has one reply, in order; nothing traps; and what the log holds is the live state.
// The loop without descriptors is the one of the daemon's own tests.

import OpsConfig
import OpsCore
import OpsStore
import OpsTestKit

@testable import OpsDaemon

/// The bytes are what happens.
func fuzzSession(_ bytes: [UInt8]) throws(Finding) {
    var feed = Feed(bytes)
    var visit = Visit(feed.byte())
    while !feed.isEmpty { visit.step(&feed) }
    try visit.end()
}

/// A connection and what it must get.
private struct Guest {
    var client: FakeClient
    /// Whole lines sent.
    var asked = 0
    var isPartial = false
    var replies: [String] = []
}

private struct Visit {
    private let loop: FakeLoop
    private var guests: [Guest] = []
    private var wasBroken = false

    init(_ choice: UInt8) {
        var configuration = Configuration()
        configuration.limits.lineBytes = 1_024
        configuration.limits.connections = 6
        configuration.guard.maxTracked = 8
        configuration.events.tail = 20
        configuration.store.fsync = choice & 1 == 0 ? .always : .everysec
        loop = FakeLoop(configuration)
        loop.settle()
        connect(0)
    }

    mutating func step(_ feed: inout Feed) {
        let kind = feed.byte()
        let value = feed.byte()
        let at = Int(value) % max(1, guests.count)
        switch kind % 16 {
        case 0: connect(value)
        case 1: if !guests.isEmpty { loop.finish(guests[at].client) }
        case 2:
            if !guests.isEmpty && !guests[at].client.isClosed { loop.close(guests[at].client) }
        case 3: loop.advance(Double(value) / 8)
        case 4: loop.setWall(by: Int64(Int8(bitPattern: value)) * 1_000_000)
        case 5: fail(value)
        case 6: loop.completeJobs(Int(value & 3))
        case 7: loop.repairLog()
        case 8: if !guests.isEmpty { guests[at].client.room = Int(feed.byte()) * 16 }
        case 9: if !guests.isEmpty { loop.open(guests[at].client, room: .max) }
        case 10: loop.turn()
        default:
            let text = feed.piece(Int(feed.byte()))
            if !guests.isEmpty { say(text, at) }
            if kind & 0x10 != 0 { loop.turn() }
        }
        collect()
    }

    private mutating func connect(_ value: UInt8) {
        let role = Role(rawValue: value & 3) ?? .admin
        let client = loop.connect(uid: UInt32(value >> 2 & 3), role: value == 0 ? .admin : role)
        if client.isClosed { return }
        if guests.count >= 8 { guests.removeFirst() }
        guests.append(Guest(client: client))
    }

    private mutating func fail(_ value: UInt8) {
        switch value % 3 {
        case 0: loop.disk = .prompt
        case 1: loop.disk = .waiting
        default:
            loop.disk = .broken
            wasBroken = true
        }
    }

    private mutating func say(_ text: [UInt8], _ at: Int) {
        guard loop.engine.session(guests[at].client.slot) != nil, !guests[at].client.isClosed
        else { return }
        guests[at].asked += text.count { $0 == 0x0a }
        if let last = text.last { guests[at].isPartial = last != 0x0a }
        loop.deliver(guests[at].client, text)
    }

    private mutating func collect() {
        for index in guests.indices { guests[index].replies += guests[index].client.take() }
    }

    mutating func end() throws(Finding) {
        loop.disk = .prompt
        for _ in 0..<4 {
            for guest in guests where !guest.client.isClosed {
                loop.open(guest.client, room: .max)
            }
            loop.settle()
            loop.repairLog()
        }
        loop.settle()
        collect()
        for guest in guests { try holdAnswered(guest) }
        try hold(!loop.engine.log.isDegraded, "the disk is whole and the daemon degraded")
        if !wasBroken { try holdReplay() }
    }

    private func holdAnswered(_ guest: Guest) throws(Finding) {
        for line in guest.replies {
            try hold(
                line.hasPrefix("ok {") || line.hasPrefix("err {") || line.hasPrefix("event {"),
                "no reply: \(line)")
        }
        if guest.client.isClosed { return }
        let answers = guest.replies.count { !$0.hasPrefix("event ") }
        try hold(answers == guest.asked, "\(guest.asked) requests, \(answers) replies")
    }

    private func holdReplay() throws(Finding) {
        let (step, sink) = MemoryStateDirectory(loop.files).recover()
        guard case .done = step else { throw Finding(description: "no recovery: \(step)") }
        var state = State(hashKey: (7, 9), eventCapacity: 20)
        state.restore(
            lastEventID: 0,
            clockOffset: FakeLoop.newYear / 1_000_000 - 1_000_000, bootID: FakeLoop.bootID)
        for entry in sink.log { state.apply(entry.change, entry.stamp) }
        let live = loop.engine.state.image(at: loop.now)
        let replayed = state.image(at: loop.now)
        try hold(replayed == live, "live \(live)\n\nreplayed \(replayed)")
    }
}
