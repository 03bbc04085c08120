// The bins that latencies are counted in: 36 an octave, their edges at 2^(j/36), after the idea of
// DDSketch (Masson, Rim and Lee, VLDB 2019).  The answer given for a bin is off by at most
//
//     (hi - lo) / (hi + lo) = (2^(1/36) - 1) / (2^(1/36) + 1) < 0.963 %
//
// of any value in it, so every quantile read from bins is within 1 % of the exact one.  No
// logarithm is taken: exponent and mantissa are in the bits of a Double.  64 cells cut the mantissa
// evenly; a cell is narrower than any bin (1/64 < 2^(1/36) - 1), so at most one edge falls into it,
// and one comparison finds the bin.

/// From latencies in milliseconds to bins and back.
package enum LatencyBins {
    static let perOctave = 36
    /// The lowest edge, 2^-10 ms, is just below a microsecond.
    static let lowestExponent = -10
    static let octaves = 37
    /// Bin 0 holds everything below the lowest edge.
    package static let count = 1 + perOctave * octaves
    /// The longest latency, milliseconds: a day.
    package static let longest = 86_400_000.0

    /// 2^(j/36), `0...36`.
    static let edges: [Double] = {
        // Newton's method for x^36 = 2; a few steps from close by are exact to the last bits.
        var root = 1.02
        for _ in 0..<60 {
            let power = product(root, perOctave - 1)
            root -= (power * root - 2) / (Double(perOctave) * power)
        }
        return (0...perOctave).map { $0 == perOctave ? 2 : product(root, $0) }
    }()

    /// The bin that a cell of the mantissa begins in.
    private static let cells: [UInt8] = (0..<64).map { cell in
        let start = 1 + Double(cell) / 64
        return UInt8((edges.firstIndex { $0 > start } ?? 1) - 1)
    }

    private static func product(_ factor: Double, _ times: Int) -> Double {
        var product = 1.0
        for _ in 0..<times { product *= factor }
        return product
    }

    /// The bin of a latency of 0 ... `longest`; what lies outside is taken to the nearest end.
    @inline(__always)
    package static func bin(_ milliseconds: Double) -> Int {
        let bits = milliseconds.bitPattern
        let exponent = Int(truncatingIfNeeded: bits >> 52) &- 1_023
        // A sign or a NaN makes the exponent too large, or the comparison below false.
        guard milliseconds > 0, exponent >= lowestExponent else { return 0 }
        if exponent >= lowestExponent &+ octaves { return count &- 1 }
        let mantissa = Double(bitPattern: bits & 0xf_ffff_ffff_ffff | 0x3ff0_0000_0000_0000)
        var inside = Int(cells[Int(truncatingIfNeeded: bits >> 46 & 63)])
        if mantissa >= edges[inside &+ 1] { inside &+= 1 }
        return 1 &+ (exponent &- lowestExponent) &* perOctave &+ inside
    }

    /// The latency that stands for a bin, milliseconds: off by less than 1 % for any in it.
    package static func value(_ bin: Int) -> Double {
        if bin <= 0 { return 0 }
        let (octave, inside) = (bin - 1).quotientAndRemainder(dividingBy: perOctave)
        let low = edges[inside]
        let high = edges[inside + 1]
        let scale = Double(sign: .plus, exponent: lowestExponent + octave, significand: 1)
        return 2 * low * high / (low + high) * scale
    }
}
