// When a change of status is announced.  Each row is a second; H, S, C are what was seen, `-` is a
// sample without a judgement.  Below it, in the second it came, what was announced.

import Testing

@testable import OpsCore

@Suite struct HealthTrackerTests {
    private static func status(_ letter: Character) -> HealthStatus? {
        switch letter {
        case "H": .healthy
        case "S": .stressed
        case "C": .critical
        default: nil
        }
    }

    private static func letter(_ status: HealthStatus) -> Character {
        status.name.first ?? "?"
    }

    private func announced(_ seen: String, hold: Int64 = 5_000, step: Int64 = 1_000) -> String {
        var tracker = HealthTracker(holdMilliseconds: hold)
        var text = ""
        for (index, letter) in seen.enumerated() {
            let now = Moment(boot: Int64(index) * step * 1_000_000, wall: 0)
            let transition = tracker.observe(HealthTrackerTests.status(letter), at: now)
            text.append(transition.map { HealthTrackerTests.letter($0.to) } ?? ".")
            if let transition {
                #expect(transition.to == tracker.status)
                #expect(transition.from != transition.to)
                #expect(transition.since == tracker.since)
            }
        }
        return text
    }

    @Test(arguments: [
        // 1. A change is announced when it has lasted 5 s, and once.
        ("HHSSSSSSSSS", ".......S..."),
        ("CCCCCCC", ".....C."),
        // 2. A spike is not an event, however often.
        ("HSHHCHHSSSSHHHCCCCCH", "...................."),
        // 3. What swings between STRESSED and CRITICAL has been at least STRESSED.
        ("SCSCSCSCSC", ".....S...."),
        ("SSSCCCCCCC", ".....S..C."),
        // 4. Better, when nothing was worse for 5 s.
        ("CCCCCCSSSSSSS", ".....C.....S."),
        ("CCCCCCHSHSHSHHHHHH", ".....C.....S.....H"),
        ("CCCCCCHHHHHH", ".....C.....H"),
        // 5. A lapse starts the wait again, a gap does not.
        ("SSSSSHSSSSSS", "...........S"),
        ("SSS--S", ".....S"),
        ("SSSSS----S", ".........S"),
        ("------", "......"),
    ])
    func table(seen: String, expected: String) {
        #expect(announced(seen) == expected)
    }

    @Test func noHoldIsAtOnceAndSlowSamplingStillAnnounces() {
        #expect(announced("HSHC", hold: 0) == ".SHC")
        #expect(announced("HSS", step: 60_000) == "..S")
        #expect(announced("CC", hold: .max) == "..")
    }

    @Test func theTransitionSaysSinceWhen() {
        var tracker = HealthTracker(holdMilliseconds: 2_000)
        let start = Moment(boot: 10_000_000_000, wall: 77)
        #expect(tracker.observe(.critical, at: start) == nil)
        // 1 ns short of it, then at it; the wall clock has been set back meanwhile.
        #expect(tracker.observe(.critical, at: Moment(boot: 11_999_999_999, wall: 3)) == nil)
        let end = Moment(boot: 12_000_000_000, wall: 2)
        let transition = tracker.observe(.critical, at: end)
        #expect(
            transition == HealthTransition(from: .healthy, to: .critical, since: start, at: end))
    }

    @Test func aHoldThatChangesCountsAtOnce() {
        var tracker = HealthTracker(holdMilliseconds: 60_000)
        _ = tracker.observe(.critical, at: Moment(boot: 0, wall: 0))
        tracker.holdMilliseconds = 1_000
        #expect(tracker.observe(.critical, at: Moment(boot: 1_000_000_000, wall: 0)) != nil)
    }

    @Test func aBootClockThatGoesBackStartsTheWaitAgain() {
        var tracker = HealthTracker(holdMilliseconds: 1_000)
        _ = tracker.observe(.critical, at: Moment(boot: 5_000_000_000, wall: 0))
        #expect(tracker.observe(.critical, at: Moment(boot: 0, wall: 0)) == nil)
        #expect(tracker.observe(.critical, at: Moment(boot: 1_000_000_000, wall: 0)) != nil)
    }

    // Against a recount: an announcement iff the last `hold` holds nothing to the contrary.
    @Test(arguments: UInt64(1)...8)
    func againstARecount(seed: UInt64) {
        var state = seed
        var tracker = HealthTracker(holdMilliseconds: 3_000)
        var seen: [HealthStatus] = []
        for second in 0..<2_000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let last = seen.last ?? .healthy
            seen.append(state >> 40 & 1 == 0 ? last : HealthStatus.allCases[Int(state >> 50 % 3)])
            let before = tracker.status
            let now = Moment(boot: Int64(second) * 1_000_000_000, wall: 0)
            let transition = tracker.observe(seen[second], at: now)
            let window = seen.suffix(4)
            let floor = window.min() ?? .healthy
            let ceiling = window.max() ?? .healthy
            let whole = window.count == 4
            let expected =
                whole && floor > before ? floor : whole && ceiling < before ? ceiling : nil
            #expect(transition?.to == expected, "second \(second)")
        }
    }
}
