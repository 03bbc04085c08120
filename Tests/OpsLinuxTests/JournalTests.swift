@preconcurrency import Glibc
import OpsLinux
import OpsTestKit
import Testing

private func entry(_ number: Int, padding: Int = 0) -> JournalEntry {
    var entry = JournalEntry(.info, "entry \(number)")
    if padding > 0 { entry.add("OPSD_PADDING", String(repeating: "x", count: padding)) }
    return entry
}

/// Decodes the native protocol as journald does.
private func fields(_ bytes: [UInt8]) throws -> [(name: String, value: [UInt8])] {
    var fields: [(name: String, value: [UInt8])] = []
    var rest = bytes[...]
    while !rest.isEmpty {
        let end = try #require(rest.firstIndex(of: UInt8(ascii: "\n")))
        let line = rest[..<end]
        rest = rest[(end + 1)...]
        if let equals = line.firstIndex(of: UInt8(ascii: "=")) {
            fields.append(
                (String(decoding: line[..<equals], as: UTF8.self), Array(line[(equals + 1)...])))
        } else {
            let count = rest.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
            try #require(count >= 0 && count <= rest.count)
            let value = rest.dropFirst(8).prefix(count)
            fields.append((String(decoding: line, as: UTF8.self), Array(value)))
            rest = rest.dropFirst(8 + count)
            #expect(rest.popFirst() == UInt8(ascii: "\n"))
        }
    }
    return fields
}

@Suite struct JournalEntryTests {
    @Test(arguments: [
        "plain", "", "with = sign", "two\nlines", "\n", "inject\nMESSAGE=forged\nPRIORITY=0",
        "nul \0 and esc \u{1b}[31m", "trailing\n", "bidi \u{202e}", "1\n\u{8}\0\0\0\0\0\0\0",
    ])
    func valuesSurviveAndForgeNothing(value: String) throws {
        var entry = JournalEntry(.warning, "message")
        entry.add("OPSD_REASON", value)
        entry.add("OPSD_IP", "203.0.113.9")
        let decoded = try fields(entry.bytes)
        #expect(decoded.map(\.name) == ["PRIORITY", "MESSAGE", "OPSD_REASON", "OPSD_IP"])
        try #require(decoded.count == 4)
        #expect(decoded[0].value == bytes("4"))
        #expect(decoded[2].value == Array(value.utf8))
        #expect(decoded[3].value == bytes("203.0.113.9"))
    }

    @Test func aMessageIsOneReadableLine() throws {
        let entry = JournalEntry(.error, "bad\nline \u{1b}[2J")
        let message = try fields(entry.bytes).first { $0.name == "MESSAGE" }
        #expect(message?.value == bytes("bad\\nline \\x1b[2J"))
    }

    @Test(arguments: [
        "", "_TRUSTED", "lower", "1ST", "WITH SPACE", "WITH=EQUALS", "NEW\nLINE", "É",
        String(repeating: "A", count: 65),
    ])
    func refusesNamesThatAreNoFields(name: String) { #expect(JournalField(name) == nil) }

    @Test(arguments: ["A", "OPSD_EVENT", "MESSAGE_ID", "X_9", String(repeating: "A", count: 64)])
    func takesNamesThatAre(name: String) { #expect(JournalField(name)?.name == name) }
}

@Suite struct JournalTests {
    @Test func deliversEntriesInOrder() throws {
        let scratch = try ScratchDirectory()
        let inbox = try DatagramInbox(scratch.path + "/socket")
        var journal = try Journal(path: inbox.path)
        for number in 0..<3 { journal.send(entry(number)) }
        for number in 0..<3 { #expect(try inbox.receive().payload == entry(number).bytes) }
        #expect(journal.queuedEntries == 0 && journal.droppedEntries == 0)
        #expect(journal.wantsWriting == false)
    }

    @Test func alargeEntryGoesAsASealedFile() throws {
        let scratch = try ScratchDirectory()
        let inbox = try DatagramInbox(scratch.path + "/socket")
        var journal = try Journal(path: inbox.path)
        let large = entry(1, padding: 900_000)
        journal.send(large)
        journal.send(entry(2))
        let datagram = try inbox.receive()
        #expect(datagram.payload.isEmpty)
        #expect(datagram.carried == large.bytes)
        #expect(datagram.isSealed)
        #expect(try inbox.receive().payload == entry(2).bytes)
        journal.send(entry(3, padding: Journal.entryLimitBytes))
        #expect(journal.droppedEntries == 1)
    }

    @Test func aHungJournaldBlocksNothingAndLosesOnlyWhatDoesNotFit() throws {
        let scratch = try ScratchDirectory()
        let inbox = try DatagramInbox(scratch.path + "/socket")
        var journal = try Journal(path: inbox.path, queueLimitEntries: 8)
        var poller = try Poller()
        var sent = 0
        while !journal.wantsWriting {
            journal.send(entry(sent))
            sent += 1
        }
        #expect(journal.queuedEntries == 1)
        for _ in 0..<10 {
            journal.send(entry(sent))
            sent += 1
        }
        #expect(journal.queuedEntries == 8)
        #expect(journal.droppedEntries == 3)
        let token = try poller.register(journal.descriptorNumber, .write)
        try poller.wait(timeoutMilliseconds: 0)
        #expect(poller.next() == nil)  // not writable while nobody reads

        // It reads again: the poller tells, and what was queued arrives in order.
        var received = 0
        while received < sent - 3 {
            while let datagram = try inbox.receiveNow() {
                #expect(datagram.payload == entry(received).bytes)
                received += 1
            }
            if journal.wantsWriting {
                try poller.wait(timeoutMilliseconds: patienceMilliseconds)
                #expect(poller.next()?.token == token)
                journal.flush()
            }
        }
        #expect(journal.queuedEntries == 0)
        #expect(try inbox.receiveNow() == nil)
    }

    @Test func aFullQueueIsBoundedInBytesToo() throws {
        let scratch = try ScratchDirectory()
        var journal = try Journal(
            path: scratch.path + "/nobody", queueLimitEntries: 1000, queueLimitBytes: 10_000)
        for number in 0..<20 { journal.send(entry(number, padding: 1000)) }
        #expect(journal.queuedEntries == 9)
        #expect(journal.droppedEntries == 11)
        #expect(journal.wantsWriting == false)  // nothing to wait for: flush once a second
    }

    @Test func journaldMayComeLateAndComeBack() throws {
        let scratch = try ScratchDirectory()
        let path = scratch.path + "/socket"
        var journal = try Journal(path: path)
        journal.send(entry(0))
        #expect(journal.queuedEntries == 1)
        do {
            let inbox = try DatagramInbox(path)
            journal.flush()
            #expect(try inbox.receive().payload == entry(0).bytes)
        }
        journal.send(entry(1))
        journal.flush()
        #expect(journal.queuedEntries == 1)
        unlink(path)
        let inbox = try DatagramInbox(path)
        journal.flush()
        #expect(try inbox.receive().payload == entry(1).bytes)

        // Restarted between two entries, unnoticed: the next entry finds the new one.
        unlink(path)
        let successor = try DatagramInbox(path)
        _ = consume inbox
        journal.send(entry(2))
        #expect(try successor.receive().payload == entry(2).bytes)
        #expect(journal.droppedEntries == 0)
    }
}
