// The seam for tests: a call to the kernel fails, or moves fewer bytes than it was asked to, when a test
// says so.  All of it is in debug builds alone, which every test is; in a release build `Syscalls.make`
// is the call itself.
//
// An injection holds on the thread that runs it, and on the threads that are started meanwhile
// (`Thread.start`).  So tests side by side do not disturb each other, and a `Worker` under test is
// reached.  Model: swift-system, Internals/Mocking.swift.

#if DEBUG
    @preconcurrency import Glibc
    import Synchronization

    /// Calls that are to go wrong, and a record of all that were made.
    package final class FaultInjection: Sendable {
        /// What comes of a call in place of the kernel's answer.
        package enum Outcome: Hashable, Sendable {
            /// It is not made, and fails with this errno value.
            case error(Int32)
            /// It is made, for this many bytes at most.  For calls that move bytes alone.
            case atMost(Int)
        }

        /// Which threads a fault is for.
        package enum Threads: Hashable, Sendable {
            case all
            /// Those that are started under the injection, without the one that runs it.
            case started
        }

        /// One thing that goes wrong.
        package struct Fault: Sendable {
            fileprivate let outcome: Outcome
            fileprivate let calls: Set<String>
            fileprivate let places: Range<Int>
            fileprivate let threads: Threads

            /// - Parameters:
            ///   - calls: names as `Errno.call` has them; none: every call.
            ///   - first: the first of those calls that goes wrong, counted from 1.
            ///   - times: how many in a row.
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

        /// With no fault it records, and nothing goes wrong.
        package init(_ faults: Fault...) {
            self.faults = faults
            state = Mutex(State(seen: faults.map { _ in 0 }))
        }

        /// Every call that was made so far, in order, those that were made to go wrong among them.
        package var calls: [String] { state.withLock { $0.calls } }

        /// The calls that were made to go wrong so far, in order.
        package var forced: [String] { state.withLock { $0.forced } }

        /// Runs `body` under this injection.  The one that held before holds again afterwards.
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

        /// What comes of this call; nil: the kernel's own answer.
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

    // What holds on a thread.
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

        /// What comes of a call on this thread; nil: the kernel's own answer.
        static func outcome(of call: StaticString) -> Outcome? { current?.next("\(call)") }

        /// `body`, to be run on another thread: what holds on this one holds there.
        static func inherited(_ body: @escaping @Sendable () -> Void) -> @Sendable () -> Void {
            guard let current else { return body }
            return { current.hold(body) }
        }
    }
#endif
