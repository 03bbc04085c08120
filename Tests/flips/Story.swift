// What a recovery tells, in order, as a value: two recoveries that tell the same story end in the
// same state.  `Shelf` is a state directory in memory.

import OpsCore
import OpsLinux
import OpsStore

/// One thing that recovery hands over.
enum Page: Hashable {
    case header(SnapshotHeader)
    case ban(Ban)
    case strikes([Strike])
    case offense(Offense)
    case event(Event)
    case entry(DomainEntry)
    case change(UInt64, Change, Stamp)
}

/// A sink that keeps the story.
struct Story: RecoverySink {
    private(set) var pages: [Page] = []
    private var texts = NumberedTexts()

    mutating func reset() { pages.removeAll(keepingCapacity: true) }
    mutating func load(_ header: SnapshotHeader) { pages.append(.header(header)) }
    mutating func load(_ ban: Ban) { pages.append(.ban(ban)) }
    mutating func number(ofReason text: String) -> UInt32 { UInt32(texts.number(of: text)) }
    mutating func number(ofSource text: String) -> UInt16 { UInt16(texts.number(of: text)) }
    mutating func load(_ entry: BanEntry) { load(texts.ban(entry)) }
    mutating func loaded() {}
    mutating func load(_ strikes: [Strike]) { pages.append(.strikes(strikes)) }
    mutating func load(_ offense: Offense) { pages.append(.offense(offense)) }
    mutating func load(_ event: Event) { pages.append(.event(event)) }
    mutating func load(_ entry: DomainEntry) { pages.append(.entry(entry)) }
    mutating func apply(_ sequence: UInt64, _ change: Change, _ stamp: Stamp) {
        pages.append(.change(sequence, change, stamp))
    }
}

/// The files of a state directory, by their paths in it.
struct Shelf {
    /// Zeros that are kept behind the content of a segment: reserved room, as it is on disk.
    private static let reserveBytes = 512
    var files: [String: [UInt8]] = [:]

    init() {}

    /// Reads a directory as a killed daemon left it.
    init(reading path: String) throws {
        let names = try Directory(path: path).names().filter { $0.hasPrefix("snapshot.") }
        let logs = try Directory(path: path + "/" + StateFiles.logDirectory).names()
        for name in names + logs.map({ StateFiles.logDirectory + "/" + $0 }) {
            var bytes = try FileReader.bytes(path: path + "/" + name, limitBytes: 64 << 20)
            let size = bytes.count
            while bytes.last == 0 { bytes.removeLast() }
            let reserve = min(size - bytes.count, Self.reserveBytes)
            files[name] = bytes + [UInt8](repeating: 0, count: reserve)
        }
    }

    /// Only what `isWanted` says.
    func filter(_ isWanted: (String) -> Bool) -> Shelf {
        var shelf = Shelf()
        shelf.files = files.filter { isWanted($0.key) }
        return shelf
    }

    private var listing: StateFiles {
        var state: [FileEntry] = []
        var log: [FileEntry] = []
        for (path, bytes) in files {
            let parts = path.split(separator: "/")
            let entry = FileEntry(name: String(parts[parts.count - 1]), bytes: UInt64(bytes.count))
            if parts.count > 1 { log.append(entry) } else { state.append(entry) }
        }
        return StateFiles(state: state, log: log)
    }

    /// Recovers, with `changed` in the place of the file `name`.
    func recover(_ name: String = "", _ changed: [UInt8] = []) -> (Recovery.Step, Story) {
        var story = Story()
        var recovery = Recovery(listing)
        while true {
            switch recovery.step {
            case .snapshot(let file):
                let bytes = file == name ? changed : files[file] ?? []
                recovery.snapshotPiece(bytes.span, into: &story)
                recovery.snapshotEnd(into: &story)
            case .segment(let file):
                let bytes = file.path == name ? changed : files[file.path] ?? []
                recovery.segment(bytes.span, into: &story)
            case .done, .refused: return (recovery.step, story)
            }
        }
    }
}
