// Fault injection for tests: a system call fails, or moves fewer bytes than it was asked to, when a
// test wants it.  It exists in debug builds only, which all tests are; in a release build
// `Syscalls.make` is the call itself.
//
// An injection is in effect on the thread that runs it, and on the threads that it starts meanwhile
// (`Thread.start`).  So parallel tests do not disturb each other, and a `Worker` under test is
// covered.  Model: swift-system, Internals/Mocking.swift.

#if DEBUG
    @preconcurrency import Glibc
    import Synchronization

    /// Calls that fail, and a record of all that were made.
    package final class FaultInjection: Sendable {
        /// What replaces the kernel's result of a call.
        package enum Outcome: Hashable, Sendable {
            /// The call is not made and fails with this errno value.
            case error(Int32)
            /// The call is made for at most this many bytes.  Only for calls that move bytes.
            case atMost(Int)
        }

        /// Which threads a fault is for.
        package enum Threads: Hashable, Sendable {
            case all
            /// The threads started under the injection, but not the thread that runs it.
            case started
        }

        /// One fault.
        package struct Fault: Sendable {
            fileprivate let outcome: Outcome
            fileprivate let calls: Set<String>
            fileprivate let places: Range<Int>
            fileprivate let threads: Threads

            /// - Parameters:
            ///   - calls: names as in `Errno.call`; if there are none, every call.
            ///   - first: the first of those calls that fails, counted from 1.
            ///   - times: how many of those calls in a row fail.
            package init(
                _ outcome: Outcome, of calls: String..., at first: Int = 1, times: Int = 1,
                on threads: Threads = .all
            ) {
                self.outcome = outcome
                self.calls = Set(calls)
                places = first..<(times < .max - first ? first + times : .max)
                self.threads = threads
            }
        }

        private struct State {
            /// How many calls each fault has seen.
            var seen: [Int]
            var owner: pthread_t?
            var calls: [String] = []
            var forced: [String] = []
        }

        private let faults: [Fault]
        private let state: Mutex<State>

        /// Without a fault it only records.
        package init(_ faults: Fault...) {
            self.faults = faults
            state = Mutex(State(seen: faults.map { _ in 0 }))
        }

        /// Every call so far, in order, including those that a fault changed.
        package var calls: [String] { state.withLock { $0.calls } }

        /// The calls that a fault changed so far, in order.
        package var forced: [String] { state.withLock { $0.forced } }

        /// Runs `body` under this injection.  The previous injection is in effect again afterwards.
        @discardableResult
        package func run<Result: ~Copyable, Failure: Error>(
            _ body: () throws(Failure) -> Result
        ) throws(Failure) -> Result {
            state.withLock { $0.owner = pthread_self() }
            return try hold(body)
        }

        private func hold<Result: ~Copyable, Failure: Error>(
            _ body: () throws(Failure) -> Result
        ) throws(Failure) -> Result {
            let before = pthread_getspecific(Self.key)
            pthread_setspecific(Self.key, Unmanaged.passUnretained(self).toOpaque())
            defer { withExtendedLifetime(self) { _ = pthread_setspecific(Self.key, before) } }
            return try body()
        }

        /// What replaces the result of this call; nil: nothing does.
        private func next(_ call: String) -> Outcome? {
            state.withLock { state in
                state.calls.append(call)
                var outcome: Outcome?
                for (index, fault) in faults.enumerated() {
                    if !fault.calls.isEmpty, !fault.calls.contains(call) { continue }
                    if fault.threads == .started, state.owner == pthread_self() { continue }
                    state.seen[index] += 1
                    if outcome == nil, fault.places.contains(state.seen[index]) {
                        outcome = fault.outcome
                    }
                }
                if outcome != nil { state.forced.append(call) }
                return outcome
            }
        }
    }

    // The injection in effect on a thread.
    extension FaultInjection {
        private static let key: pthread_key_t = {
            var key = pthread_key_t()
            precondition(pthread_key_create(&key, nil) == 0, "there is a key for every thread")
            return key
        }()

        private static var current: FaultInjection? {
            pthread_getspecific(key).map {
                Unmanaged<FaultInjection>.fromOpaque($0).takeUnretainedValue()
            }
        }

        /// What replaces the result of a call on this thread; nil: nothing does.
        static func outcome(of call: StaticString) -> Outcome? { current?.next("\(call)") }

        /// Wraps `body` so that it runs on another thread under the injection of this one.
        static func inherited(_ body: @escaping @Sendable () -> Void) -> @Sendable () -> Void {
            guard let current else { return body }
            return { current.hold(body) }
        }
    }
#endif
