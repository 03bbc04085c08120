// What a filter did, in numbers that only grow.

/// Counters of a filter, since it was made.
package struct FilterStatistics: Hashable, Sendable {
    /// Lines that were given to it.
    package var lines = 0
    /// Lines that its patterns were held against.
    package var tried = 0
    /// Failures that it found.
    package var findings = 0
    /// Lines that matched and are not failures: an ignoreregex says so.
    package var ignored = 0
    /// Lines that matched and had no date that could be read.
    package var withoutDate = 0
    /// Lines that matched and named no valid address.
    package var withoutAddress = 0
    /// Lines that matched and named a host, which is not resolved.
    package var named = 0
    /// Failures that wait for the line with their address.
    package var pending = 0
    /// Lines over which the patterns were stopped: too many steps, or too long.
    package var limitReached = 0
    /// Lines of which the middle was left out (`LongLine`).
    package var shortened = 0
    /// Connections that were forgotten early, because there were too many.
    package var forgottenConnections = 0
    /// The CPU time that its lines took, in nanoseconds.
    package var nanoseconds: Int64 = 0

    /// Nothing yet.
    package init() {}
}

/// Bounds of a filter: strangers write what it reads.
package struct FilterLimits: Hashable, Sendable {
    /// Connections that are remembered.
    package var connections = 4096
    /// How long one is remembered, in milliseconds.
    package var connectionMilliseconds: Int64 = 300_000
    /// Bytes of the lines that are matched together.
    package var bufferBytes = 1 << 16

    /// The defaults.
    package init() {}
}

/// Why a filter cannot run.
package struct FilterFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// The filter.
    package let filter: String
    /// Which of its patterns, such as `failregex 3`.
    package let place: String
    /// What is wrong, and where in it.
    package let reason: String

    /// A pattern that cannot be used.
    package init(filter: String, place: String, reason: String) {
        self.filter = filter
        self.place = place
        self.reason = reason
    }

    /// A sentence.
    package var description: String { "filter '\(filter)', \(place): \(reason)" }
}
