// A network namespace for one test: a thread that leaves the test's network for an empty one of its
// own.  What it opens stays in there, and is gone with it.  Needs root.

import Glibc

enum NetworkOfItsOwn {
    private typealias Unshare = @convention(c) (Int32) -> Int32

    private static func unshare() -> Bool {
        guard let symbol = dlsym(UnsafeMutableRawPointer(bitPattern: 0), "unshare") else {
            return false
        }
        // CLONE_NEWNET.
        return unsafeBitCast(symbol, to: Unshare.self)(0x4000_0000) == 0
    }

    private final class Box {
        let body: (() -> Void)?
        var wasDone = false

        init(_ body: (() -> Void)?) { self.body = body }
    }

    /// Runs `body` on a thread in a new network; false where that is not permitted.
    @discardableResult
    static func run(_ body: (() -> Void)?) -> Bool {
        var thread = pthread_t()
        let box = Box(body)
        let created = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                let box = Unmanaged<Box>.fromOpaque(argument).takeUnretainedValue()
                box.wasDone = NetworkOfItsOwn.unshare()
                if box.wasDone { box.body?() }
                return nil
            }, Unmanaged.passUnretained(box).toOpaque())
        guard created == 0 else { return false }
        pthread_join(thread, nil)
        return box.wasDone
    }

    /// Whether there can be one here.
    static let isPossible = run(nil)
}
