// Compares the expected elements of a set with those in the kernel, in both directions, including
// when each ends.  Ends that differ by up to two seconds count as equal: the kernel counts timeouts
// by another clock, and an element about to end may be gone already.

package import OpsCore

/// How a set, or all of them, differ from what they should be.
package struct Comparison: Hashable, Sendable {
    /// Ends that differ by at most this many milliseconds count as equal.
    package static let toleranceMilliseconds: Int64 = 2_000
    /// The most examples that are kept.
    static let exampleLimit = 10

    /// Bans that the kernel does not have.
    package var missing = 0
    /// Elements that no ban asked for.
    package var extra = 0
    /// Elements that end at another time.
    package var wrong = 0
    /// Whether the table, its chains or its rules differ from what opsd made.
    package var isAltered = false
    /// How many addresses and ranges the kernel has.
    package var elements = 0
    /// The first few differences, for people.
    package var examples: [String] = []

    /// Nothing compared yet.
    package init() {}

    /// Whether there is no difference.
    package var isClean: Bool { missing == 0 && extra == 0 && wrong == 0 && !isAltered }

    /// Notes things in the table that are not opsd's.
    package mutating func note(_ strange: [KernelThing]) {
        let texts = strange.map { "not opsd's: \($0.description)" }
        examples = Array((examples + texts).prefix(Self.exampleLimit))
    }

    /// Compares one hash set.
    /// - Parameter boot: now, milliseconds of boot time.
    package mutating func compare(
        _ set: KernelSet, _ expected: [Drop], with found: [KernelElement], at boot: Int64
    ) {
        let wanted = expected.map {
            KernelElement(
                key: $0.network.firstKey, remaining: remaining($0.deadline, boot), isEnd: false)
        }
        compare(set, wanted, found)
    }

    /// Compares one interval set.
    package mutating func compare(
        _ set: KernelSet, _ expected: [CoverRange], with found: [KernelElement], at boot: Int64
    ) {
        let top = set.isIPv4 ? UInt128(UInt32.max) : .max
        var wanted: [KernelElement] = []
        for range in expected {
            let left = remaining(range.deadline, boot)
            wanted.append(KernelElement(key: range.first, remaining: left, isEnd: false))
            if range.last < top {
                wanted.append(KernelElement(key: range.last + 1, remaining: left, isEnd: true))
            }
        }
        compare(set, wanted, found)
    }

    /// Compares a part of one set of a list.  After the last part, `finish` counts the missing
    /// elements.
    /// - Returns: how many elements of `found` belong to the list.
    package mutating func compare(
        _ sets: ListSets, _ kind: ListSet, _ networks: NetworkRuns, until deadline: Int64,
        with found: [KernelElement], at boot: Int64
    ) -> Int {
        let left = remaining(deadline, boot)
        var wanted = 0
        for element in found {
            if !element.isEnd { elements += 1 }
            guard sets.wants(element, in: kind, of: networks) else {
                // An end at the wrong place shows as the right one that is missing.
                if !element.isEnd { extra += note("extra", sets.shape(kind), element) }
                continue
            }
            wanted += 1
            let expected = KernelElement(key: element.key, remaining: left, isEnd: element.isEnd)
            if !expected.endsWith(element) {
                wrong += note("wrong end", sets.shape(kind), element)
            }
        }
        return wanted
    }

    /// Ends the comparison of one set of a list, of whose expected elements `found` are in the
    /// kernel.
    package mutating func finish(
        _ sets: ListSets, _ kind: ListSet, _ networks: NetworkRuns, found: Int
    ) {
        let elements = sets.elements(kind, of: networks) - found
        if elements <= 0 { return }
        // The start and the end of a range are two elements.
        let lost = kind.isRanges ? (elements + 1) / 2 : elements
        missing += lost
        if examples.count < Self.exampleLimit {
            let networks = lost == 1 ? "network" : "networks"
            examples.append("missing: \(lost) \(networks) of \(sets.setName(kind))")
        }
    }

    /// Adds what another comparison found.
    package mutating func add(_ other: Comparison) {
        missing += other.missing
        extra += other.extra
        wrong += other.wrong
        elements += other.elements
        isAltered = isAltered || other.isAltered
        examples = Array((examples + other.examples).prefix(Self.exampleLimit))
    }

    private func remaining(_ deadline: Int64, _ boot: Int64) -> Int64 {
        deadline == Drop.never ? Drop.never : deadline - boot
    }

    private mutating func compare(
        _ set: KernelSet, _ wanted: [KernelElement], _ found: [KernelElement]
    ) {
        let wanted = wanted.sorted()
        let found = found.sorted()
        elements += found.count { !$0.isEnd }
        var one = 0
        var other = 0
        // The start of the range is missing, and its end with it: one difference.
        var isStartMissing = false
        while one < wanted.count || other < found.count {
            if other == found.count || (one < wanted.count && wanted[one] < found[other]) {
                let element = wanted[one]
                if element.isDue && !(element.isEnd && isStartMissing) {
                    missing += note("missing", set.shape, element)
                }
                isStartMissing = !element.isEnd
                one += 1
            } else if one == wanted.count || found[other] < wanted[one] {
                // When a range times out, its end stays in the set until the kernel cleans up; an
                // end alone matches no packet.
                if found[other].isDue && !found[other].isEnd {
                    extra += note("extra", set.shape, found[other])
                }
                other += 1
            } else {
                if !wanted[one].endsWith(found[other]) {
                    wrong += note("wrong end", set.shape, found[other])
                }
                isStartMissing = false
                one += 1
                other += 1
            }
        }
    }

    /// Keeps an example; returns how much to count, which is 1.
    private mutating func note(
        _ difference: String, _ set: SetShape, _ element: KernelElement
    ) -> Int {
        if examples.count < Self.exampleLimit {
            let network =
                set.isIPv4
                ? Network(ipv4: UInt32(truncatingIfNeeded: element.key))
                : Network(
                    high: UInt64(truncatingIfNeeded: element.key >> 64),
                    low: UInt64(truncatingIfNeeded: element.key), length: 128)
            examples.append("\(difference): \(network) in \(set.name)")
        }
        return 1
    }
}

extension KernelElement: Comparable {
    /// Orders by key; if one range ends where the next starts, the end comes first.
    package static func < (one: KernelElement, other: KernelElement) -> Bool {
        one.key != other.key ? one.key < other.key : one.isEnd && !other.isEnd
    }

    /// Whether it ends more than the tolerance from now, so that it must be on both sides.
    fileprivate var isDue: Bool { remaining > Comparison.toleranceMilliseconds }

    /// Whether this expected element ends when `found` does; the ends of ranges have no timeouts.
    fileprivate func endsWith(_ found: KernelElement) -> Bool {
        if isEnd || found.isEnd { return isEnd == found.isEnd }
        if remaining == Drop.never || found.remaining == Drop.never {
            return remaining == found.remaining
        }
        return abs(remaining - found.remaining) <= Comparison.toleranceMilliseconds
    }
}
