// Waiting for what another thread sends, without sleeping.

package import OpsLinux

/// Far more than anything in the tests takes; reaching it fails the test.
package let patienceMilliseconds: Int32 = 20_000

/// Nothing came within `patienceMilliseconds`.
package struct PatienceExceeded: Error {}

/// The next messages of a mailbox, at least `count` of them.
package func collect<Message>(
    _ count: Int, from mailbox: Mailbox<Message>
) throws -> [Message] {
    var messages: [Message] = []
    while messages.count < count {
        guard try mailbox.wait(timeoutMilliseconds: patienceMilliseconds) else {
            throw PatienceExceeded()
        }
        messages += mailbox.drain()
    }
    return messages
}
