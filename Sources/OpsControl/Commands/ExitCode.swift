// What opsctl tells the shell.  Of several answers the worst decides; a worse one is a higher
// number.

import OpsCore

/// The exit statuses of opsctl, from best to worst.
enum ExitCode: Int32, Comparable, CaseIterable, Sendable {
    case done = 0
    /// The answer is no: `check` found a ban, `hit` was refused, `health` is not ok, the gate is
    /// closed, an objective fires, `enforce verify` found a difference, somebody did not agree to
    /// lift bans.
    case no = 1
    /// Usage, or a code that says the words are wrong: bad-request, bad-argument, unknown-command,
    /// too-long.
    case usage = 2
    /// The daemon cannot be reached, does not answer, or went away.
    case unreachable = 3
    /// forbidden, refused, not-found, too-many.
    case refused = 4
    /// busy, degraded, internal; and a change that is not durable, or not enforced.
    case trouble = 5
    /// `gate check` cannot tell, or the code is one that this opsctl does not know.
    case unknown = 6

    /// Better than.
    static func < (one: ExitCode, other: ExitCode) -> Bool {
        one.rawValue < other.rawValue
    }

    /// The status for a code of an `err` reply, or of a refusal among `results`.
    init(code: String) {
        switch RefusalCode(rawValue: code) {
        case .badRequest, .unknownCommand, .badArgument, .tooLong: self = .usage
        case .forbidden, .refused, .notFound, .tooMany: self = .refused
        case .busy, .degraded, .internal: self = .trouble
        case nil: self = .unknown
        }
    }
}
