// `opswatch --test FILTER FILE`: which lines of a file a filter takes, and which not; or whether it
// takes what annotations say.

import OpsCore
import OpsDetect
import OpsGzip
import OpsLinux

/// Holds a filter against a file.
enum FilterTest {
    /// Bytes of the largest file that is read.
    private static let limitBytes = 1 << 30

    static func run(
        filter word: String, file: String, _ options: WatchOptions
    ) throws(WatchFault) -> Int32 {
        if options.isAnnotated { return try annotated(word, file, options) }
        let choice = try FilterChoice(word, options, journal: options.isJournal)
        var report = LineReport(
            choice, try FormRun.all(choice, options, zone: try zone(options)), options)
        report.read(try contents(file))
        return report.finish()
    }

    /// The zone of the command line.
    static func zone(_ options: WatchOptions) throws(WatchFault) -> LogZone? {
        guard let text = options.zone else { return nil }
        do throws(DateFault) { return try LogZone(logTimeZone: text) } catch {
            throw WatchFault(status: 2, message: "--zone: \(error.message)")
        }
    }

    /// The zone that fail2ban's samples are written in.
    private static func samplesZone() -> LogZone {
        (try? LogZone(rule: AnnotatedSamples.zoneRule)) ?? .utc
    }

    private static func contents(_ file: String) throws(WatchFault) -> [UInt8] {
        do throws(Errno) {
            guard !file.hasSuffix(".gz") else { return try unpacked(file) }
            return try FileReader.bytes(
                path: file == "-" ? "/dev/stdin" : file, limitBytes: limitBytes)
        } catch {
            throw WatchFault(status: 1, message: "\(file): \(error.text)")
        }
    }

    private static func unpacked(_ file: String) throws(Errno) -> [UInt8] {
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 256 << 10)
        do throws(GzipFault) {
            let reader = try GzipReader(path: file)
            while bytes.count < limitBytes {
                let count = try reader.read(into: &piece, at: 0)
                if count == 0 { break }
                bytes.append(contentsOf: piece[..<count])
            }
        } catch {
            if case .failed(let fault) = error { throw fault }
            Say.warning("\(file): \(error); what came before is used")
        }
        return bytes
    }

    /// Holds a file of annotated samples against the filter; the last line is their count as JSON.
    private static func annotated(
        _ word: String, _ file: String, _ options: WatchOptions
    ) throws(WatchFault) -> Int32 {
        let path = options.fail2ban ?? "/etc/fail2ban"
        let directory = Fail2banDirectory(
            path: path, read: WatchStart.bytes(of:), list: WatchStart.names(in:))
        let zone = try zone(options) ?? samplesZone()
        let name = String(word.prefix { $0 != "[" })
        var samples = AnnotatedSamples(name: name, zone: zone) {
            (overrides: [String: String]) throws(FilterFault) in
            do throws(Fail2banFault) {
                return try directory.filter(word, overrides: overrides)
            } catch {
                throw FilterFault(filter: word, place: "\(path)/filter.d", reason: "\(error)")
            }
        }
        let folder = PathText.split(file).directory
        let report = samples.check(file) { name in
            WatchStart.bytes(of: name.contains("/") ? name : PathText.join(folder, name))
        }
        for wrong in report.wrong { Say.error("\(wrong)") }
        _ = WatchCommand.print(
            "\(report.annotated) annotated lines (\(report.named) with the name of a host),"
                + " \(report.others) others, \(report.wrongLines) wrong\n")
        if options.isJSON { _ = WatchCommand.print(report.json + "\n") }
        return report.wrong.isEmpty && report.annotated > 0 ? 0 : 1
    }
}

extension LineClock {
    /// The clocks of this thread.
    static var host: LineClock {
        LineClock(monotonic: Clocks.bootNanoseconds, threadCPU: Clocks.threadCPUNanoseconds)
    }
}
