// An eventfd as a wakeup: any thread rings, one thread waits for it or watches its descriptor.
// Rings before an answer count as one.
//
// No ring may be lost: who waits hears of an answer by nothing else.  Two errnos lose none.  EAGAIN:
// the counter is at its limit, so the descriptor is readable already.  EINTR: the call is made anew.
// The kernel has no other for an eventfd that is open; EBADF says that a bug has closed the number,
// which may be somebody else's by now.  So every other errno ends the process, in release builds too,
// and says why: the service manager starts it anew, and nothing that was acknowledged is lost, as
// with any kill.  Going on would be a daemon that takes requests and never answers them.
//
// Source: eventfd(2), "ERRORS"; fs/eventfd.c of the kernel.

/// Wakes another thread.  Source: eventfd(2).
package struct WakeupEvent: ~Copyable, Sendable {
    package let descriptor: Descriptor

    package init() throws(Errno) { descriptor = Descriptor(owning: try Syscalls.eventfd()) }

    /// Makes the descriptor readable.
    package func signal() {
        do throws(Errno) {
            try Syscalls.raiseCounter(descriptor.number)
        } catch {
            WakeupEvent.end("wake another thread", error)
        }
    }

    /// Makes it quiet again; what happens after this call rings anew.
    package func clear() {
        do throws(Errno) {
            _ = try Syscalls.readCounter(descriptor.number)
        } catch {
            WakeupEvent.end("take a wake-up", error)
        }
    }

    /// Waits until it rings, at most this long (-1: for ever); false when the time is over.
    func wait(timeoutMilliseconds: Int32) -> Bool {
        do throws(Errno) {
            return try descriptor.wait(for: .read, timeoutMilliseconds: timeoutMilliseconds)
        } catch {
            WakeupEvent.end("wait for another thread", error)
        }
    }

    /// `fatalError`, because a failed precondition says nothing in a release build.
    private static func end(_ what: String, _ error: Errno) -> Never {
        fatalError("cannot \(what): \(error); ending, because answers would go unheard")
    }
}
