// A file with something done to it, and the verdict: is what recovery makes of it allowed?

import OpsStore
import OpsTestKit

/// Which states may come out when recovery starts.
enum Allowed {
    /// The recorded changes up to some number.
    case prefix
    /// Everything.
    case whole
    /// None: it must not start.
    case nothing
}

/// What is done to a file.
enum Harm {
    /// Only this many bytes are left.
    case cut(Int)
    /// This bit is the other way round; counted from the file's start.
    case flip(Int)

    func done(to bytes: [UInt8]) -> [UInt8] {
        switch self {
        case .cut(let count): return Array(bytes[..<count])
        case .flip(let bit):
            var changed = bytes
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            return changed
        }
    }
}

/// One file of a directory, to be harmed in many ways.
struct Trial {
    let name: String
    let file: String
    let directory: MemoryStateDirectory
    let allowed: Allowed
    /// What recovery hands over without harm, or, where the file is a snapshot, without it.
    private let expected: RecordingSink
    private(set) var started = 0
    private(set) var refused = 0
    private(set) var faults: [String] = []

    init(
        _ name: String, _ file: String, in directory: MemoryStateDirectory, _ allowed: Allowed
    ) {
        self.name = name
        self.file = file
        self.directory = directory
        self.allowed = allowed
        let isSnapshot = file == StateFiles.snapshot
        expected = (isSnapshot ? directory.filter { $0 != file } : directory).recover().1
    }

    var bytes: [UInt8] { directory.files[file] ?? [] }

    var words: String {
        "\(name): \(started) started, \(refused) refused, \(faults.count) wrong"
    }

    mutating func run(_ harm: Harm) { judge(harm.done(to: bytes), "\(harm)") }

    /// Recovers with `changed` in the place of the file.
    mutating func judge(_ changed: [UInt8], _ words: String) {
        let (step, sink) = directory.recover(replacing: file, with: changed)
        switch step {
        case .refused(let reasons):
            refused += 1
            for fault in reasons where !hasPlace(fault, changed) {
                faults.append("\(words): no place in \"\(fault)\"")
            }
            if reasons.isEmpty { faults.append("\(words): refused without a word") }
        case .done(let recovered):
            started += 1
            if !isAllowed(sink, recovered) {
                faults.append("\(words): starts at \(recovered.sequence) with a state of its own")
            }
        case .snapshot, .segment: faults.append("\(words): it did not end")
        }
    }

    private func hasPlace(_ fault: StoreFault, _ changed: [UInt8]) -> Bool {
        let size = fault.file == file ? changed.count : directory.files[fault.file]?.count ?? -1
        return Int(clamping: fault.offset) <= size && !fault.reason.isEmpty
    }

    private func isAllowed(_ sink: RecordingSink, _ recovered: RecoveryResult) -> Bool {
        switch allowed {
        case .nothing: false
        case .whole: sink == expected
        case .prefix:
            sink.items.count <= expected.items.count
                && UInt64(sink.items.count) == recovered.sequence
                && sink.items[...] == expected.items[..<sink.items.count]
        }
    }
}
