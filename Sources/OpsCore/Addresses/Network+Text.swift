// How an address is written, both ways, on every road into and out of the daemon: the socket, the
// configuration file, the tables a person reads.
//   1. In: the forms of inet_pton(3) and nothing else, as an address or as CIDR.  What programs
//      read in two ways (leading zeros, short forms, numbers, zones) is refused, not guessed.
//   2. One meaning, one value: an IPv4-mapped IPv6 address is the IPv4 address.
//   3. Out: what `parsing` reads back as the same network.  IPv6 always shows its prefix, because
//      a bare IPv6 word stands for a network (`Target.isBare`).
// Reading a valid address, and writing one, allocates nothing of its own.

extension Target {
    /// Reads an address (`203.0.113.9`, `2001:db8::1`) or a network (`10.0.0.0/8`).  An address in
    /// ::ffff:0:0/96 is folded to IPv4, with its prefix if that is 96 or more.
    package init(parsing bytes: Span<UInt8>) throws(AddressFault) {
        do {
            self = try AddressReader.target(bytes)
        } catch {
            throw AddressFault(error, in: bytes)
        }
    }
}

extension Network {
    /// The network `text` names; a bare address is that one address.  nil for anything else.
    package init?(parsing text: String) {
        guard let target = try? AddressReader.target(text.utf8.span) else { return nil }
        self = target.network
    }

    /// The most bytes `write` appends: eight full groups, seven colons and `/128`.
    package static let longestText = 43

    /// Appends `203.0.113.9`, `10.0.0.0/8`, or RFC 5952's form with its prefix (`2001:db8::/64`,
    /// `2001:db8::1/128`).
    package func write(to output: inout [UInt8]) {
        output.append(addingCapacity: Self.longestText) { write(to: &$0) }
    }

    /// Appends the same text to an output with room for `longestText` bytes.
    package func write(to output: inout OutputSpan<UInt8>) {
        if isIPv4 {
            writeIPv4(to: &output)
            if isAddress { return }
        } else {
            writeIPv6(to: &output)
        }
        output.append(UInt8(ascii: "/"))
        Self.write(decimal: UInt8(isIPv4 ? length - 96 : length), to: &output)
    }

    private func writeIPv4(to output: inout OutputSpan<UInt8>) {
        let address = UInt32(truncatingIfNeeded: low)
        output.append(atMost: 16) { bytes in
            var end = Self.writeOctet(address >> 24, at: bytes)
            end = Self.writeOctet(address >> 16 & 0xff, at: end)
            end = Self.writeOctet(address >> 8 & 0xff, at: end)
            end = Self.writeOctet(address & 0xff, at: end)
            // The last number has no dot after it.
            return end - bytes - 1
        }
    }

    /// Writes one number of an address and a dot, always as four bytes; returns where the next
    /// number goes.  Without branches, which random addresses would mispredict.
    @inline(__always)
    private static func writeOctet(
        _ octet: UInt32, at place: UnsafeMutablePointer<UInt8>
    ) -> UnsafeMutablePointer<UInt8> {
        // Divides by 100, exact below 256, and by 10, exact below 100.
        let hundreds = (octet &* 41) >> 12
        let rest = octet &- hundreds &* 100
        let tens = (rest &* 103) >> 10
        let ones = rest &- tens &* 10
        let zeros: UInt32 = (octet < 100 ? 1 : 0) &+ (octet < 10 ? 1 : 0)
        // The first character is in the lowest byte.
        let text = (0x2e30_3030 | hundreds | tens << 8 | ones << 16) >> (zeros &* 8)
        UnsafeMutableRawPointer(place).storeBytes(of: text.littleEndian, as: UInt32.self)
        return place + (4 &- Int(zeros))
    }

    private func writeIPv6(to output: inout OutputSpan<UInt8>) {
        let zeros = longestZeroRun
        var index = 0
        while index < 8 {
            if index == zeros.lowerBound, !zeros.isEmpty {
                output.append(UInt8(ascii: ":"))
                output.append(UInt8(ascii: ":"))
                index = zeros.upperBound
                continue
            }
            if index > 0, index != zeros.upperBound || zeros.isEmpty {
                output.append(UInt8(ascii: ":"))
            }
            Self.write(hexadecimal: group(index), to: &output)
            index += 1
        }
    }

    /// Group 0...7 of the address, from the left.
    private func group(_ index: Int) -> UInt16 {
        let half = index < 4 ? high : low
        return UInt16(truncatingIfNeeded: half >> UInt64(48 - 16 * (index % 4)))
    }

    /// The groups `::` stands for: the first of the longest runs of two zeros or more (RFC 5952,
    /// 4.2); empty where there is none.
    private var longestZeroRun: Range<Int> {
        var longest = 0..<0
        var start = 0
        for index in 0..<8 {
            if group(index) != 0 {
                start = index + 1
            } else if index + 1 - start > max(longest.count, 1) {
                longest = start..<index + 1
            }
        }
        return longest
    }

    @inline(__always)
    private static func write(decimal number: UInt8, to output: inout OutputSpan<UInt8>) {
        if number >= 100 { output.append(UInt8(ascii: "0") + number / 100) }
        if number >= 10 { output.append(UInt8(ascii: "0") + number / 10 % 10) }
        output.append(UInt8(ascii: "0") + number % 10)
    }

    private static func write(hexadecimal number: UInt16, to output: inout OutputSpan<UInt8>) {
        var shift = max(0, 15 - number.leadingZeroBitCount) / 4 * 4
        while shift >= 0 {
            let digit = UInt8(number >> UInt16(shift) & 0xf)
            output.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
            shift -= 4
        }
    }
}

extension Network: CustomStringConvertible {
    /// What `write` appends.
    package var description: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.longestText)
        write(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}
