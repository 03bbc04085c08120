// flips: cuts a log segment and a snapshot at every byte and turns their bits around, one at a
// time.
//
// usage: flips LOG-DIRECTORY SNAPSHOT-DIRECTORY all
//        flips LOG-DIRECTORY SNAPSHOT-DIRECTORY COUNT SEED
//
// LOG-DIRECTORY is a state directory with two segments and no snapshot, SNAPSHOT-DIRECTORY one with
// both snapshots and the log after them, as a killed daemon leaves them (Tests/crash/flips.py
// makes them).  Every cut is tried; of the bits all, or those of headers and ends and COUNT others.
// Recovery must give an exact prefix of what was recorded, or refuse with file and offset.  TAP.

import OpsCore
import OpsStore

@preconcurrency import Glibc
import OpsTestKit

func say(_ line: String) {
    let bytes = Array((line + "\n").utf8)
    _ = bytes.withUnsafeBytes { write(1, $0.baseAddress, $0.count) }
}

/// Bits to turn around: the first and last bytes' whole, of the rest `count`; nil: all.
func bits(_ size: Int, _ head: Int, _ end: Int, _ count: Int?, _ seed: UInt64) -> [Int] {
    guard let count else { return Array(0..<size * 8) }
    var random = SeededGenerator(seed: seed)
    let others = (0..<count).map { _ in Int.random(in: 0..<size * 8, using: &random) }
    return Array(0..<min(head, size) * 8) + Array(max(0, size - end) * 8..<size * 8) + others
}

func main(_ words: [String]) throws -> Int32 {
    guard words.count >= 4 else {
        say("usage: flips LOG-DIRECTORY SNAPSHOT-DIRECTORY all | COUNT SEED")
        return 2
    }
    let count = Int(words[3])
    let seed = words.count > 4 ? UInt64(words[4]) ?? 1 : 1
    let log = try MemoryStateDirectory(reading: words[1])
    let both = try MemoryStateDirectory(reading: words[2])
    let first = StateFiles.segment(1)
    let snapshot = StateFiles.snapshot
    let alone = log.filter { $0 == first }
    var trials = [
        (Trial("the log alone", first, in: alone, .prefix), 96, 560),
        (Trial("the log with a segment after it", first, in: log, .whole), 96, 560),
        (
            Trial("the snapshot alone", snapshot, in: both.filter { $0 == snapshot }, .nothing),
            256, 96
        ),
        (Trial("the snapshot with the one before", snapshot, in: both, .whole), 256, 96),
    ]
    say("# \(first): \(alone.files[first]?.count ?? 0) bytes")
    say("# \(snapshot): \(both.files[snapshot]?.count ?? 0) bytes")
    var number = 0
    var failed = 0
    func tell(_ isGood: Bool, _ words: String, _ faults: [String] = []) {
        number += 1
        failed += isGood ? 0 : 1
        say("\(isGood ? "ok" : "not ok") \(number) - \(words)")
        for fault in faults.prefix(10) { say("#   \(fault)") }
    }
    for index in trials.indices {
        let (trial, head, end) = trials[index]
        let size = trial.bytes.count
        // Beside another file it is the same reader; a part of the cuts will do there.
        let step = count != nil && index % 2 == 1 ? 16 : 1
        for length in stride(from: 0, to: size, by: step) { trials[index].0.run(.cut(length)) }
        for bit in bits(size, head, end, count, seed) { trials[index].0.run(.flip(bit)) }
        let done = trials[index].0
        tell(done.faults.isEmpty && size >= 65_536, done.words, done.faults)
    }
    tell(
        noticesForgedSegments(trials[0].0), "a segment whose checksums were made to fit is noticed")
    tell(noticesForgedSnapshot(trials[3].0), "so is a snapshot")
    say("1..\(number)")
    return failed == 0 ? 0 : 1
}

/// Bits in texts and numbers of records all over the segment, with fitting checksums.
func noticesForgedSegments(_ trial: Trial) -> Bool {
    var noticed = 0
    for part in 1...16 {
        var copy = trial
        let middle = trial.bytes.count * part / 17
        for byte in middle..<middle + 160 {
            copy.judge(Forgery.segment(trial.bytes, bit: byte * 8), "forged at \(byte)")
        }
        noticed += copy.faults.isEmpty ? 0 : 1
    }
    return noticed == 16
}

/// A ban's deadline made another one.
func noticesForgedSnapshot(_ trial: Trial) -> Bool {
    let mark = Array("\"deadline_ms\":".utf8)
    let bytes = trial.bytes
    guard let place = bytes.indices.first(where: { bytes[$0...].starts(with: mark) }) else {
        return false
    }
    var copy = trial
    copy.judge(Forgery.snapshot(bytes, digit: place + mark.count), "forged at \(place)")
    return copy.faults.count == 1
}

do {
    exit(try main(CommandLine.arguments))
} catch {
    say("Bail out! \(error)")
    exit(1)
}
