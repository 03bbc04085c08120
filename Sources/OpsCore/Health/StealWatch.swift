// Time that the hypervisor gives to others: much of it now and then is usual, much of it for a
// minute means that the host does not get what it was promised.

/// Finds out whether stolen time lasts.  Runs on boot time alone.
package struct StealWatch: Hashable, Sendable {
    /// How long each sample must be above the limit: nanoseconds.
    package static let hold: Int64 = 60_000_000_000
    /// Since when every sample was above; nil: the last one was not.
    private var since: Int64?

    /// Nothing stolen yet.
    package init() {}

    /// Takes the CPU figures of a sample, nil where it has none; whether it has lasted.
    package mutating func observe(_ usage: CPUUsage?, above limit: Double, at now: Moment) -> Bool {
        guard let usage else { return since.map { now.boot - $0 >= Self.hold } ?? false }
        guard usage.steal > limit else {
            since = nil
            return false
        }
        let began = min(since ?? now.boot, now.boot)
        since = began
        return now.boot - began >= Self.hold
    }
}
