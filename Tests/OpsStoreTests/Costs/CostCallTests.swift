// What a request about one call comes to, logged by the short way and by its record.

import OpsTestKit
import Testing

@testable import OpsCore
@testable import OpsStore

@Suite struct CostCallTests {
    @Test(arguments: 1...20 as ClosedRange<UInt64>) func bothWaysLogTheSame(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<50 {
            let entry = random.costEntry()
            var call = CostCall(
                .closed, CostView(entry: entry, expires: 0, isRepeated: false),
                random.pick([.held, .counted]))
            call.number = random.next()
            call.amount = MicroUSD(random.pick([0, 12_500, -12_500]))
            let record = try #require(call.record)
            let stamp = Stamp(moment: Moment(boot: 5, wall: 6))
            let header = SegmentHeader(
                salt: seed, firstSequence: 9, bootID: BootID(high: 1, low: 2),
                created: Moment(boot: 1, wall: 2))
            var (short, long): ([UInt8], [UInt8]) = ([], [])
            var one = SegmentWriter(header, into: &short)
            var other = SegmentWriter(header, into: &long)
            one.append(call, stamp, into: &short)
            other.append(.cost(record), stamp, into: &long)
            #expect(short == long)
            #expect(one.nextSequence == other.nextSequence && one.length == other.length)

            var (applied, put) = (State.empty, State.empty)
            applied.apply(call)
            put.apply(.cost(record), stamp)
            #expect(
                applied.image(at: stamp.moment).entries == put.image(at: stamp.moment).entries)
        }
    }
}

extension State {
    fileprivate static var empty: State { State(rules: GuardRules(), hashKey: (7, 9)) }
}
