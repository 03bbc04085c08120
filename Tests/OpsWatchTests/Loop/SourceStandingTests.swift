@preconcurrency import Glibc
import OpsCore
import OpsLinux
import OpsTestKit
import Testing

@testable import OpsWatch

@Suite("How a source stands")
struct SourceStandingTests {
    @Test("A trouble that lasts is told once, and its end")
    func alarm() {
        var alarm = SourceAlarm()
        #expect(alarm.note(.reading, uptime: 0) == nil)
        #expect(alarm.note(.denied, uptime: 10_000) == nil)
        #expect(alarm.note(.denied, uptime: 39_999) == nil)
        #expect(alarm.note(.denied, uptime: 40_000) == .began(.denied))
        #expect(alarm.note(.denied, uptime: 90_000) == nil)
        #expect(alarm.note(.missing, uptime: 100_000) == nil)
        #expect(alarm.note(.missing, uptime: 130_000) == .began(.missing))
        #expect(alarm.note(.reading, uptime: 140_000) == .ended)
        #expect(alarm.note(.silent, uptime: 150_000) == nil)
    }

    @Test("What is over before anybody could look is not told")
    func moment() {
        var alarm = SourceAlarm()
        for round in Int64(0)..<20 {
            let state: SourceReport.State = round % 2 == 0 ? .missing : .reading
            #expect(alarm.note(state, uptime: round * 20_000) == nil)
        }
    }

    @Test("A directory that may not be entered is denied, not missing")
    func closed() throws {
        let log = try LogReader(["private/*.log"], start: .beginning)
        try log.scratch.makeDirectory("private")
        func standing() -> SourceStanding {
            SourceStanding(
                log.files.status(now: log.now), log.files.patternStatus(), unread: 0,
                isSilent: false)
        }
        let injection = FaultInjection(.init(.error(EACCES), of: "openat", times: .max))
        injection.run { log.turn() }
        #expect(standing().state == .denied)
        #expect(
            standing().detail?.hasPrefix(
                "the directory \(log.scratch.path)/private may not be read by the user opswatch")
                == true)
        log.turn(milliseconds: 60_000)
        #expect(standing().state == .missing)
        log.append("1\n", to: "private/a.log")
        log.turn()
        #expect(standing().state == .reading)
    }
}
