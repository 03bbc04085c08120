import OpsTestKit
import Testing

@testable import OpsCore

/// Bins and sketches against sorted values.
struct SketchTests {
    @Test("every latency is in the bin that is answered for it, within 1 %")
    func binsHoldTheirValues() {
        var random = SeededGenerator(seed: 3)
        for _ in 0..<200_000 {
            let exponent = Int.random(in: -10...25, using: &random)
            let value = Double(
                sign: .plus, exponent: exponent,
                significand: Double.random(in: 1..<2, using: &random))
            let answer = LatencyBins.value(LatencyBins.bin(value))
            #expect(abs(answer - value) <= 0.01 * value, "\(value) -> \(answer)")
        }
    }

    @Test("edges are in the bin above them, and what is just below is not")
    func edges() {
        for exponent in LatencyBins.lowestExponent..<26 {
            for (place, edge) in LatencyBins.edges.dropLast().enumerated() {
                let value = Double(sign: .plus, exponent: exponent, significand: edge)
                let bin = 1 + (exponent - LatencyBins.lowestExponent) * 36 + place
                #expect(LatencyBins.bin(value) == bin)
                #expect(LatencyBins.bin(value.nextDown) == bin - 1)
            }
        }
        #expect(LatencyBins.edges[36] == 2)
    }

    @Test(
        "what is not a latency is taken to an end, never out of bounds",
        arguments: [
            (0.0, 0), (-1, 0), (-Double.infinity, 0), (Double.leastNonzeroMagnitude, 0),
            (0.0009, 0), (Double.infinity, LatencyBins.count - 1),
            (Double.greatestFiniteMagnitude, LatencyBins.count - 1),
            (LatencyBins.longest, LatencyBins.bin(LatencyBins.longest)),
        ])
    func outside(_ value: Double, _ bin: Int) {
        #expect(LatencyBins.bin(value) == bin)
    }

    @Test("not a number is counted somewhere, not trapped on")
    func nan() {
        #expect((0..<LatencyBins.count).contains(LatencyBins.bin(.nan)))
        #expect((0..<LatencyBins.count).contains(LatencyBins.bin(-.nan)))
    }

    /// Distributions that are hard on sketches.
    static let distributions: [(String, @Sendable (inout SeededGenerator) -> Double)] = [
        ("constant", { _ in 12.5 }),
        ("uniform", { Double.random(in: 1...1_000, using: &$0) }),
        ("two worlds", { Bool.random(using: &$0) ? 0.4 : 59_999 }),
        (
            "heavy tail",
            { random in
                let u = Double.random(in: 0.000_1..<1, using: &random)
                return min(86_400_000, 1 / (u * u))
            }
        ),
        (
            "every octave",
            { random in
                Double(
                    sign: .plus, exponent: Int.random(in: -9...25, using: &random),
                    significand: Double.random(in: 1..<2, using: &random))
            }
        ),
        (
            "just around an edge",
            { random in
                let edge = LatencyBins.edges[Int.random(in: 0..<36, using: &random)] * 8
                return Bool.random(using: &random) ? edge.nextDown : edge
            }
        ),
        ("one in a hundred", { Int.random(in: 0..<100, using: &$0) == 0 ? 5_000 : 3 }),
    ]

    @Test("quantiles are within 1 % of the exact ones", arguments: distributions.map(\.0))
    func quantiles(_ name: String) throws {
        let make = try #require(Self.distributions.first { $0.0 == name }).1
        for size in [1, 2, 7, 100, 1_001, 20_000] {
            var random = SeededGenerator(seed: UInt64(size))
            var tally = Tally()
            var values: [Double] = []
            for _ in 0..<size {
                let value = make(&random)
                values.append(value)
                tally.add(1, bin: LatencyBins.bin(value))
            }
            values.sort()
            for perMille: UInt64 in [1, 250, 500, 900, 950, 990, 999, 1_000] {
                let rank = max(1, (size * Int(perMille) + 999) / 1_000)
                let exact = values[rank - 1]
                let answer = try #require(tally.quantile(perMille: perMille))
                #expect(abs(answer - exact) <= 0.01 * exact, "\(name) \(size) \(perMille)")
            }
        }
    }

    @Test("a quantile of very many does not overflow")
    func manyCounts() {
        var tally = Tally()
        tally.add(1 << 62, bin: 5)
        tally.add(1 << 62, bin: 9)
        #expect(tally.quantile(perMille: 400) == LatencyBins.value(5))
        #expect(tally.quantile(perMille: 900) == LatencyBins.value(9))
        #expect(Tally().quantile(perMille: 500) == nil)
    }

    @Test("packing loses nothing, whatever is in it; sums add up and come apart again")
    func packing() {
        var random = SeededGenerator(seed: 11)
        var scratch = Tally()
        var sum = Tally()
        var kept: [Sketch] = []
        for round in 0..<300 {
            var tally = Tally()
            for _ in 0..<Int.random(in: 0..<400, using: &random) {
                let bin = Int.random(
                    in: 0..<(round % 2 == 0 ? LatencyBins.count : 40), using: &random)
                tally.add(
                    UInt64.random(in: 1...(1 << (UInt64(round) % 40)), using: &random), bin: bin)
            }
            var sketch = Sketch(tally)
            var back = Tally()
            sketch.add(to: &back)
            #expect(back == tally)
            sketch.add([BinCount(bin: 7, count: 3)], &scratch)
            #expect(scratch == Tally())
            tally.add(3, bin: 7)
            #expect(sketch == Sketch(tally))
            sketch.add(to: &sum)
            kept.append(sketch)
        }
        for sketch in kept.reversed() { sketch.remove(from: &sum) }
        #expect(sum == Tally())
    }
}
