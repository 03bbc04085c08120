// Standard input as lines, read as they come, each with its number.

import OpsLinux
import OpsProtocol

struct LineInput: ~Copyable {
    /// Far longer than any address; a longer line is not from a list of addresses.
    static let lineLimitBytes = 4_096

    private var framer = LineFramer(limitBytes: LineInput.lineLimitBytes)
    private var buffer = [UInt8](repeating: 0, count: 16_384)
    private var hasEnded = false
    private(set) var number = 0

    /// The next line without its line feed; nil after the last.
    mutating func next() throws(ClientFault) -> String? {
        while true {
            var line: [UInt8]?
            switch framer.next({ line = $0.withUnsafeBufferPointer { Array($0) } }) {
            case .line:
                number += 1
                return line.map { String(decoding: $0, as: UTF8.self) }
            case .tooLong:
                throw ClientFault(
                    .usage, "line \(number + 1): longer than \(Self.lineLimitBytes) bytes",
                    hint: "a list has one address per line")
            case nil:
                if hasEnded { return nil }
                try fill()
            }
        }
    }

    private mutating func fill() throws(ClientFault) {
        do throws(Errno) {
            let count = try StandardStream.input.read(into: &buffer)
            let received = buffer
            framer.feed(received.span.extracting(first: count))
            if count > 0 { return }
            hasEnded = true
            // The last line may have no line feed.
            if framer.isPartial { framer.feed([UInt8(ascii: "\n")].span) }
        } catch {
            throw ClientFault(.usage, "cannot read standard input: \(error.text)")
        }
    }
}
