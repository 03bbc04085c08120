// What a thread needs to search: PCRE2's match context with the limits, and match data with the
// places of groups and the positions to go back to.
//
// One for all patterns of a thread.  Match data of its own for each of four hundred patterns would
// be 20 KB each, or an allocation a search.

@preconcurrency import CPCRE2
import Glibc

/// The searching memory of one thread.
final class PatternWorkspace {
    private let context: OpaquePointer?
    private var data: OpaquePointer?
    /// Pairs of places that `data` has room for.
    private var pairs: Int
    /// The limit that `context` has now.
    private var steps: Int
    /// What PCRE2's callouts look at: the budget of the search, and the bytes of its subject.
    private let watch: UnsafeMutablePointer<Watch>

    private struct Watch {
        /// The one of the search that goes on, which its caller holds.
        var budget: Unmanaged<LineBudget>?
        var bytes = 0
    }

    private init() {
        pairs = 64
        steps = PatternLimits.steps
        context = pcre2_match_context_create_8(nil)
        data = pcre2_match_data_create_8(UInt32(pairs), nil)
        pcre2_set_match_limit_8(context, UInt32(steps))
        pcre2_set_depth_limit_8(context, PatternLimits.depth)
        pcre2_set_heap_limit_8(context, PatternLimits.heapKiB)
        watch = .allocate(capacity: 1)
        watch.initialize(to: Watch())
        pcre2_set_callout_8(
            context,
            { _, memory in
                guard let watch = memory?.assumingMemoryBound(to: Watch.self),
                    let budget = watch.pointee.budget
                else { return 0 }
                let bytes = watch.pointee.bytes
                let isOver = budget._withUnsafeGuaranteedRef { $0.spend(bytes: bytes) }
                return isOver ? PCRE2_ERROR_MATCHLIMIT : 0
            }, watch)
    }

    deinit {
        watch.deallocate()
        pcre2_match_data_free_8(data)
        pcre2_match_context_free_8(context)
    }

    /// First and end of each group of the last match; PCRE2's own memory, until the next search.
    var positions: UnsafePointer<Int> { UnsafePointer(pcre2_get_ovector_pointer_8(data)) }

    /// One search.  Above 0: it matched; otherwise an error of PCRE2, such as no match.
    func search(
        _ code: OpaquePointer, _ subject: Span<UInt8>, from: Int, steps most: Int
    ) -> Int32 {
        let most = min(max(most, 1), PatternLimits.steps)
        if most != steps {
            steps = most
            pcre2_set_match_limit_8(context, UInt32(most))
        }
        return subject.withUnsafeBufferPointer { bytes in
            pcre2_match_8(
                code, bytes.baseAddress, bytes.count, from, UInt32(PCRE2_NO_UTF_CHECK), data,
                context)
        }
    }

    /// One search that spends from a budget; `code` was compiled with callouts.
    func search(
        _ code: OpaquePointer, _ subject: Span<UInt8>, from: Int, steps: Int,
        budget: LineBudget
    ) -> Int32 {
        watch.pointee = Watch(budget: Unmanaged.passUnretained(budget), bytes: subject.count)
        defer { watch.pointee.budget = nil }
        return withExtendedLifetime(budget) { search(code, subject, from: from, steps: steps) }
    }

    private func grow(groups: Int) {
        pairs = groups + 1
        pcre2_match_data_free_8(data)
        data = pcre2_match_data_create_8(UInt32(pairs), nil)
    }

    // MARK: The thread's own

    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        let answer = pthread_key_create(&key) { memory in
            guard let memory else { return }
            Unmanaged<PatternWorkspace>.fromOpaque(memory).release()
        }
        precondition(answer == 0, "there is a key for every thread")
        return key
    }()

    /// The workspace of this thread, with room for so many groups.
    static func ofThread(groups: Int) -> PatternWorkspace {
        let workspace: PatternWorkspace
        if let known = pthread_getspecific(key) {
            workspace = Unmanaged.fromOpaque(known).takeUnretainedValue()
        } else {
            workspace = PatternWorkspace()
            pthread_setspecific(key, Unmanaged.passRetained(workspace).toOpaque())
        }
        if groups >= workspace.pairs { workspace.grow(groups: groups) }
        return workspace
    }
}
