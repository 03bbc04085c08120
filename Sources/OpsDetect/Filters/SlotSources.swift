// Where the engine finds the value of each slot after a match: in which group, of the failregex or
// of the prefregex.  It is settled once, so that a match asks for a number and no more.

/// For each slot where its value is.
struct SlotSources {
    /// Where a value is.
    enum Source {
        /// Neither pattern has such a group.
        case none
        /// A group of the failregex.
        case own(Int)
        /// A group of the prefregex; the failregex has none of this name.
        case prefix(Int)
        /// One of several groups: both patterns have to be asked.
        case several
    }

    private var sources = InlineArray<11, Source>(repeating: .none)

    init(_ own: PatternGroups, prefix: PatternGroups?) {
        for slot in GroupSlot.allCases {
            sources[slot.rawValue] = Self.source(slot, own, prefix)
        }
    }

    private static func source(
        _ slot: GroupSlot, _ own: PatternGroups, _ prefix: PatternGroups?
    ) -> Source {
        let number = own.number(of: slot)
        if number == PatternGroups.several { return .several }
        if number != PatternGroups.none { return .own(number) }
        guard let other = prefix?.number(of: slot), other != PatternGroups.none else {
            return .none
        }
        return other == PatternGroups.several ? .several : .prefix(other)
    }

    @inline(__always)
    subscript(slot: GroupSlot) -> Source { sources[slot.rawValue] }
}
