// Why a date pattern or a time zone is refused.

/// What is wrong with a date pattern or a zone, for the one who wrote it.
package struct DateFault: Error, Hashable, Sendable {
    /// One sentence: what is wrong, in which pattern, and what was expected.
    package let message: String

    /// A fault of this sentence.
    package init(message: String) { self.message = message }
}
