// Hands a socket to a thread.  The closure that is called when the thread starts cannot own a value
// that may not be copied; this can.

import OpsLinux
import Synchronization

/// Holds a value until its thread takes it.
final class Handover<Value: ~Copyable & Sendable>: Sendable {
    private let held: Mutex<Value?>

    init(_ value: consuming sending Value?) { held = Mutex(value) }

    /// Returns the value at the first call; nil after that.
    func take() -> sending Value? {
        held.withLock { (held: inout Value?) -> Value? in held.take() }
    }
}
