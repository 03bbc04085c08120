// /proc/cpuinfo: how many physical cores there are, and how fast they run.  The file is long on a
// large machine (1.5 kB per processor) and slow to read, so it is read in pieces and rarely.

package import OpsCore

/// Collects the pieces of /proc/cpuinfo.
package struct ProcessorScan: Hashable, Sendable {
    /// The most cores that are counted.
    private static let coreLimit = 8_192

    private var processors = 0
    private var cores: Set<UInt64> = []
    private var socket: UInt64?
    private var megahertz = 0.0
    private var frequencies = 0

    /// Before the first piece.
    package init() {}

    /// Reads the whole lines of `bytes`; returns how many bytes those are: the next piece begins
    /// there.  0: `bytes` has no whole line, so the caller stops reading.
    package mutating func read(_ bytes: Span<UInt8>) -> Int {
        var lines = Lines()
        while var line = lines.next(bytes) {
            if line.consume("processor", bytes) {
                if line.value(bytes) { processors = min(processors + 1, Int.max - 1) }
                socket = nil
            } else if line.consume("cpu MHz", bytes) {
                guard line.value(bytes), let speed = line.decimal(bytes) else { continue }
                megahertz += speed
                frequencies += 1
            } else if line.consume("physical id", bytes) {
                socket = line.value(bytes) ? line.number(bytes) : nil
            } else if line.consume("core id", bytes) {
                guard line.value(bytes), let core = line.number(bytes), let socket else {
                    continue
                }
                guard cores.count < ProcessorScan.coreLimit else { continue }
                cores.insert(socket << 32 | (core & 0xffff_ffff))
            }
        }
        return lines.at
    }

    /// The result of all pieces.  `maxFrequency` is the text of `ProbePath.maxFrequency`, in kHz,
    /// empty where there is none.
    package func processor(maxFrequency: Span<UInt8>) -> Processor {
        var line = Fields(maxFrequency)
        return Processor(
            count: processors, physical: cores.isEmpty ? nil : cores.count,
            currentMegahertz: frequencies == 0 ? nil : megahertz / Double(frequencies),
            maxMegahertz: line.number(maxFrequency).map { Double($0) / 1_000 })
    }
}

extension Fields {
    /// Skips the tabs and the colon before a value; false when there is no colon.
    fileprivate mutating func value(_ bytes: Span<UInt8>) -> Bool {
        guard let colon = word(bytes) else { return false }
        return colon.count == 1 && bytes[colon.lowerBound] == 0x3a
    }
}
