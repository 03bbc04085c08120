// Waits for the answers of real threads, on the descriptors that the loop would watch.

import OpsLinux
import OpsTestKit
import Testing

@testable import OpsDaemon

extension Trails {
    /// Waits for an answer of the thread, and reads it.
    mutating func awaitAnswer() throws {
        var poller = try Poller()
        _ = try poller.register(descriptorNumber, .read)
        try poller.wait(timeoutMilliseconds: patienceMilliseconds)
        try #require(poller.next() != nil)
        collect()
    }
}

extension Prober {
    /// Waits for answers until the condition holds.
    mutating func wait(for what: String, until isMet: (borrowing Prober) -> Bool) throws {
        var poller = try Poller()
        _ = try poller.register(descriptorNumber, .read)
        while !isMet(self) {
            try poller.wait(timeoutMilliseconds: patienceMilliseconds)
            try #require(poller.next() != nil, "\(what) never came")
            collect()
        }
    }
}
