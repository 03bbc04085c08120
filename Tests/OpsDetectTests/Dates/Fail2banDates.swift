// The installed fail2ban's dates, asked line by line: what the detector is held to.
//
// Nothing of it is here.  A script imports its modules, and answers for each line where it cuts and
// what time it reads.  Where it is not installed, the tests that need it say that they are skipped.

@preconcurrency import Glibc
import OpsTestKit

@testable import OpsDetect

/// A conversation with fail2ban's date detector.
struct Fail2banDates {
    /// What it says of a line.
    struct Answer: Hashable, CustomStringConvertible {
        /// Bytes of group 1; nil: no date.
        var cut: Range<Int>?
        /// Milliseconds; nil: no time.
        var time: Int64?

        init(cut: Range<Int>? = nil, time: Int64? = nil) {
            self.cut = cut
            self.time = time
        }

        var description: String {
            guard let cut else { return "no date" }
            return "\(cut) at \(time.map { "\($0)" } ?? "no time")"
        }
    }

    /// What is asked.
    enum Question {
        /// A new detector for this pattern; nil: the default ones.
        case detector(String?)
        /// The zone of the host, by its name in the zone database.
        case zone(String)
        /// Seconds since 1970.
        case now(Int64)
        case line(String)

        var text: String {
            switch self {
            case .detector(let pattern):
                "P" + (pattern ?? "").split(separator: "\n").joined(separator: "\u{1}")
            case .zone(let name): "Z" + name
            case .now(let seconds): "N\(seconds)"
            case .line(let line): "L" + line
            }
        }
    }

    static let isInstalled =
        system(
            "PYTHONPATH='\(Fail2banPackage.modules)' /usr/bin/python3 -c 'import fail2ban.server.datedetector' 2>/dev/null"
        ) == 0

    /// The answers to the lines among the questions, in their order.
    static func answers(to questions: [Question]) throws -> [Answer] {
        let text = questions.map(\.text).joined(separator: "\n") + "\n"
        return try run(script, input: text).split(separator: "\n").map { line in
            let words = line.split(separator: " ")
            guard words.count == 3, let first = Int(words[0]), let end = Int(words[1]) else {
                return Answer()
            }
            return Answer(cut: first..<end, time: Int64(words[2]))
        }
    }

    /// The datepatterns of the installed filters, alternatives on lines of their own.
    static func patternsOfFilters() throws -> [String] {
        try run(filterScript, input: "").split(separator: "\n").map {
            $0.split(separator: "\u{1}").joined(separator: "\n")
        }
    }

    private static func run(_ script: String, input: String) throws -> String {
        let directory = try ScratchDirectory()
        let program = try directory.write(Array(script.utf8), to: "ask.py")
        let questions = try directory.write(Array(input.utf8), to: "questions")
        let status = system(
            "/usr/bin/python3 -B \(program) <\(questions) >\(directory.path(of: "answers"))")
        guard status == 0 else { throw Failure(status: status) }
        return String(decoding: try directory.bytes("answers"), as: UTF8.self)
    }

    struct Failure: Error {
        let status: Int32
    }

    private static let script = #"""
        import math, os, sys, time, types
        from fail2ban.server import datedetector
        from fail2ban.server.mytime import MyTime

        datedetector.time = types.SimpleNamespace(time=MyTime.time)
        datedetector.logSys.setLevel(100)
        sys.stdin.reconfigure(encoding="utf-8", newline="\n")
        # Its templates are shared by all detectors; each begins anew here.
        warm = datedetector.DateDetector()
        warm.addDefaultTemplate()

        def detector(pattern):
            made = datedetector.DateDetector()
            for part in pattern.split("\x01"):
                if part:
                    made.appendTemplate(part)
            if not pattern:
                made.addDefaultTemplate()
            for entry in made.templates:
                entry.template.hits = 0
            return made

        asked = None
        for question in sys.stdin:
            kind, text = question[0], question[1:].rstrip("\n")
            if kind == "P":
                asked = detector(text)
            elif kind == "Z":
                os.environ["TZ"] = text
                time.tzset()
            elif kind == "N":
                MyTime.setTime(int(text))
            else:
                try:
                    found = asked.matchTime(text)
                except IndexError:
                    # An empty match at the end of an empty line.
                    print("0 0 x")
                    continue
                if not found[0]:
                    print("-")
                    continue
                start, end = found[0].span(1)
                start, end = max(start, 0), max(end, 0)
                moment = "x"
                try:
                    date = asked.getTime(text, found) if end > start else None
                    if date is not None:
                        moment = date[0] * 1000
                        if isinstance(moment, float):
                            moment = math.floor(moment + 0.001)
                except Exception:
                    pass
                size = lambda part: len(part.encode("utf-8"))
                print(size(text[:start]), size(text[:end]), moment)
        """#

    private static let filterScript = #"""
        import glob, logging, os
        from fail2ban.client.filterreader import FilterReader

        logging.disable(logging.CRITICAL)
        found = set()
        etc = os.environ.get("OPSD_FAIL2BAN", "") + "/etc/fail2ban"
        for path in glob.glob(etc + "/filter.d/*.conf"):
            for logtype in ("file", "short", "journal", "rfc5424"):
                reader = FilterReader(
                    os.path.basename(path)[:-5], "x", {"logtype": logtype}, basedir=etc)
                try:
                    reader.read()
                    reader.getOptions(None)
                    for step in reader.convert():
                        if "datepattern" in step:
                            found.add(step[step.index("datepattern") + 1])
                except Exception:
                    continue
        for pattern in sorted(found):
            print("\x01".join(line.strip() for line in pattern.split("\n") if line.strip()))
        """#
}
