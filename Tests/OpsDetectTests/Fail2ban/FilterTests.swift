// Filters of the tests' own: what each rule of FilterReading.swift, TagSubstitution.swift,
// FilterSpec.swift and JournalMatch+Text.swift does, beside fail2ban's own reader where there is
// one.

import OpsTestKit
import Testing

@testable import OpsDetect

@Suite("Filters of fail2ban's notation")
struct FilterTests {
    static let files: [String: String] = [
        "filter.d/base.conf": """
        [INCLUDES]
        after = base.local
        [DEFAULT]
        logtype = file
        _daemon = \\S+
        __start = <st_<logtype>/start>
        [st_file]
        start = ^%(machine)s<_daemon>:
        machine = HOST\\s
        [st_journal]
        start = %(st_file/start)s
        machine = j
        """,
        "filter.d/shop.conf": """
        [INCLUDES]
        before = base.conf
        [DEFAULT]
        machine = d
        _daemon = shop
        [Definition]
        prefregex = %(__start)s <F-CONTENT>.+</F-CONTENT>$
        cmn = [Ff]ailed
        mdre-normal =
        mdre-more = ^more <cmn> <ADDR>
        failregex = ^%(cmn)s login of <F-USER>\\S+</F-USER> from <HOST>$
                    ^other <port> <ADDR>
                    <mdre-<mode>>
        ignoreregex = ignored <unknown>
        datepattern = ^%%Y
                      %%d
        maxlines = <lines>
        journalmatch = _SYSTEMD_UNIT=shop.service + _COMM=shop
                       SYSLOG_IDENTIFIER='my shop' _UID=33
        [Init]
        mode = normal
        port = 80
        lines = 2
        [Init?family=inet6]
        port = 443
        """,
        "filter.d/shop.local": "[Definition]\nfailregex = %(known/failregex)s\n  ^local <HOST>\n",
        "filter.d/loop.conf": "[Definition]\na = <b>\nb = <a>\nfailregex = <a> <HOST>\n",
        "filter.d/nobody.conf": "[Definition]\nfailregex = ^nobody\n",
        "filter.d/own.conf": "[Definition]\nlogtype = file\nfailregex = <logtype> <HOST>\n",
        "filter.d/lines.conf": "[Definition]\nfailregex = <HOST>\nmaxlines = 1000\n",
        "filter.d/bad.conf": "[Definition]\nfailregex = <HOST>\nmaxlines = x\n",
        "filter.d/grow.conf": "[Definition]\na = <b><b><b>\nb = <c><c><c>\nc = <d><d><d>\n"
            + "d = <e><e><e><e>\ne = <f><f><f><f>\nf = <g><g><g><g><g>\ng = "
            + String(repeating: "x", count: 400) + "\nfailregex = <a> <HOST>\n",
        "filter.d/empty.conf": "[Definition]\n",
        "filter.d/bare.conf": "[INCLUDES]\nbefore = nothing.conf\n"
            + "[Definition]\nfailregex = <HOST>\n",
        "filter.d/hidden.conf": "[Definition]\nhost = x <ADDR>\nfailregex = ^a <HOST>\n",
    ]

    private let directory = TableFiles(files).directory

    private func fault(_ spec: String) -> String {
        do throws(Fail2banFault) {
            _ = try directory.filter(spec)
            return "none"
        } catch {
            return error.description
        }
    }

    @Test("Everything together")
    func shop() throws {
        let filter = try directory.filter("shop[mode=more]")
        #expect(filter.name == "shop[mode=more]")
        #expect(filter.prefix == #"^HOST\sshop: (?P<content>.+)$"#)
        let address = RegexTags.expand("<ADDR>")
        let host = RegexTags.expand("<HOST>")
        #expect(
            filter.failures == [
                #"^[Ff]ailed login of (?P<user>\S+) from "# + host + "$",
                "^other <port> \(address)", "^more [Ff]ailed \(address)", "^local \(host)",
            ])
        #expect(filter.ignored == ["ignored <unknown>"])
        #expect(filter.datePattern == "^%Y\n%d")
        #expect(filter.maxLines == 2)
        #expect(
            filter.journalMatches == [
                JournalMatch(fields: ["_SYSTEMD_UNIT=shop.service"]),
                JournalMatch(fields: ["_COMM=shop"]),
                JournalMatch(fields: ["SYSLOG_IDENTIFIER=my shop", "_UID=33"]),
            ])
        #expect(filter.unsupported.count == 1)
        #expect(filter.unsupported[0].contains("_COMM=shop _UID=0"))
    }

    @Test("The type of log: by the caller, by the brackets, by the filter itself")
    func logType() throws {
        #expect(
            try directory.filter("shop", overrides: ["logtype": "journal"]).prefix
                == "^jshop: (?P<content>.+)$")
        let own = try directory.filter("own", overrides: ["logtype": "journal"])
        #expect(own.failures[0].hasPrefix("file "))
        let bracket = try directory.filter("own[logtype=x]", overrides: ["logtype": "journal"])
        #expect(bracket.failures[0].hasPrefix("x "))
    }

    @Test("Overrides are options as in the brackets, which win")
    func overrides() throws {
        let one = try directory.filter("shop", overrides: ["mode": "more", "maxlines": "7"])
        #expect(one.failures.count == 4)
        #expect(one.maxLines == 7)
        let two = try directory.filter("shop[mode=normal]", overrides: ["mode": "more"])
        #expect(two.failures.count == 3)
    }

    @Test(
        "Faults name file, line, section and key",
        arguments: [
            ("none", "/f/filter.d/none.conf: the filter \"none\" is not there"),
            ("loop", "/f/filter.d/loop.conf:4: [Definition] failregex: contains itself, by way"),
            ("nobody", "/f/filter.d/nobody.conf:2: [Definition] failregex: a pattern says nothing"),
            ("bad", "/f/filter.d/bad.conf:3: [Definition] maxlines: \"x\" is not a number of"),
            ("grow", "/f/filter.d/grow.conf:9: [Definition] failregex: is longer than"),
            ("shop[", "/f: the filter \"shop[\" expected NAME[OPTION=VALUE, ...]"),
            ("shop[x]", "/f: the filter \"shop[x]\" expected OPTION=VALUE"),
            ("shop[a='b' c=d]", "/f: the filter \"shop[a='b' c=d]\" expected a comma"),
            ("", "/f: the filter \"\" names no filter"),
        ])
    func faults(spec: String, expected: String) {
        #expect(fault(spec).hasPrefix(expected), "\(fault(spec))")
    }

    @Test("Too many lines are bounded, a missing include and an empty filter are told or taken")
    func told() throws {
        let filter = try directory.filter("lines")
        #expect(filter.maxLines == 200)
        #expect(filter.unsupported.count == 1)
        #expect(try directory.filter("empty").failures.isEmpty)
        #expect(
            try directory.filter("bare").unsupported == [
                "/f/filter.d/bare.conf: the include /f/filter.d/nothing.conf is not there"
            ])
    }

    @Test(
        "Brackets",
        arguments: [
            ("a", "a", [:]), ("a[]x", nil, [:]), ("a[b=c]", "a", ["b": "c"]),
            ("a [b=c, d=\"e, f]\"]", "a", ["b": "c", "d": "e, f]"]),
            ("a[b='\"'][c.d-e=1,]", "a", ["b": "\"", "c.d-e": "1"]),
            ("a[b=\"\n1\n2\"]", "a", ["b": "1\n2"]), ("a[b=]", "a", ["b": ""]),
            ("a[b=\"c]", "a", ["b": "\"c"]),
        ] as [(String, String?, [String: String])])
    func brackets(text: String, name: String?, options: [String: String]) {
        let spec = try? FilterSpec(text)
        #expect(spec?.name == name)
        if let spec { #expect(spec.options.all == options) }
    }

    @Test("A spec written is read back the same")
    func writing() throws {
        var options = OrderedTexts()
        options["a"] = "b"
        options["c"] = "d, e]"
        options["f"] = "\"q\""
        options["failregex"] = #"'x' "y" \\" \""#
        let text = try #require(FilterSpec(name: "n", options: options).text)
        let back = try FilterSpec(text)
        options["failregex"] = #"'x' \x22y\x22 \\\x22 \x22"#
        #expect(back == FilterSpec(name: "n", options: options))
        options["other"] = "'\""
        #expect(FilterSpec(name: "n", options: options).text == nil)
    }

    @Test(
        "Words as a shell splits them",
        arguments: [
            ("a  b\t+ c", ["a", "b", "+", "c"]), ("'a b'c \"d\\\"\\e\"", ["a bc", "d\"\\e"]),
            ("a\\ b ''", ["a b", ""]), ("", []), ("'a", nil), ("a\\", nil),
        ] as [(String, [String]?)])
    func shell(text: String, expected: [String]?) {
        #expect(ShellWords.split(text) == expected)
    }

    @Test("fail2ban's own reader says the same", .enabled(if: ReferenceReader.isInstalled))
    func reference() throws {
        let scratch = try ScratchDirectory()
        try scratch.makeDirectory("filter.d")
        for (name, text) in Self.files { try scratch.write(Array(text.utf8), to: name) }
        var requests: [String] = []
        for name in ["shop", "loop", "nobody", "own", "empty", "bare", "none", "hidden"] {
            for options in ["", "[mode=more]", "[logtype=x, port='1']", "[_daemon=\"<port>\"]"] {
                for type in ["file", "journal"] { requests.append("\(name)\(options)\t\(type)") }
            }
        }
        let reference = try ReferenceReader.readings(
            "filters", directory: scratch.path, requests: requests)
        let directory = DiskFiles.installed(scratch.path)
        for request in requests {
            let parts = request.split(separator: "\t")
            let expected = try #require(reference[request])
            let definition = try? directory.filter(
                String(parts[0]), overrides: ["logtype": String(parts[1])])
            if let definition {
                #expect(InstalledFiltersTests.reading(definition) == expected, "\(request)")
            } else {
                #expect(expected["error"] != nil, "\(request)")
            }
        }
    }
}
