// 1 what is answered against the exact quantiles; 2 the edges of buckets; 3 hostile numbers.

import Testing

@testable import OpsBench

@Suite struct HistogramTests {
    /// The relative error that the histogram promises.
    static let error = 1.0 / 128

    private func exact(_ sorted: [Int64], _ share: Double) throws -> Int64 {
        let rank = Int(Histogram.rank(share, of: UInt64(sorted.count)))
        try #require((1...sorted.count).contains(rank))
        return sorted[rank - 1]
    }

    @Test(
        "1.1 percentiles are never below the exact ones, and at most 1/128 above", arguments: 1...20
    )
    func percentiles(seed: UInt64) throws {
        var random = SeededNumbers(seed: seed)
        var histogram = Histogram()
        var values: [Int64] = []
        for _ in 0..<5_000 {
            // Any magnitude from nothing to the limit.
            let value = Int64(random.next() >> (22 + random.next(below: 42)))
            values.append(value)
            histogram.record(value)
        }
        values.sort()
        for share in [0, 0.001, 0.25, 0.5, 0.9, 0.99, 0.999, 1] {
            let wanted = try exact(values, share)
            let found = histogram.percentile(share)
            #expect(found >= wanted)
            #expect(Double(found) <= Double(wanted) * (1 + Self.error))
        }
        #expect(histogram.maximum == values.last)
        #expect(histogram.percentile(1) == values.last)
        #expect(histogram.count == 5_000)
        let mean = values.reduce(0.0) { $0 + Double($1) } / 5_000
        #expect(abs(histogram.mean - mean) <= mean * 1e-9)
    }

    @Test("2.1 small numbers are exact")
    func small() {
        for value in 0..<Int64(256) {
            var histogram = Histogram()
            histogram.record(value)
            histogram.record(1_000)
            #expect(histogram.percentile(0.5) == value)
        }
    }

    @Test("2.2 buckets join without gap or overlap, and none is wider than promised")
    func buckets() {
        let last = Histogram.bucket(of: UInt64(Histogram.limit))
        var next: Int64 = 0
        for bucket in 0...last {
            let largest = Histogram.largest(in: bucket)
            #expect(Histogram.bucket(of: UInt64(next)) == bucket)
            #expect(Histogram.bucket(of: UInt64(largest)) == bucket)
            #expect(largest >= next && Double(largest - next) <= Double(next) * Self.error)
            next = largest + 1
        }
        #expect(next == Histogram.limit + 1)
    }

    @Test("3.1 nothing recorded is 0")
    func empty() {
        let histogram = Histogram()
        #expect(histogram.percentile(0.5) == 0 && histogram.maximum == 0 && histogram.mean == 0)
    }

    @Test("3.2 what is negative counts as 0, what is too large as the limit")
    func hostile() {
        var histogram = Histogram()
        histogram.record(.min)
        #expect(histogram.percentile(1) == 0)
        histogram.record(.max)
        #expect(histogram.percentile(1) == Histogram.limit)
        #expect(histogram.percentile(-5) == 0 && histogram.percentile(7) == Histogram.limit)
    }
}
