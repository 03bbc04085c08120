// Crashes at any moment, and power losses that take of what was not synced any sectors: after each
// start the chain verifies, and says exactly which ids are missing.  Never does an accident look
// like tampering.

import OpsCore
import OpsLinux
import OpsProtocol
import OpsTestKit
import Testing

@testable import OpsDaemon

@Suite struct ChainCrashTests {
    private static let sector = 512

    /// What power loss leaves of a file of which `synced` bytes are on the disk.
    private func loss(
        _ bytes: [UInt8], synced: Int, _ random: inout SeededGenerator
    ) -> [UInt8] {
        var left = bytes
        switch Int.random(in: 0..<4, using: &random) {
        case 0: left.removeLast(bytes.count - synced)
        case 1: left.removeLast(Int.random(in: 0...(bytes.count - synced), using: &random))
        case 2: break
        default:
            var place = synced
            while place < bytes.count {
                let end = min(bytes.count, (place / Self.sector + 1) * Self.sector)
                if Bool.random(using: &random) {
                    for index in place..<end { left[index] = 0 }
                }
                place = end
            }
        }
        return left
    }

    @Test(arguments: 1...6)
    func roundsOfCrashes(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let log = try ChainedLog()
        var last: UInt64 = 0
        var known: AuditHead?
        // What is on the disk of each file.
        var safe: [EventChain.File: Int64] = [:]
        func note() {
            guard let chain = log.chain, let file = chain.file else { return }
            safe[file] = max(safe[file] ?? 0, chain.syncedBytes)
        }
        for round in 0..<25 {
            // The tail of events that the state kept: the newest few.
            let kept = UInt64.random(in: 1...20, using: &random)
            let first = last > kept ? last - kept + 1 : 1
            log.restart(
                tail: last >= first && last > 0 ? first...last : nil, next: last + 1,
                durable: known)
            log.room = EventRoom(rotateBytes: Int64.random(in: 3_000...20_000, using: &random))
            try log.begin()
            note()
            if last > 0 { try log.isWhole(through: last) }
            if let known {
                let anchors = [AuditAnchor(known.description)].compactMap { $0 }
                #expect(try log.verdict(anchors).misfit == nil, "round \(round)")
            }
            for _ in 0..<Int.random(in: 0...12, using: &random) {
                let count = UInt64.random(in: 1...9, using: &random)
                // Some never reach the file.
                let skipped = UInt64.random(in: 0...9, using: &random) == 0 ? UInt64(3) : 0
                try log.append(last + skipped + 1...last + skipped + count)
                last += skipped + count
                note()
                if Bool.random(using: &random) { log.rest() }
                if Int.random(in: 0..<4, using: &random) == 0 { try log.sync() }
                note()
                if Int.random(in: 0..<6, using: &random) == 0,
                    log.scratch.names("log").contains("events.ndjson")
                {
                    try log.move("events.ndjson", "events.ndjson-\(round)-\(last)")
                    if Bool.random(using: &random) { log.reopen() }
                    note()
                }
                // A snapshot.
                if Int.random(in: 0..<4, using: &random) == 0 {
                    known = log.chain?.durable ?? known
                }
            }
            // Told to the state, and never to the file.
            last += UInt64.random(in: 0...4, using: &random)
            guard Bool.random(using: &random), let chain = log.chain else { continue }
            // Whatever name the file has by now.
            for name in log.scratch.names("log") {
                let path = log.scratch.log + "/" + name
                guard let status = try? FileStatus.of(path: path),
                    EventChain.File(status) == chain.file
                else { continue }
                let bytes = try log.scratch.bytes("log/" + name)
                try log.scratch.write(
                    loss(bytes, synced: Int(chain.file.flatMap { safe[$0] } ?? 0), &random),
                    to: "log/" + name)
            }
        }
    }
}
