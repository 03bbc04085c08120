// Reads what a sample is made of: the files of `ProbeFile`, kept open, each with one pread a second
// into one buffer.  A file that cannot be opened or read is missing in the sample, nothing more.
// Nothing here can block: the prober does what a dead mount can hold up.

import OpsCore
import OpsLinux
import OpsProbe

/// The open files of the probe.
struct ProbeReader: ~Copyable {
    /// Descriptors cannot live in a dictionary, a box can.
    private final class OpenFile {
        let file: ProbeFile
        var reader: FileReader

        init?(_ file: ProbeFile) {
            guard
                let reader = try? FileReader(
                    path: file.path, limitBytes: ProbeFile.bufferBytes,
                    isOneRecord: file.isOneRecord, wholeBelow: file.wholeBelow)
            else { return nil }
            self.file = file
            self.reader = reader
        }
    }

    private let files: [OpenFile]
    private var own: OwnProcess
    private(set) var builder: SampleBuilder
    /// What this process last cost.
    private(set) var cost: ProcessUsage
    /// Required files that could not be opened: the sample has no health then.
    let missing: [String]
    /// When the scope was last read: nanoseconds of boot time.
    private var scopeReadAt: Int64
    /// `SampleBuilder.interfaceChanges` when it was last asked what the interfaces are.
    private var knownChanges: UInt64 = 0

    /// Opens what is there.
    init() throws(Errno) {
        var own = try OwnProcess()
        cost = try own.usage()
        self.own = own
        files = ProbeFile.allCases.filter { $0 != .ownMemory }.compactMap { OpenFile($0) }
        builder = SampleBuilder(pageBytes: UInt64(KernelUnits.pageBytes))
        let opened = Set(files.map(\.file))
        missing = ProbeFile.allCases.filter { $0.isRequired && !opened.contains($0) }.map(\.path)
        builder.processor = Self.processor()
        builder.scope = Self.scope()
        scopeReadAt = Clocks.bootNanoseconds()
    }

    /// Takes one sample.
    mutating func sample(at now: Moment) -> Sample {
        for open in files {
            _ = try? open.reader.read { bytes in
                _ = builder.read(open.file, bytes, at: now)
            }
        }
        if let cost = try? own.usage() { self.cost = cost }
        var sample = builder.sample(
            at: now, ownCPUSeconds: Double(cost.cpuMicroseconds) / 1_000_000)
        sample.own.rssBytes = UInt64(clamping: cost.residentBytes)
        return sample
    }

    /// What the prober found.
    mutating func adopt(mounts: [Mount]) { builder.mounts = mounts }

    /// Whether interfaces have come or gone since the last call.
    mutating func hasNewInterfaces() -> Bool {
        defer { knownChanges = builder.interfaceChanges }
        return builder.interfaceChanges != knownChanges
    }

    mutating func adopt(links: [String: Bool]) { builder.adopt(links: links) }

    mutating func adopt(processCount: Int) { builder.processCount = processCount }

    /// Reads the limits of the control group again; once a minute is enough.
    mutating func refreshScope() {
        let now = Clocks.bootNanoseconds()
        let seconds = Double(now - scopeReadAt) / 1_000_000_000
        builder.scope = Self.scope().measured(since: builder.scope, seconds: seconds)
        scopeReadAt = now
    }

    private static func scope() -> Scope {
        guard let own = try? FileReader.bytes(path: ProbePath.ownCgroup) else { return .host }
        var scan = ScopeScan(ownCgroup: own.span)
        for file in scan.files {
            guard let bytes = try? FileReader.bytes(path: file.path, limitBytes: 65_536) else {
                continue
            }
            scan.read(file, bytes.span)
        }
        return scan.scope
    }

    private static func processor() -> Processor {
        var scan = ProcessorScan()
        if let bytes = try? FileReader.bytes(path: ProbePath.processors, limitBytes: 4 << 20) {
            var from = 0
            while from < bytes.count {
                let read = scan.read(bytes.span.extracting(from..<bytes.count))
                if read == 0 { break }
                from += read
            }
        }
        let frequency = (try? FileReader.bytes(path: ProbePath.maxFrequency)) ?? []
        return scan.processor(maxFrequency: frequency.span)
    }
}
