// A refusal is an expected answer, not a failure: a code that programs switch on, a message that
// names the thing and the place, and where there is a way out, a hint.

/// The codes of an `err` reply.
package enum RefusalCode: String, Sendable, CaseIterable {
    case badRequest = "bad-request"
    case unknownCommand = "unknown-command"
    case badArgument = "bad-argument"
    case tooLong = "too-long"
    case forbidden
    case refused
    case notFound = "not-found"
    case tooMany = "too-many"
    case busy
    case degraded
    case `internal`
}

/// Why a command was not done.
package struct Refusal: Error, Hashable, Sendable {
    /// What programs switch on.
    package var code: RefusalCode
    /// What is wrong, for people: it names the argument or the thing.
    package var message: String
    /// The way out, for people; nil: none is known.
    package var hint: String?

    package init(_ code: RefusalCode, _ message: String, hint: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
    }
}
