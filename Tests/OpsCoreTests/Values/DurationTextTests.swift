// Durations as text: what is taken, what is not, and back.

import OpsCore
import Testing

@Suite struct DurationTextTests {
    @Test(arguments: [
        ("0s", 0), ("0ms", 0), ("1ms", 1), ("999ms", 999), ("1s", 1_000), ("90s", 90_000),
        ("5m", 300_000), ("2h", 7_200_000), ("3650d", 315_360_000_000),
        ("9223372036854775807ms", Int64.max),
    ])
    func durations(text: String, milliseconds: Int64) {
        #expect(DurationText.parse(text) == milliseconds)
        #expect(DurationText.parse(DurationText.text(milliseconds)) == milliseconds)
    }

    @Test(arguments: [
        "", "s", "1", "1 s", " 1s", "1s ", "-1s", "+1s", "1.5s", "1e3s", "01s", "1S", "1sec", "1w",
        "1m30s", "9223372036854775808ms", "9223372036854775807d", "99999999999999999999999s",
        "１s", "1\u{0}s", "1_000s", "0x1s", "00s", "5", "5 s", "5S", "٥s", "5s\u{301}",
        "106751991167301d",
    ])
    func noDurations(text: String) {
        #expect(DurationText.parse(text) == nil)
    }

    @Test(arguments: [
        (1, "1ms"), (1_500, "1500ms"), (60_000, "1m"), (90_000, "90s"), (86_400_000, "1d"),
        (90 * 86_400_000, "90d"), (0, "0s"),
    ])
    func shortestDuration(milliseconds: Int64, text: String) {
        #expect(DurationText.text(milliseconds) == text)
    }
}
