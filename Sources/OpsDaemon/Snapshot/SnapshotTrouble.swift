// Snapshots that fail: how many have, why the last one did, and when the next is tried.  Nothing is
// lost meanwhile, since the log keeps everything; but it grows, and so does the time of a start.

/// What is wrong with snapshots.
struct SnapshotTrouble {
    /// The longest time between two tries: nanoseconds.
    static let patience: Int64 = 300_000_000_000
    private static let firstDelay: Int64 = 1_000_000_000

    /// All that failed since the start of the daemon.
    private(set) var failures: UInt64 = 0
    /// Those since the last success.
    private(set) var failuresInARow: UInt64 = 0
    /// Why the last one failed; nil: it did not.
    private(set) var message: String?
    /// Nanoseconds of boot time.
    private(set) var retryAt: Int64 = .min
    private var delay: Int64 = 0

    /// A snapshot failed; returns whether that is worth a line: at first, when the reason is
    /// another one, and then each time that the wait before the next try has grown.
    mutating func failed(_ message: String, at now: Int64) -> Bool {
        failures += 1
        failuresInARow += 1
        let isNews = now >= retryAt || message != self.message
        self.message = message
        if isNews {
            delay = min(max(Self.firstDelay, delay * 2), Self.patience)
            retryAt = now + delay
        }
        return isNews
    }

    /// A snapshot is durable; returns whether that ends a trouble.
    mutating func ended() -> Bool {
        let wasTrouble = message != nil
        message = nil
        failuresInARow = 0
        delay = 0
        retryAt = .min
        return wasTrouble
    }

    /// Seconds until the next try.
    func wait(at now: Int64) -> Int64 { max(0, (retryAt - now + 999_999_999) / 1_000_000_000) }
}
