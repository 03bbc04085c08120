// Lines of the library's programs, made for these tests from what the programs' sources and
// documents say of their logs, and what a rule must see in each.

import OpsCore

@testable import OpsDetect

/// A line, and whom it strikes.
struct LibrarySample: CustomStringConvertible {
    /// 2 January 2026, 03:04:05 UTC: the time in every line that has one.
    static let time: Int64 = 1_767_323_045_000
    /// An hour later.
    static let now = time + 3_600_000

    /// The rule, and the form where it is not the first: `traefik-auth-json`.
    let section: String
    let line: String
    /// The address that is struck; nil: nobody.
    let address: String?
    /// The time is that of the source: the journal's lines have none.
    let isFromJournal: Bool

    var description: String { "\(section): \(line)" }

    static func struck(_ section: String, _ address: String, _ line: String) -> LibrarySample {
        LibrarySample(section: section, line: line, address: address, isFromJournal: false)
    }

    static func nobody(_ section: String, _ line: String) -> LibrarySample {
        LibrarySample(section: section, line: line, address: nil, isFromJournal: false)
    }

    /// The same line as the journal has it: without a date.
    static func journal(_ section: String, _ address: String?, _ line: String) -> LibrarySample {
        LibrarySample(section: section, line: line, address: address, isFromJournal: true)
    }

    static let all = ssh + web + mail + applications
}
