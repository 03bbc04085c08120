// A log-linear histogram of latencies as whole numbers, like HdrHistogram.
//
// Numbers below 256 have a bucket each.  Above, each power of two is divided into 128 buckets of
// equal width, so the width of a bucket is at most 1/128 of its numbers: a percentile is never too
// low, and less than 0.79 % too high.  Recording changes one counter and allocates nothing.

/// Counts of numbers from 0 to `limit`; a larger number counts as `limit`.
struct Histogram: Sendable {
    /// About 73 minutes in nanoseconds.
    static let limit: Int64 = (1 << 42) - 1

    private static let linearBits = 8
    private static let halfCount = 1 << (linearBits - 1)
    private static let bucketCount = bucket(of: UInt64(limit)) + 1

    private var counts = [UInt64](repeating: 0, count: bucketCount)
    /// How many numbers were recorded.
    private(set) var count: UInt64 = 0
    /// The largest recorded number, exactly; 0 if nothing was recorded.
    private(set) var maximum: Int64 = 0
    private var sum: Double = 0

    /// The mean, exact except for rounding; 0 if nothing was recorded.
    var mean: Double { count == 0 ? 0 : sum / Double(count) }

    /// Counts `value` once; a negative value counts as 0.
    @inline(__always)
    mutating func record(_ value: Int64) {
        let value = min(max(value, 0), Self.limit)
        counts[Self.bucket(of: UInt64(value))] &+= 1
        count &+= 1
        sum += Double(value)
        if value > maximum { maximum = value }
    }

    /// A number that at least `share` (0...1) of the recorded numbers do not exceed: the upper end
    /// of a bucket, or `maximum` if that is lower.  0 if nothing was recorded.
    func percentile(_ share: Double) -> Int64 {
        let rank = Self.rank(share, of: count)
        var seen: UInt64 = 0
        for (bucket, found) in counts.enumerated() where found > 0 {
            seen += found
            if seen >= rank { return min(Self.largest(in: bucket), maximum) }
        }
        return maximum
    }

    /// Which of `count` sorted numbers `percentile` looks for, from 1.
    static func rank(_ share: Double, of count: UInt64) -> UInt64 {
        let exact = (min(max(share, 0), 1) * Double(count)).rounded(.up)
        return min(max(1, UInt64(exact)), max(1, count))
    }

    @inline(__always)
    static func bucket(of value: UInt64) -> Int {
        let bits = UInt64.bitWidth - value.leadingZeroBitCount
        let shift = max(0, bits - linearBits)
        return shift * halfCount + Int(truncatingIfNeeded: value >> UInt64(shift))
    }

    /// The largest number that `bucket` counts.
    static func largest(in bucket: Int) -> Int64 {
        let shift = max(0, bucket / halfCount - 1)
        let first = Int64(bucket - shift * halfCount) << Int64(shift)
        return first + (1 << Int64(shift)) - 1
    }
}
