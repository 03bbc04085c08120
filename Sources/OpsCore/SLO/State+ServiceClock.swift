// The clock of the objectives.  Its minutes are minutes of the wall clock as it stood when the
// daemon first ran here; from then on it goes by boot time.  So setting the wall clock, ahead
// or back, moves no minute, empties no window and makes no observation late: a day's window stays
// the last 24 hours that passed.  Suspend counts, as it does for deadlines.
//
// Across a reboot it advances by what passed on the wall clock, and never goes back: after a reboot
// with the clock set back the windows go on where they were.  A clock that is wrong by years at a
// boot is believed, as it is for bans.
//
// Times that callers give (`at=`) are the wall clock's: what counts is how long ago that is now.

extension State {
    /// Service clock less boot time, milliseconds.
    package var serviceOffset: Int64 { domains.services.offset ?? clockOffset }

    /// Milliseconds on the service clock.
    package func serviceMilliseconds(at now: Moment) -> Int64 {
        now.bootMilliseconds &+ serviceOffset
    }

    /// Minutes on the service clock.
    func serviceMinute(at now: Moment) -> Int64 { serviceMilliseconds(at: now) / 60_000 }

    /// A time of the service clock as wall clock seconds since 1970, for people.
    func wallSeconds(ofService milliseconds: Int64) -> Int64 {
        (milliseconds &- serviceOffset &+ clockOffset) / 1_000
    }
}
