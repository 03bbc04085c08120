// The machine the tests run on, for sanity: what is there is read, and makes sense.

import Glibc
import OpsCore
import Testing

@testable import OpsProbe

@Suite struct ThisMachineTests {
    private func contents(_ path: String) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: ProbeFile.bufferBytes)
        let count = read(descriptor, &bytes, bytes.count)
        return count < 0 ? nil : Array(bytes[..<count])
    }

    @Test func aSampleOfIt() throws {
        var builder = SampleBuilder()
        var taken: Set<ProbeFile> = []
        let now = Moment(boot: 1_000_000_000, wall: 0)
        for file in ProbeFile.allCases {
            guard let bytes = contents(file.path) else { continue }
            let isRead = builder.read(file, bytes.span, at: now)
            #expect(isRead, "\(file.path)")
            taken.insert(file)
        }
        try #require(taken.isSuperset(of: ProbeFile.allCases.filter(\.isRequired)))
        let sample = builder.sample(at: now)
        #expect((sample.memory?.totalBytes ?? 0) > 1_048_576)
        #expect(!sample.cores.isEmpty)
        #expect((sample.bootTimeSeconds ?? 0) > 1_000_000_000)
        #expect((sample.own.rssBytes ?? 0) > 1_048_576)
    }

    @Test func itsMountsProcessesAndProcessors() throws {
        let mounts = try #require(contents(ProbePath.mounts))
        let listed = MountTable.entries(mountinfo: mounts.span).map(\.mount)
        #expect(listed.contains { $0.mountpoint == "/" })
        var table = ProcessTable()
        table.begin(at: Moment(boot: 0, wall: 0), memoryTotalBytes: 1 << 40)
        let own = try #require(contents("/proc/self/stat"))
        table.add(pid: getpid(), stat: own.span)
        let scanned = table.finish()
        #expect((scanned.byMemory.first?.memoryBytes ?? 0) > 1_048_576)
        var scan = ProcessorScan()
        let processors = try #require(contents(ProbePath.processors))
        let used = scan.read(processors.span)
        #expect(used > 0)
        let found = parsed("") { scan.processor(maxFrequency: $0) }
        #expect(found.count > 0)
    }
}
