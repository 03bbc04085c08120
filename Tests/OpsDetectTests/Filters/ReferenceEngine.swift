// fail2ban's own engine, run as it is installed, for comparison.

@preconcurrency import Glibc
import OpsCore
import OpsTestKit
import Testing

/// A failure that an engine found: where, whose, and when, in seconds since 1970.
struct EngineFinding: Hashable, Comparable, CustomStringConvertible {
    let line: Int
    /// As it stands in the line.
    let identity: String
    /// The address that it is; nil: it is none.
    let address: Network?
    /// -1: there is no date.
    let time: Int64

    var description: String { "line \(line): \(identity) at \(time)" }

    static func < (one: EngineFinding, other: EngineFinding) -> Bool {
        (one.line, one.identity) < (other.line, other.identity)
    }
}

/// Runs filters of the installed fail2ban over lines.
enum ReferenceEngine {
    /// What each filter finds in all of the lines, in their order, when the time is `now` (seconds
    /// since 1970).  A filter is named with its options, as `sshd[mode=ddos]`.
    static func findings(
        _ filters: [String], in lines: [[UInt8]], now: Int64
    ) throws -> [String: [EngineFinding]] {
        let scratch = try ScratchDirectory()
        let script = try scratch.write(Array(program.utf8), to: "engine.py")
        let names = try scratch.write(
            Array(filters.map { $0 + "\n" }.joined().utf8), to: "filters")
        let text = try scratch.write(Array(lines.joined(separator: [0x0A])) + [0x0A], to: "lines")
        let output = scratch.path(of: "findings")
        let status = run([
            "/usr/bin/python3", "-B", script, Fail2banPackage.modules, "\(now)", names,
            text, output,
        ])
        try #require(status == 0, "fail2ban's engine failed")
        var all: [String: [EngineFinding]] = [:]
        for filter in filters { all[filter] = [] }
        let answer = String(decoding: try scratch.bytes("findings"), as: UTF8.self)
        for row in answer.split(separator: "\n") {
            let words = row.split(separator: "\t", omittingEmptySubsequences: false)
            try #require(words.count == 4)
            let identity = String(words[2])
            all[String(words[0])]?.append(
                EngineFinding(
                    line: try #require(Int(words[1])), identity: identity,
                    address: Network(parsing: identity), time: try #require(Int64(words[3]))))
        }
        return all
    }

    private static func run(_ words: [String]) -> Int32 {
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
        arguments.append(nil)
        defer { for argument in arguments { free(argument) } }
        var child: pid_t = 0
        guard posix_spawn(&child, words[0], nil, nil, arguments, environ) == 0 else { return -1 }
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0 && errno == EINTR {}
        return status
    }

    /// Writes a row for each failure: filter, number of the line, identity and time.
    private static let program = #"""
        import logging, os, sys, time
        modules, now, filters, lines, output = sys.argv[1:]
        os.environ["TZ"] = "CET-01CEST-02,M3.5.0,M10.5.0"
        time.tzset()
        sys.path.insert(0, modules)
        from fail2ban.server.mytime import MyTime
        MyTime.setAlternateNow(int(now))
        MyTime.setTime(int(now))
        from fail2ban.client.filterreader import FilterReader
        from fail2ban.helpers import extractOptions
        from fail2ban.server.filter import Filter
        from fail2ban.server import datedetector
        logging.disable(logging.CRITICAL)
        dates = list(datedetector.DateDetectorCache.DEFAULT_TEMPLATES)

        def make(spec):
            # What date formats one filter has learned is not for the next: they share templates.
            datedetector.DD_patternCache.clear()
            datedetector.DateDetectorCache.DEFAULT_TEMPLATES = list(dates)
            datedetector.DateDetector._defCache = datedetector.DateDetectorCache()
            name, options = extractOptions(spec)
            reader = FilterReader(name, "jail", options, share_config={}, basedir=os.environ.get("OPSD_FAIL2BAN", "") + "/etc/fail2ban")
            if not reader.read():
                raise ValueError("not there: " + spec)
            reader.getOptions({})
            made = Filter(None, useDns="warn")
            # Times stay as they are found.
            made.checkFindTime = False
            # As many connections as opswatch remembers.  An empty cache is made anew each time.
            cache = made.mlfidCache
            cache.set("", [0, {}])
            cache.setOptions(maxCount=4096, maxTime=86400)
            for command in reader.convert():
                for value in command[3] if command[0] == "multi-set" else [command[3]]:
                    if command[2] == "prefregex":
                        made.prefRegex = value
                    elif command[2] == "addfailregex":
                        made.addFailRegex(value)
                    elif command[2] == "addignoreregex":
                        made.addIgnoreRegex(value)
                    elif command[2] == "maxlines":
                        made.setMaxLines(value)
                    elif command[2] == "datepattern":
                        made.setDatePattern(value)
            # Names are found, and not looked up.
            made.setUseDns("no")
            return made

        with open(lines, "rb") as file:
            texts = [line.decode("utf-8", "replace") for line in file.read().split(b"\n")[:-1]]
        with open(output, "w") as file:
            for spec in open(filters):
                spec = spec.rstrip("\n")
                made = make(spec)
                for number, text in enumerate(texts):
                    try:
                        found = made.processLine(text)
                    except Exception:
                        # It loses the line: some time zones.  No identity, nothing to compare.
                        print(spec, number, "", -1, sep="\t", file=file)
                        continue
                    for _, identity, date, failure in found:
                        if identity is None or failure.get("nofail"):
                            continue
                        date = -1 if date is None else int(date)
                        identity = str(identity).replace("\t", " ").replace("\n", " ")
                        print(spec, number, identity, date, sep="\t", file=file)

        """#
}
