// Hands a socket to a thread.  The closure that is called when the thread starts cannot own a value
// that may not be copied; this can.

import OpsLinux
import Synchronization

/// Holds a netfilter socket until its thread takes it.
final class Handover: Sendable {
    private let held: Mutex<NetfilterSocket?>

    init(_ socket: consuming NetfilterSocket) { held = Mutex(consume socket) }

    /// Returns the socket at the first call; nil after that.
    func take() -> NetfilterSocket? {
        held.withLock { (held: inout NetfilterSocket?) -> NetfilterSocket? in held.take() }
    }
}
