// Four threads add to one array under a Mutex of the standard library: no race by any reading.
// ThreadSanitizer reports one: the lock is a futex inside libswiftSynchronization, which is not
// built with the sanitizer, so it sees no order between the threads.  Tests/sanitize runs this
// first: as long as this is reported, the suppressions in thread.txt have their reason; once it is
// not, they must go.

@preconcurrency import Glibc
import Synchronization

final class Job: Sendable {
    let numbers = Mutex<[Int]>([])

    func run() {
        for number in 0..<10_000 {
            numbers.withLock { numbers in
                numbers.append(number)
                if numbers.count > 100 { numbers.removeAll() }
            }
        }
    }
}

func body(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    if let argument { Unmanaged<Job>.fromOpaque(argument).takeRetainedValue().run() }
    return nil
}

let job = Job()
let threads = (0..<4).map { _ in
    var thread = pthread_t()
    pthread_create(&thread, nil, body, Unmanaged.passRetained(job).toOpaque())
    return thread
}
for thread in threads { pthread_join(thread, nil) }
