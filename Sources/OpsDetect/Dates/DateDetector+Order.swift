// How the order of a detector's templates is learned.
//
// A template moves to the first place that was never used, or else half way to the front, where it
// weighs more than what is there (hits, less for a date farther right), or where what is there was
// not used for five minutes before it; failing that, by one place.

extension DateDetector {
    /// What was not used for so long gives way, in milliseconds.
    private static let disuse: Int64 = 300_000

    /// Moves a candidate forward if it has earned that, and returns where it is now.
    mutating func moveForward(_ index: Int) -> Int {
        var place = firstUnused < index ? firstUnused : index / 2
        if !mayMove(index, to: place) {
            guard place != index - 1 else { return index }
            place = index - 1
            guard mayMove(index, to: place) else { return index }
        }
        candidates.insert(candidates.remove(at: index), at: place)
        while firstUnused < candidates.count, candidates[firstUnused].hits > 0 { firstUnused += 1 }
        return place
    }

    private func mayMove(_ index: Int, to place: Int) -> Bool {
        let candidate = candidates[index]
        return candidate.weight > candidates[place].weight
            || candidate.lastUsed &- Self.disuse > candidates[place].lastUsed
    }
}
