// /proc/diskstats: whole disks that have done any I/O.
//   1. A partition follows its disk and is named after it.  The disk's figures include its I/O, so
//      it is left out.
//   2. loop and ram devices are files and memory, and are left out.
//   3. A device made of other devices (device mapper, RAID, ZFS volumes) is listed, but not in the
//      total.
//   4. Each path to an NVMe disk with several (`nvme0c1n1`) is a device beside the disk itself
//      (`nvme0n1`).  Where the kernel counts I/O for the disk, the paths are not in the total; some
//      kernels count for the paths alone.

import OpsCore

extension DeviceTable<DiskCounters> {
    static func disks() -> DeviceTable<DiskCounters> {
        DeviceTable { name, listed in
            if stacked.contains(where: { name.utf8.starts(with: $0.utf8) }) { return false }
            guard let disk = diskOfPath(name) else { return true }
            return !listed.contains { $0.name == disk }
        }
    }

    /// Reads the content of the file as of `boot` nanoseconds.  Malformed lines are skipped.
    mutating func read(disks bytes: Span<UInt8>, boot: Int64) {
        begin(boot: boot)
        var lines = Lines()
        var disk = 0..<0
        while var line = lines.next(bytes) {
            guard line.skip(2, bytes), let name = line.word(bytes) else { continue }
            if bytes.isPartition(name, of: disk) { continue }
            disk = name
            guard let counters = DiskCounters(&line, bytes), counters.reads | counters.writes > 0,
                !bytes.begins(name, "loop"), !bytes.begins(name, "ram")
            else { continue }
            add(name, bytes, counters)
        }
        end()
    }
}

private let stacked = ["dm-", "md", "zram", "bcache", "drbd", "zd"]

/// `nvme0n1` for `nvme0c1n1`; nil for what is no path.
private func diskOfPath(_ name: String) -> String? {
    var rest = name.utf8[...]
    func digits() -> String? {
        let run = rest.prefix { $0 &- 0x30 < 10 }
        rest = rest[run.endIndex...]
        return run.isEmpty ? nil : String(run)
    }
    guard rest.starts(with: "nvme".utf8) else { return nil }
    rest = rest.dropFirst(4)
    guard let subsystem = digits(), rest.popFirst() == UInt8(ascii: "c"), digits() != nil,
        rest.popFirst() == UInt8(ascii: "n"), let number = digits(), rest.isEmpty
    else { return nil }
    return "nvme\(subsystem)n\(number)"
}

extension DiskCounters {
    private static let sectorBytes: UInt64 = 512

    /// The figures after the name: reads, merged, sectors, ms, writes, merged, sectors, ms, in
    /// flight, busy ms.
    fileprivate init?(_ line: inout Fields, _ bytes: Span<UInt8>) {
        guard let reads = line.number(bytes), line.skip(1, bytes),
            let sectorsRead = line.number(bytes), line.skip(1, bytes),
            let writes = line.number(bytes), line.skip(1, bytes),
            let sectorsWritten = line.number(bytes), line.skip(2, bytes),
            let busy = line.number(bytes)
        else { return nil }
        self.init()
        self.reads = reads
        readBytes = sectorsRead &* DiskCounters.sectorBytes
        self.writes = writes
        writtenBytes = sectorsWritten &* DiskCounters.sectorBytes
        busyMilliseconds = busy
    }
}

extension Span<UInt8> {
    fileprivate func begins(_ name: Range<Int>, _ text: StaticString) -> Bool {
        var fields = Fields(at: name.lowerBound, end: name.upperBound)
        return fields.consume(text, self)
    }

    /// Whether `name` is a partition of `disk`: the disk's name, a `p` if that ends in a digit, and
    /// digits (`sda1` of `sda`, `nvme0n1p2` of `nvme0n1`).
    fileprivate func isPartition(_ name: Range<Int>, of disk: Range<Int>) -> Bool {
        guard !disk.isEmpty, name.count > disk.count else { return false }
        for place in 0..<disk.count
        where self[name.lowerBound + place] != self[disk.lowerBound + place] { return false }
        var rest = name.lowerBound + disk.count
        if self[disk.upperBound - 1] &- 0x30 < 10 {
            guard self[rest] == 0x70 else { return false }
            rest += 1
        }
        guard rest < name.upperBound else { return false }
        for at in rest..<name.upperBound where self[at] &- 0x30 > 9 { return false }
        return true
    }
}
