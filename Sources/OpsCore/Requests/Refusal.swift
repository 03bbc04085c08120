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
    package var code: RefusalCode
    package var message: String
    package var hint: String?

    package init(_ code: RefusalCode, _ message: String, hint: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
    }
}
