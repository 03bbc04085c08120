// An eventfd that wakes a thread: any thread signals it, one thread waits for it or watches its
// descriptor.  Several signals before it is cleared count as one.
//
// No signal may be lost, because a waiting thread learns of an answer in no other way.  Two errnos
// are harmless.  EAGAIN: the counter is at its limit, so the descriptor is readable already.
// EINTR: the call is repeated.  The kernel has no other errno for an open eventfd; EBADF means that
// a bug has closed the number, which may belong to another file by now.  So every other errno ends
// the process, in release builds too, and says why: the service manager restarts it, and nothing
// that was acknowledged is lost, as with any kill.  A daemon that went on would take requests and
// never answer.
//
// Source: eventfd(2), "ERRORS"; fs/eventfd.c of the kernel.

/// Wakes another thread.  Source: eventfd(2).
struct WakeupEvent: ~Copyable, Sendable {
    /// Readable while a signal has not been cleared.
    let descriptor: Descriptor

    init() throws(Errno) { descriptor = Descriptor(owning: try Syscalls.eventfd()) }

    /// Makes the descriptor readable.
    func signal() {
        do throws(Errno) {
            try Syscalls.raiseCounter(descriptor.number)
        } catch {
            WakeupEvent.end("wake another thread", error)
        }
    }

    /// Makes the descriptor unreadable again, until the next `signal`.
    func clear() {
        do throws(Errno) {
            _ = try Syscalls.readCounter(descriptor.number)
        } catch {
            WakeupEvent.end("read a wake-up", error)
        }
    }

    /// Waits for a signal, at most this long (-1: without limit); false when the time is over.
    func wait(timeoutMilliseconds: Int32) -> Bool {
        do throws(Errno) {
            return try descriptor.wait(for: .read, timeoutMilliseconds: timeoutMilliseconds)
        } catch {
            WakeupEvent.end("wait for another thread", error)
        }
    }

    /// `fatalError`, because a failed precondition says nothing in a release build.
    private static func end(_ what: String, _ error: Errno) -> Never {
        fatalError("cannot \(what): \(error); ending, because answers would be lost")
    }
}
