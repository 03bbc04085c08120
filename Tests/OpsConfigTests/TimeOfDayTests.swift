// Times of day: what is one and what is not, and that text and minutes agree.

import Testing

@testable import OpsConfig

@Suite struct TimeOfDayTests {
    @Test(arguments: [
        ("00:00", 0), ("07:55", 475), ("23:59", 1_439), ("never", TimeOfDay.never),
    ])
    func isOne(text: String, minutes: Int) {
        #expect(TimeOfDay.parse(text) == minutes)
        #expect(TimeOfDay.text(minutes) == text)
    }

    @Test(arguments: ["", "7:55", "24:00", "12:60", "12-30", "1２:00", "aa:bb", "12:3 ", "+1:00"])
    func isNone(text: String) {
        #expect(TimeOfDay.parse(text) == nil)
    }
}
