// What format 1 looked like when it was made.  Never change these bytes: every later version must
// read them.  A new format gets a file of its own beside this one.

import OpsCore
import OpsStore

enum FormatOne {
    static let ban = Ban(
        network: Network(ipv4: 0xcb00_7109), deadline: 600_000, created: 1_700_000_000,
        reason: "5 failed \"logins\"\n\u{e4}", source: "sshd", uid: 33, traits: .automatic)
    static let permanent = Ban(
        network: Network(high: 0x2001_0db8_0000_0000, low: 0, length: 64), deadline: Ban.never,
        created: 1_700_000_001, reason: "", source: "", uid: 0, traits: [])
    static let strike = Strike(
        network: Network(ipv4: 0x0a00_0000, prefix: 8), deadline: 300_001, at: 1_700_000_002,
        weight: 3, reason: "404", source: "nginx", uid: 1000)
    static let event = Event(
        id: 17, kind: .ban, severity: .warning, wall: 1_700_000_003_000_000_004,
        gauges: Gauges(cpu: 885, memory: 912), details: "banned by its strikes",
        network: ban.network, reason: "404", source: "nginx", uid: 33, expires: 1_700_000_600)
    static let mark = ExpiryMark(deadline: 600_000, network: ban.network)
    static let stamp = Stamp(
        moment: Moment(boot: 123_456_789_012, wall: 1_700_000_003_000_000_004),
        gauges: Gauges(cpu: 885, memory: 912, disk: 905))
    static let bootID = BootID(high: 0x0123_4567_89ab_4def, low: 0x8123_4567_89ab_cdef)

    /// One of each type, in the order of their numbers.
    static let changes: [Change] = [
        .banned(ban), .unbanned(permanent.network, .command, uid: 1000), .struck(strike),
        .strikesCleared(strike.network, .success, uid: 33), .bansExpired(mark, announce: true),
        .bansExpiredMany(count: 70_000), .strikesExpired(mark),
        .clockSet(offset: 1_700_000_000_000, step: -3_600_000),
        .rebased(
            Rebase(
                lastBoot: 599_000, earlierOffset: 1_699_999_000_000, boot: 5_000,
                wall: 1_700_000_900_000, bootID: bootID)),
        .noted(Note(.reloadRefused, .critical, "line 3: guard.ban", uid: 0)),
        .clockSet(offset: -1, step: nil), .noted(Note(.started, .info, "")),
    ]

    static var log: SampleLog {
        var log = SampleLog(first: 1_000_001, salt: 0x0102_0304_0506_0708)
        log.batch(changes[..<6].map { (stamp, $0) })
        log.batch(changes[6...].map { (stamp, $0) }, snapshot: 1_000_000)
        return log
    }

    static var snapshot: [UInt8] {
        var bytes: [UInt8] = []
        let header = SnapshotHeader(
            sequence: 1_000_000, bootID: bootID, taken: stamp.moment,
            clockOffset: 1_699_999_876_543,
            lastEventID: 17)
        var writer = SnapshotWriter(header, into: &bytes)
        writer.append(ban, into: &bytes)
        writer.append(permanent, into: &bytes)
        writer.append([strike, strike], into: &bytes)
        writer.append(event, into: &bytes)
        writer.finish(through: 1_000_004, into: &bytes)
        return bytes
    }
}
