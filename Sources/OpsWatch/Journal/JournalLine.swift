// One entry of the journal as a line of a log: `host program[pid]: message`, without a date, as
// fail2ban's filters expect it.  The buffers are kept from entry to entry, and bounded: what a
// stranger logs does not grow them.
//
// A line feed in a field becomes `\n` (two characters), so an entry is always one line, and nobody
// can make a second line out of one.

@preconcurrency import Glibc
import OpsDetect

/// An entry of the journal.
package struct JournalLine {
    /// Bytes of a message that is taken whole, as JSON has to be; of a longer one the head and the
    /// tail are kept.
    package static let messageLimitBytes = 64 << 10
    /// Bytes of a name, of which the rest is cut.
    static let nameLimitBytes = 256

    /// The whole line: what patterns are matched against, and scanned for their literals, which may
    /// reach over the program's name.
    package private(set) var bytes: [UInt8] = []
    /// Where the message begins in it: what the program wrote, such as JSON, up to the end.
    package private(set) var messageStart = 0
    /// When it was logged: milliseconds since 1970.
    package private(set) var time: Int64 = 0
    /// Its number (`JournalPosition`), 16 of whose places are its strikes'.
    package var number: UInt64 = 0
    /// Its priority, 0 (emergency) to 7 (debug), if it has one.
    package private(set) var priority: UInt8?
    /// The unit that logged it (`_SYSTEMD_UNIT`); empty if none did.
    package private(set) var unit: [UInt8] = []
    /// The numbers of the sources that it fits.
    package var sources: [Int] = []
    /// Whether a part of the message was left out.
    package private(set) var isCut = false
    /// The line goes on in the next entry with its key.
    private(set) var isPart = false
    /// Who wrote it: a process to an output, or a container.
    private(set) var key: UInt64 = 0

    private var output: [UInt8] = []
    private var container: [UInt8] = []

    private var host: [UInt8] = []
    private var program: [UInt8] = []
    private var command: [UInt8] = []
    private var loggedProcess: [UInt8] = []
    private var process: [UInt8] = []
    private var message: [UInt8] = []
    private var hasMessage = false
    private var sourceTime: UInt64?
    private var sourceUptime: UInt64?

    /// No entry yet.
    init() {
        message.reserveCapacity(LongLine.limitBytes)
        bytes.reserveCapacity(LongLine.limitBytes + 4 * Self.nameLimitBytes)
    }

    /// Another entry begins.
    mutating func begin() {
        host.removeAll(keepingCapacity: true)
        program.removeAll(keepingCapacity: true)
        command.removeAll(keepingCapacity: true)
        loggedProcess.removeAll(keepingCapacity: true)
        process.removeAll(keepingCapacity: true)
        message.removeAll(keepingCapacity: true)
        unit.removeAll(keepingCapacity: true)
        sources.removeAll(keepingCapacity: true)
        output.removeAll(keepingCapacity: true)
        container.removeAll(keepingCapacity: true)
        hasMessage = false
        isCut = false
        isPart = false
        sourceTime = nil
        sourceUptime = nil
        priority = nil
    }

    /// Takes what it needs of a field, `NAME=value`, whose `=` is at `nameLength`.
    mutating func take(_ field: Span<UInt8>, nameLength: Int) {
        let value = field.extracting(droppingFirst: nameLength + 1)
        // The length decides nearly always; the name is compared once.
        switch nameLength {
        case 7 where Self.isNamed(field, "MESSAGE"): takeMessage(value)
        case 17 where Self.isNamed(field, "SYSLOG_IDENTIFIER"): Self.takeName(value, &program)
        case 5 where Self.isNamed(field, "_COMM"): Self.takeName(value, &command)
        case 10 where Self.isNamed(field, "SYSLOG_PID"): Self.takeName(value, &loggedProcess)
        case 10 where Self.isNamed(field, "_STREAM_ID"): Self.takeName(value, &output)
        case 11 where Self.isNamed(field, "_LINE_BREAK"):
            // Others, such as `eof`, end the line.
            if Self.isEqual(value, "line-max") { isPart = true }
        case 17 where Self.isNamed(field, "CONTAINER_ID_FULL"): Self.takeName(value, &container)
        case 25 where Self.isNamed(field, "CONTAINER_PARTIAL_MESSAGE"):
            if Self.isEqual(value, "true") { isPart = true }
        case 4 where Self.isNamed(field, "_PID"): Self.takeName(value, &process)
        case 9 where Self.isNamed(field, "_HOSTNAME"): Self.takeName(value, &host)
        case 13 where Self.isNamed(field, "_SYSTEMD_UNIT"): Self.takeName(value, &unit)
        case 8 where Self.isNamed(field, "PRIORITY"):
            if let number = Self.number(value), number < 8 { priority = UInt8(number) }
        case 26 where Self.isNamed(field, "_SOURCE_REALTIME_TIMESTAMP"):
            sourceTime = Self.number(value)
        case 27 where Self.isNamed(field, "_SOURCE_MONOTONIC_TIMESTAMP"):
            sourceUptime = Self.number(value)
        default: break
        }
    }

    /// The entry is complete: received at `realtime`, `uptime` after the boot (microseconds).
    mutating func finish(realtime: UInt64, uptime: UInt64) {
        // What is received was logged before; a later time than that is none.
        let microseconds = min(sourceTime ?? realtime, realtime)
        time = Int64(clamping: microseconds / 1_000)
        bytes.removeAll(keepingCapacity: true)
        Self.append(host, to: &bytes)
        if !bytes.isEmpty { bytes.append(UInt8(ascii: " ")) }
        let name = program.isEmpty ? command : program
        if !name.isEmpty {
            let isKernel = name.elementsEqual("kernel".utf8)
            let number = loggedProcess.isEmpty ? process : loggedProcess
            Self.append(name, to: &bytes)
            if !number.isEmpty {
                bytes.append(UInt8(ascii: "["))
                Self.append(number, to: &bytes)
                bytes.append(UInt8(ascii: "]"))
            }
            bytes.append(contentsOf: ": ".utf8)
            if isKernel && number.isEmpty { appendUptime(sourceUptime ?? uptime) }
        }
        messageStart = bytes.count
        Self.append(message, to: &bytes)
        findKey()
    }

    /// Two processes may write to one output; one container has two.
    private mutating func findKey() {
        if output.isEmpty, container.isEmpty {
            key = 0
            isPart = false
            return
        }
        var bytes = output.isEmpty ? container : output
        if output.isEmpty { bytes.append(priority ?? 8) } else { bytes += process }
        key = Fingerprint.of(bytes.span, bytes.indices).hash
    }

    /// Sets what earlier entries had of the line before its message.
    mutating func join(after text: [UInt8]) {
        bytes.insert(contentsOf: text, at: messageStart)
        guard bytes.count - messageStart > JSONLine.limitBytes else { return }
        bytes.removeSubrange(
            LongLine.shorten(&bytes, from: messageStart, to: bytes.count)...)
        isCut = true
    }

    // MARK: Fields

    private mutating func takeMessage(_ value: Span<UInt8>) {
        // Several messages in one entry are one, as fail2ban takes them.
        if hasMessage && message.count < Self.messageLimitBytes {
            message.append(UInt8(ascii: " "))
        }
        hasMessage = true
        let room = max(Self.messageLimitBytes - message.count, 0)
        var lineFeeds = 0
        for index in 0..<min(value.count, room) where value[index] == 0x0a { lineFeeds += 1 }
        if value.count + lineFeeds <= room {
            Self.escape(value, to: &message)
            return
        }
        isCut = true
        // A line feed takes two bytes, so half of the tail's room is left for its text.
        let tail = min(LongLine.tailBytes, value.count, room / 4)
        let head = max(room - 2 * tail - 1 - LongLine.mark.count, 0)
        var index = 0
        while index < value.count - tail, message.count < Self.messageLimitBytes - room + head {
            Self.escape(value.extracting(index..<index + 1), to: &message)
            index += 1
        }
        if head > 0 { message += LongLine.mark }
        Self.escape(value.extracting(value.count - tail..<value.count), to: &message)
    }

    private static func takeName(_ value: Span<UInt8>, _ name: inout [UInt8]) {
        guard name.isEmpty else { return }
        escape(value.extracting(first: min(value.count, nameLimitBytes)), to: &name)
    }

    private static func escape(_ value: Span<UInt8>, to output: inout [UInt8]) {
        for index in value.indices {
            if value[index] == 0x0a {
                output.append(contentsOf: "\\n".utf8)
            } else {
                output.append(value[index])
            }
        }
    }

    private static func append(_ value: [UInt8], to output: inout [UInt8]) {
        output.append(contentsOf: value)
    }

    /// `[   12.345678] `, as the kernel's own log shows it.
    private mutating func appendUptime(_ microseconds: UInt64) {
        let seconds = String(microseconds / 1_000_000)
        let rest = String(microseconds % 1_000_000)
        bytes.append(UInt8(ascii: "["))
        for _ in 0..<max(0, 5 - seconds.utf8.count) { bytes.append(UInt8(ascii: " ")) }
        bytes.append(contentsOf: seconds.utf8)
        bytes.append(UInt8(ascii: "."))
        for _ in 0..<max(0, 6 - rest.utf8.count) { bytes.append(UInt8(ascii: "0")) }
        bytes.append(contentsOf: rest.utf8)
        bytes.append(contentsOf: "] ".utf8)
    }

    private static func isNamed(_ field: Span<UInt8>, _ name: StaticString) -> Bool {
        guard field.count > name.utf8CodeUnitCount else { return false }
        for index in 0..<name.utf8CodeUnitCount where field[index] != name.utf8Start[index] {
            return false
        }
        return true
    }

    private static func isEqual(_ value: Span<UInt8>, _ text: StaticString) -> Bool {
        guard value.count == text.utf8CodeUnitCount else { return false }
        for index in value.indices where value[index] != text.utf8Start[index] { return false }
        return true
    }

    /// A decimal number of at most 18 digits.
    static func number(_ digits: Span<UInt8>) -> UInt64? {
        guard (1...18).contains(digits.count) else { return nil }
        var number: UInt64 = 0
        for index in digits.indices {
            let digit = digits[index] &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            number = number &* 10 &+ UInt64(digit)
        }
        return number
    }
}
