// Starting a detached kernel thread with a name, a small stack and every signal blocked.  Nothing
// here waits for it or ends it.

/// Threads.  Source: pthreads(7).
enum Thread {
    static let stackBytes = 256 * 1024

    private final class Start: Sendable {
        let name: String
        let body: @Sendable () -> Void
        init(name: String, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }

    /// Runs `body` on a new thread; EAGAIN when the limit of threads is reached.
    static func start(name: String, _ body: @escaping @Sendable () -> Void) throws(Errno) {
        #if DEBUG
            let body = FaultInjection.inherited(body)
        #endif
        let start = Unmanaged.passRetained(Start(name: name, body: body))
        do throws(Errno) {
            try Syscalls.startThread(
                stackBytes: stackBytes,
                { argument in
                    guard let argument else { return nil }
                    let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
                    Syscalls.nameThread(start.name)
                    start.body()
                    return nil
                }, start.toOpaque())
        } catch {
            start.release()
            throw error
        }
    }
}
