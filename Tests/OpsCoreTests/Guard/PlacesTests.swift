// The last places of streams: the bound, and which one goes.

import OpsTestKit
import Testing

@testable import OpsCore

@Suite struct PlacesTests {
    /// The bound, and the longest unused, as a plain list has them.
    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func theLongestUnusedGoes(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var places = Places()
        var model: [(stream: String, number: UInt64)] = []
        for round in 1...12_000 as ClosedRange<UInt64> {
            // At times more streams than there is room for, in a row; at times few.
            let spread: UInt64 = (round / 3_000) % 2 == 0 ? 1_025 : 40
            let stream =
                seed == 1 ? "s\(round % 1_025)" : "s\(random.next() % spread + round / 50 % 700)"
            places.note(Place(stream: stream, number: round))
            model.removeAll { $0.stream == stream }
            model.append((stream, round))
            if model.count > Bounds.streams { model.removeFirst() }
            if round % 97 != 0 { continue }
            #expect(places.count == model.count)
            let found = places.all.map { "\($0.place.stream)=\($0.place.number)" }
            let kept = model.sorted { $0.stream < $1.stream }
            let isSame = found == kept.map { "\($0.stream)=\($0.number)" }
            #expect(isSame, "round \(round)")
            if round % 970 == 0 {
                // As after a start: the order of a snapshot is that of the names.
                var copy = Places()
                for entry in places.all { copy.insert(entry) }
                places = copy
            }
        }
    }
}
