// Parses observations: the hot path of `slo observe`, and the numbers that the path by the table
// parses too.  Only `Latency.list` allocates.

import OpsCore

extension RequestParser {
    /// Parses `slo observe NAME latency_ms=N`, alone or with `ok=true|false` or `status=NNN`.
    /// Returns nil for all other and for faulty requests: the table parses them and words the
    /// refusal.
    @inline(__always)
    static func observation(
        _ line: Span<UInt8>
    ) -> (name: ObjectiveName, event: Observation)? {
        guard matches(line, 0, "slo observe ") else { return nil }
        var at = 12
        while at < line.count, line[at] != UInt8(ascii: " ") { at &+= 1 }
        guard let name = ObjectiveName(line.extracting(12..<at)),
            matches(line, at, " latency_ms=")
        else { return nil }
        at &+= 12
        let start = at
        while at < line.count, line[at] != UInt8(ascii: " ") { at &+= 1 }
        guard let latency = Latency.milliseconds(line, start..<at) else { return nil }
        var isGood = true
        if at < line.count {
            if matches(line, at, " ok=true") && line.count == at &+ 8 {
                isGood = true
            } else if matches(line, at, " ok=false") && line.count == at &+ 9 {
                isGood = false
            } else if matches(line, at, " status="), line.count == at &+ 11,
                line[at &+ 8] &- 0x31 < 5, line[at &+ 9] &- 0x30 < 10, line[at &+ 10] &- 0x30 < 10
            {
                isGood = line[at &+ 8] < UInt8(ascii: "5")
            } else {
                return nil
            }
        }
        return (name, Observation(latencyMilliseconds: latency, isGood: isGood))
    }

    @inline(__always)
    private static func matches(_ line: Span<UInt8>, _ at: Int, _ text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        return line.count - at >= count && JSONReader.matches(line, at..<at + count, text)
    }
}

/// Reads latencies.
enum Latency {
    private static let scale: [Double] = [
        1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
    ]

    /// Reads digits, with or without a decimal point and digits after it: at most 15 digits and at
    /// most a day; nil otherwise.  Both the digits and the power of ten are exact, so the quotient
    /// is the nearest Double.
    static func milliseconds(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Double? {
        var digits: UInt64 = 0
        var count = 0
        var point: Int?
        for index in range {
            let byte = bytes[index]
            if byte == UInt8(ascii: ".") {
                if point != nil || count == 0 { return nil }
                point = count
                continue
            }
            guard byte &- 0x30 < 10, count < 15 else { return nil }
            digits = digits &* 10 &+ UInt64(byte &- 0x30)
            count &+= 1
        }
        if count == 0 || point == count { return nil }
        let value = Double(digits) / scale[count &- (point ?? count)]
        return value <= LatencyBins.longest ? value : nil
    }

    static func milliseconds(_ text: String) -> Double? {
        let bytes = text.utf8Span.span
        return milliseconds(bytes, 0..<bytes.count)
    }

    /// The most latencies of one request.
    static let listLimit = 4_096

    /// Reads latencies with their counts, `12.5:90,40,1900:2`; nil for anything else.
    static func list(_ text: String) -> [ObservationBatch.Latency]? {
        var list: [ObservationBatch.Latency] = []
        for item in text.split(separator: ",", omittingEmptySubsequences: false) {
            let parts = item.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count <= 2, list.count < listLimit,
                let latency = milliseconds(String(parts[0]))
            else { return nil }
            var count: UInt64 = 1
            if parts.count == 2 {
                guard parts[1].utf8.count <= 7, parts[1].utf8.allSatisfy({ $0 &- 0x30 < 10 }),
                    let number = UInt64(parts[1]), number >= 1, number <= 1_000_000
                else { return nil }
                count = number
            }
            list.append(ObservationBatch.Latency(milliseconds: latency, count: count))
        }
        return list
    }
}
