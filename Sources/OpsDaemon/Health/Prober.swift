// The calls that a dead mount or a crowded /proc can hold up, on a thread of their own: statvfs(3),
// one mount at a time, and the walk over /proc.  A call that takes over two seconds is given up:
// its mount is stale until it answers, another thread does the jobs after it, and at most four
// threads are ever stuck.  What the interfaces are is asked here too: a host may have thousands.

@preconcurrency import Glibc
import OpsCore
import OpsLinux
import OpsProbe

/// What the prober thread is asked.
enum ProbeJob: Sendable {
    /// Read the mount table.
    case table(includeRemote: Bool)
    /// Measure the mount with this id, if the path still leads there.
    case space(mountpoint: String, mount: UInt64)
    case links
    case processes(at: Moment, memoryTotalBytes: UInt64)
    case hostNetworks
    /// Release memory: it takes some milliseconds, and nobody waits for it.
    case giveBack(SpareMemory)
}

/// Memory that can be released.
enum SpareMemory: Sendable {
    /// See `OwnProcess.releaseStartupCode`.
    case startupCode
    /// See `OwnProcess.trimHeap`.
    case heapHoles
}

/// What it found.
enum ProbeAnswer: Sendable {
    case table([MountEntry])
    case space(mountpoint: String, MountAnswer)
    /// Whether each interface is in the total, by name.
    case links([String: Bool])
    case processes(ProcessScan)
    case hostNetworks(HostNetworks)
    case gaveBack
    case nothing
}

/// The thread's own memory.
struct ProbeTools: ~Copyable {
    var table = ProcessTable(
        ticksPerSecond: UInt64(KernelUnits.ticksPerSecond),
        pageBytes: UInt64(KernelUnits.pageBytes))
    var hostNetworks = HostNetworksReader()
    /// The stat files of the processes; nil: not opened yet, or there is no /proc.
    private var stats: NumberedFiles?
    private var pids: [Int32] = []
    private var buffer = [UInt8](repeating: 0, count: 8_192)

    /// The most that is read of the interfaces: some 4,000.
    private static let linkBytes = 8 << 20

    mutating func perform(_ job: ProbeJob) -> ProbeAnswer {
        switch job {
        case .table(let includeRemote): return table(includeRemote: includeRemote)
        case .space(let mountpoint, let mount):
            return .space(mountpoint: mountpoint, Self.measure(mountpoint, mount))
        case .links:
            var links = LinkTable()
            do throws(Errno) {
                try RouteDump.read(.links, limitBytes: Self.linkBytes) { links.read(link: $0) }
            } catch {
                return .nothing
            }
            return .links(links.counted)
        case .processes(let now, let memory):
            return processes(at: now, memory)
        case .hostNetworks: return .hostNetworks(hostNetworks.read())
        case .giveBack(.startupCode):
            OwnProcess.releaseStartupCode()
            return .gaveBack
        case .giveBack(.heapHoles):
            OwnProcess.trimHeap()
            return .gaveBack
        }
    }

    private func table(includeRemote: Bool) -> ProbeAnswer {
        guard let bytes = try? FileReader.bytes(path: ProbePath.mounts, limitBytes: 4 << 20) else {
            return .nothing
        }
        var entries = MountTable.entries(
            mountinfo: bytes.span, kinds: includeRemote ? [.real, .remote] : [.real])
        for place in entries.indices where entries[place].isAutomount {
            guard let stat = try? FileReader.bytes(path: entries[place].statPath) else { continue }
            entries[place].activity = MountEntry.activity(diskStat: stat.span)
        }
        return .table(entries)
    }

    private static func measure(_ mountpoint: String, _ mount: UInt64) -> MountAnswer {
        do throws(Errno) {
            if let id = try MountID.of(path: mountpoint), id != mount { return .hidden }
            let usage = try FileSystemUsage(path: mountpoint)
            return .measured(
                MountSpace(
                    blockSize: 1, blocks: usage.totalBytes, free: usage.freeBytes,
                    available: usage.availableBytes),
                MountInodes(total: usage.inodes, free: usage.freeInodes))
        } catch {
            // It has been unmounted since the table was read.
            return error.code == ENOENT || error.code == ENOTDIR ? .hidden : .failed(error.text)
        }
    }

    private mutating func processes(at now: Moment, _ memory: UInt64) -> ProbeAnswer {
        do throws(Errno) {
            if stats == nil { stats = try NumberedFiles(in: ProbePath.processes, named: "stat") }
            try stats?.begin(&pids, limit: ProcessTable.processLimit)
        } catch {
            return .nothing
        }
        table.begin(at: now, memoryTotalBytes: memory)
        var lines: [UInt8] = []
        swap(&lines, &buffer)
        for pid in pids {
            guard let count = stats?.read(pid, into: &lines) else { continue }
            table.add(pid: pid, stat: lines.span.extracting(first: count))
        }
        swap(&lines, &buffer)
        stats?.end()
        return .processes(table.finish())
    }
}

/// Keeps the mounts and the process list up to date.
struct Prober: ~Copyable {
    /// A call that takes longer is given up: nanoseconds.
    static let patience: Int64 = 2_000_000_000
    static let stuckThreads = 4

    private let worker: Worker<ProbeJob, ProbeAnswer>
    private let answers: Mailbox<ProbeAnswer>
    private var known = KnownMounts()
    private var links: [String: Bool]?
    private(set) var processes: ProcessScan?
    /// Mount points whose call has not come back.
    private var asked: Set<String> = []
    private(set) var hostNetworks: HostNetworks?
    private var isScanning = false
    private var includeRemote: Bool

    /// - Parameter perform: what the thread does with a job; tests pass one that hangs.
    init(
        includeRemote: Bool, excluding patterns: [String] = [],
        perform: @escaping @Sendable (inout ProbeTools, ProbeJob) -> ProbeAnswer = {
            $0.perform($1)
        }
    ) throws(Errno) {
        let answers = try Mailbox<ProbeAnswer>(capacity: 256)
        let worker = try Worker(
            name: "opsd-probe", queueLimitJobs: 160, abandonedLimit: Self.stuckThreads,
            answers: answers, makeState: { ProbeTools() }, work: perform)
        self.answers = answers
        self.worker = worker
        self.includeRemote = includeRemote
        known.exclude(patterns)
    }

    /// Readable while there are answers.
    var descriptorNumber: Int32 { answers.descriptorNumber }

    /// Threads that a call holds.
    var stuck: Int { worker.abandonedThreads }

    /// The mounts as the last rounds left them.
    var mounts: [Mount] { known.mounts }

    /// New settings: what they leave out is gone at once.
    mutating func adopt(includeRemote: Bool, excluding patterns: [String]) {
        self.includeRemote = includeRemote
        known.exclude(patterns)
    }

    /// Asks for the mount table, and after its answer for each mount's space.  While dead mounts
    /// fill the queue, this and all other jobs are lost until the next round.
    func askMounts() { _ = worker.submit(.table(includeRemote: includeRemote)) }

    /// Asks what the interfaces are.
    func askLinks() { _ = worker.submit(.links) }

    /// Whether each interface is in the total, by name; nil: no answer since the last call.
    mutating func takeLinks() -> [String: Bool]? {
        defer { links = nil }
        return links
    }

    /// Asks for the addresses that must not be banned.
    func askHostNetworks() { _ = worker.submit(.hostNetworks) }

    /// Has memory released.
    func giveBack(_ memory: SpareMemory) { _ = worker.submit(.giveBack(memory)) }

    /// Asks for the top lists, unless the last scan is still under way.
    mutating func askProcesses(at now: Moment, memoryTotalBytes: UInt64) {
        if isScanning { return }
        let job = ProbeJob.processes(at: now, memoryTotalBytes: memoryTotalBytes)
        isScanning = worker.submit(job) == .accepted
    }

    /// Abandons a call that takes too long; true when a mount became stale.
    mutating func giveUpStuck(at boot: Int64) -> Bool {
        guard let since = worker.runningSinceBootNanoseconds, boot - since > Self.patience else {
            return false
        }
        let job = worker.runningJob
        let isGivenUp = worker.abandon()
        if case .processes? = job { isScanning = !isGivenUp }
        var hanging: String?
        if case .space(let mountpoint, _)? = job { hanging = mountpoint }
        // Only the mount that hangs is stale; with no thread left to go on, all that wait are.
        let asked = asked
        return known.stall { mountpoint in
            asked.contains(mountpoint) && (!isGivenUp || mountpoint == hanging)
        }
    }

    /// Takes the answers; what changed is in `mounts` and `processes`.
    mutating func collect() {
        for answer in answers.drain() {
            switch answer {
            case .table(let found): adopt(found)
            case .space(let mountpoint, let answer):
                asked.remove(mountpoint)
                known.take(answer, of: mountpoint)
            case .links(let found): links = found
            case .processes(let scan):
                isScanning = false
                processes = scan
            case .hostNetworks(let found): hostNetworks = found
            case .gaveBack: break
            case .nothing: isScanning = false
            }
        }
    }

    private mutating func adopt(_ found: [MountEntry]) {
        for entry in known.adopt(found) where !asked.contains(entry.mount.mountpoint) {
            let place = entry.mount.mountpoint
            if worker.submit(.space(mountpoint: place, mount: entry.id)) == .accepted {
                asked.insert(place)
            }
        }
    }
}
