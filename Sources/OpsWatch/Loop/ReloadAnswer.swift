// How `opswatch --reload` learns what became of its signal: the running opswatch writes a file in
// the state directory for whoever sent SIGHUP, and says there whether the new configuration counts.
// A signal has no answer of its own, and opsd, which both could ask, may be away.

@preconcurrency import Glibc
import OpsLinux

/// The outcome of a reload, for the process that asked for it.
struct ReloadAnswer: Hashable, Sendable {
    static let name = "reload"
    private static let header = "opswatch reload 1"
    private static let limitBytes = 64 << 10
    /// How long `--reload` waits: a plan with many rules is made within a second.
    static let patienceMilliseconds = 30_000
    private static let pauseMicroseconds: UInt32 = 20_000

    /// The sender of the signal.
    var pid: Int32
    /// Why the old configuration stays, a line for each fault; nil: the new one counts.
    var refusal: String?

    /// What the file holds.
    var text: String {
        "\(Self.header)\npid \(pid)\n" + (refusal.map { "refused\n\($0)" } ?? "done") + "\n"
    }

    /// nil: it is not an answer.
    init?(parsing text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: true)
        guard lines.count >= 3, lines[0] == Self.header, lines[1].hasPrefix("pid "),
            let pid = Int32(lines[1].dropFirst(4))
        else { return nil }
        switch lines[2] {
        case "done": self.init(pid: pid, refusal: nil)
        case "refused": self.init(pid: pid, refusal: lines[3...].joined(separator: "\n"))
        default: return nil
        }
    }

    init(pid: Int32, refusal: String?) {
        self.pid = pid
        self.refusal = refusal
    }

    /// Gives the answer; whoever waits for one that cannot be written learns that there is none.
    func give(in path: String) {
        do throws(Errno) { try write(in: path) } catch {
            Say.warning("\(path)/\(Self.name): \(error)")
        }
    }

    /// Replaces the file in the state directory at `path`.
    func write(in path: String) throws(Errno) {
        var file = try AtomicFile(replacing: Self.name, in: Directory(path: path))
        try file.write(Array(text.utf8.prefix(Self.limitBytes)).span.bytes)
        try file.commit()
    }

    /// What is there; nil: nothing, or no answer.
    static func read(in path: String) -> ReloadAnswer? {
        guard let file = try? Directory(path: path).open(name, [.read, .nonBlocking]) else {
            return nil
        }
        var bytes = [UInt8](repeating: 0, count: limitBytes)
        guard let count = try? file.read(into: &bytes, from: 0) else { return nil }
        return ReloadAnswer(parsing: String(decoding: bytes[..<count], as: UTF8.self))
    }

    /// Signals the running opswatch and waits for its answer.
    static func ask(process: Int32, in path: String) throws(WatchFault) {
        if read(in: path)?.pid == getpid() {
            // Of an earlier process with this number.
            try? Directory(path: path).remove(name)
        }
        do throws(Errno) { try OwnProcess.send(.hangUp, to: process) } catch {
            throw WatchFault(status: 1, message: "process \(process): \(error)")
        }
        let end = Clocks.bootNanoseconds() + Int64(patienceMilliseconds) * 1_000_000
        while Clocks.bootNanoseconds() < end {
            if let answer = read(in: path), answer.pid == getpid() {
                guard let refusal = answer.refusal else { return }
                throw WatchFault(
                    status: 2, message: "not reloaded, the old configuration stays:\n\(refusal)")
            }
            usleep(pauseMicroseconds)
        }
        throw WatchFault(
            status: 1,
            message: "process \(process) did not say within \(patienceMilliseconds / 1_000) s in "
                + "\(path)/\(name) whether it has reloaded")
    }
}
