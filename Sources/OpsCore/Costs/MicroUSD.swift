// Money: whole millionths of a US dollar.  It is read from decimal digits and written as decimal
// digits; no binary fraction comes near it.

/// An amount of money in micro-USD.
package struct MicroUSD: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// Micro-USD in a dollar.
    package static let perDollar: Int64 = 1_000_000
    /// The largest amount of one request, one cap or one price: a million dollars.
    package static let most = MicroUSD(1_000_000 * perDollar)
    /// No money.
    package static let zero = MicroUSD(0)

    /// Micro-USD.
    package var micros: Int64

    package init(_ micros: Int64) { self.micros = micros }

    /// The sum, wrapping: all amounts are far from the ends.
    package static func &+ (one: MicroUSD, other: MicroUSD) -> MicroUSD {
        MicroUSD(one.micros &+ other.micros)
    }

    /// The difference, wrapping.
    package static func &- (one: MicroUSD, other: MicroUSD) -> MicroUSD {
        MicroUSD(one.micros &- other.micros)
    }

    /// By amount.
    package static func < (one: MicroUSD, other: MicroUSD) -> Bool { one.micros < other.micros }

    /// Reads dollars such as `0.0125`: digits, with or without a point and digits after it, 24 at
    /// most.  What is finer than a micro-USD is rounded up, so that nothing counts as less than it
    /// was.  nil: it is no such number, or more than `most`.
    @inline(__always)
    package init?(_ bytes: Span<UInt8>) {
        guard (1...25).contains(bytes.count) else { return nil }
        var (whole, fraction): (Int64, Int64) = (0, 0)
        var decimals = 0
        var point: Int?
        var isMore = false
        for index in bytes.indices {
            let byte = bytes[index]
            if byte == UInt8(ascii: ".") {
                if point != nil || index == 0 { return nil }
                point = index
                continue
            }
            let digit = Int64(byte &- 0x30)
            if digit > 9 { return nil }
            if point == nil {
                whole = whole &* 10 &+ digit
                if whole > Self.most.micros / Self.perDollar { return nil }
            } else if decimals < 6 {
                fraction = fraction &* 10 &+ digit
                decimals &+= 1
            } else if digit > 0 {
                isMore = true
            }
        }
        if point == bytes.count &- 1 { return nil }
        while decimals < 6 {
            fraction = fraction &* 10
            decimals &+= 1
        }
        let micros = whole &* Self.perDollar &+ fraction &+ (isMore ? 1 : 0)
        if micros > Self.most.micros { return nil }
        self.micros = micros
    }

    /// The same of a text.
    package init?(parsing text: String) { self.init(text.utf8Span.span) }

    /// The most bytes that `write` appends.
    package static let writtenBytes = 21

    /// Appends dollars with at least two decimals and at most six: `18.50`, `0.000125`.
    package func write(to output: inout OutputSpan<UInt8>) {
        let (whole, parts) = micros.magnitude.quotientAndRemainder(
            dividingBy: UInt64(Self.perDollar))
        if micros < 0 { output.append(UInt8(ascii: "-")) }
        output.append(decimal: whole)
        output.append(UInt8(ascii: "."))
        var (fraction, digits) = (parts, 6)
        while digits > 2, fraction % 10 == 0 {
            fraction /= 10
            digits -= 1
        }
        output.append(decimal: fraction, digits: digits)
    }

    /// What `write` appends.
    package var description: String {
        var bytes: [UInt8] = []
        bytes.append(addingCapacity: Self.writtenBytes) { write(to: &$0) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// What tokens cost at a price for a million of them, in micro-USD, rounded up.  What
    /// is beyond `most` is a micro-USD beyond it: it fits no cap, and no sum of many wraps.
    package static func cost(
        _ tokens: TokenCounts, _ price: ModelPrice
    ) -> MicroUSD {
        let parts =
            UInt128(tokens.input) * UInt128(price.input.micros)
            + UInt128(tokens.output) * UInt128(price.output.micros)
        let micros = Int64(clamping: (parts + 999_999) / 1_000_000)
        return MicroUSD(min(micros, most.micros + 1))
    }
}

/// Tokens of one call.
package struct TokenCounts: Hashable, Sendable {
    /// The most of either kind.
    package static let most = 1_000_000_000

    /// What goes in.
    package var input: UInt64
    /// The most that may come out.
    package var output: UInt64

    package init(input: UInt64, output: UInt64) {
        self.input = input
        self.output = output
    }
}

/// What a model costs.
package struct ModelPrice: Hashable, Sendable {
    /// For a million tokens that go in.
    package var input: MicroUSD
    /// For a million tokens that come out.
    package var output: MicroUSD

    package init(input: MicroUSD, output: MicroUSD) {
        self.input = input
        self.output = output
    }
}
