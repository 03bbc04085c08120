// How values cross threads: a bounded list under a mutex, and an event that the loop watches.  Any
// thread posts, one thread drains.  A full mailbox refuses the message: nobody waits, and the list
// does not grow.
//
// This file and Worker.swift are where threads meet.  Neither needs an unsafe annotation: `Mutex`
// and an owned descriptor make the classes Sendable as the compiler sees it.

import Synchronization

/// A bounded queue into a loop.
package final class Mailbox<Message: Sendable>: Sendable {
    private let messages = Mutex<[Message]>([])
    private let wakeup: WakeupEvent
    private let capacity: Int

    /// Holds at most `capacity` messages.
    package init(capacity: Int) throws(Errno) {
        precondition(capacity > 0, "a mailbox holds something")
        self.capacity = capacity
        wakeup = try WakeupEvent()
    }

    /// Readable while there may be messages: register it with the poller.
    package var descriptorNumber: Int32 { wakeup.descriptor.number }

    /// Appends a message; false when the mailbox is full and the message was not accepted.
    package func post(_ message: Message) -> Bool {
        let wasEmpty: Bool? = messages.withLock { messages in
            guard messages.count < capacity else { return nil }
            messages.append(message)
            return messages.count == 1
        }
        guard let wasEmpty else { return false }
        if wasEmpty { wakeup.signal() }
        return true
    }

    /// Moves all messages, in order, into `drained`, whose previous content is dropped and whose
    /// memory the mailbox uses next.
    package func drain(into drained: inout [Message]) {
        drained.removeAll(keepingCapacity: true)
        // Clear the event before reading: a post in between signals it again, so no message is
        // missed.
        wakeup.clear()
        let spare = drained
        drained = []
        drained = messages.withLock { messages in
            let taken = messages
            messages = spare
            return taken
        }
    }

    /// Removes and returns all messages, in order.
    package func drain() -> [Message] {
        var drained: [Message] = []
        drain(into: &drained)
        return drained
    }

    /// Waits for a message, at most this long (-1: without limit); false when the time is over.
    /// For threads that have no poller.
    package func wait(timeoutMilliseconds: Int32) throws(Errno) -> Bool {
        try wakeup.descriptor.wait(for: .read, timeoutMilliseconds: timeoutMilliseconds)
    }
}
