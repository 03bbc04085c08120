// An eventfd as a doorbell: any thread rings, one thread waits for it or watches its descriptor.
// Rings before an answer count as one.

/// Wakes another thread.  Source: eventfd(2).
package struct Doorbell: ~Copyable, Sendable {
    package let descriptor: Descriptor

    package init() throws(Errno) { descriptor = Descriptor(owning: try Syscalls.eventfd()) }

    /// Makes the descriptor readable.
    package func ring() {
        do throws(Errno) {
            try Syscalls.raiseCounter(descriptor.number)
        } catch {
            preconditionFailure("an eventfd takes a ring: \(error)")
        }
    }

    /// Makes it quiet again; what happens after this call rings anew.
    package func answer() {
        do throws(Errno) {
            _ = try Syscalls.readCounter(descriptor.number)
        } catch {
            preconditionFailure("an eventfd answers: \(error)")
        }
    }
}
