// fail2ban's own reader, run as it is installed, for comparison.  Where it is not, tests that need
// it are skipped and say so.

@preconcurrency import Glibc
import OpsTestKit
import Testing

/// What fail2ban makes of a filter or a jail: values by key, lists in order.
typealias Reading = [String: [String]]

/// Runs fail2ban's reader.
enum ReferenceReader {
    private static let python = "/usr/bin/python3"
    private static let modules = Fail2banPackage.modules

    /// Whether it is installed.
    static var isInstalled: Bool {
        let isThere =
            access(python, X_OK) == 0
            && access(modules + "/fail2ban/client/filterreader.py", R_OK) == 0
            && access(Fail2banPackage.etc + "/filter.d/common.conf", R_OK) == 0
        if !isThere { print("SKIPPED: fail2ban is not installed, nothing to compare with") }
        return isThere
    }

    /// Readings by name.  `mode` is `filters` (each request a filter's spec and a type of log,
    /// separated by a tab) or `jails` (no request).
    static func readings(
        _ mode: String, directory: String, requests: [String] = []
    ) throws -> [String: Reading] {
        let scratch = try ScratchDirectory()
        let script = try scratch.write(Array(program.utf8), to: "reader.py")
        let input = try scratch.write(
            Array(requests.map { hex($0) }.joined(separator: "\n").utf8), to: "requests")
        let output = scratch.path(of: "readings")
        let status = run([python, "-B", script, modules, mode, directory, input, output])
        try #require(status == 0, "fail2ban's reader failed")
        let text = String(decoding: try scratch.bytes("readings"), as: UTF8.self)
        var all: [String: Reading] = [:]
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ", omittingEmptySubsequences: false)
            let name = unhex(words[0])
            all[name, default: [:]][String(words[1])] = words.dropFirst(2).map { unhex($0) }
        }
        return all
    }

    static func run(_ words: [String]) -> Int32 {
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
        arguments.append(nil)
        defer { for argument in arguments { free(argument) } }
        var child: pid_t = 0
        guard posix_spawn(&child, words[0], nil, nil, arguments, environ) == 0 else { return -1 }
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0 && errno == EINTR {}
        return status
    }

    private static func hex(_ text: String) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            bytes.append(digits[Int(byte >> 4)])
            bytes.append(digits[Int(byte & 15)])
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func unhex(_ text: Substring) -> String {
        let digits = Array(text.utf8)
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count - 1, by: 2) {
            bytes.append(
                UInt8(String(decoding: digits[index...(index + 1)], as: UTF8.self), radix: 16) ?? 0)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Writes a line for each value: name, key and values in hexadecimal digits.
    private static let program = #"""
        import logging, resource, signal, sys
        modules, mode, directory, requests, output = sys.argv[1:]
        sys.path.insert(0, modules)
        from fail2ban.client.filterreader import FilterReader
        from fail2ban.client.jailsreader import JailsReader
        from fail2ban.helpers import splitwords, extractOptions
        from fail2ban.server.failregex import FailRegex, Regex
        from fail2ban.server.mytime import MyTime
        logging.disable(logging.CRITICAL)
        # Tags can multiply, which fail2ban does not bound.
        resource.setrlimit(resource.RLIMIT_AS, (1 << 29, 1 << 29))
        def too_long(*_):
            raise TimeoutError("too long")
        signal.signal(signal.SIGALRM, too_long)

        def settings(stream):
            "What the commands of a stream leave a filter with."
            all = {"failregex": [], "ignoreregex": [], "journalmatch": [], "maxlines": ["1"]}
            for command in stream:
                if command[0] not in ("set", "multi-set"):
                    continue
                key, values = command[2], command[3:]
                if key in ("addfailregex", "addignoreregex"):
                    more = values[0] if command[0] == "multi-set" else values
                    all[key[3:]] += more
                elif key == "addjournalmatch":
                    fields = []
                    for word in values + ["+"]:
                        if word != "+":
                            fields.append(word)
                        elif fields:
                            if " ".join(fields) not in all["journalmatch"]:
                                all["journalmatch"].append(" ".join(fields))
                            fields = []
                elif key in ("prefregex", "datepattern", "maxlines", "logencoding", "maxretry"):
                    all[key] = [str(values[0])]
                elif key in ("findtime", "bantime"):
                    all[key] = [str(int(MyTime.str2seconds(values[0]) * 1000))]
            if all.get("prefregex") == [""]:
                del all["prefregex"]
            multiline = int(all["maxlines"][0]) > 1
            prefix = None
            if "prefregex" in all:
                prefix = Regex(all["prefregex"][0], useDns="warn")
                all["prefregex"] = [prefix.getRegex()]
            all["failregex"] = [
                FailRegex(r, prefRegex=prefix, multiline=multiline, useDns="warn").getRegex()
                for r in all["failregex"]]
            all["ignoreregex"] = [Regex(r, useDns="warn").getRegex() for r in all["ignoreregex"]]
            return all

        def read_filter(spec, logtype):
            name, options = extractOptions(spec)
            reader = FilterReader(name, "jail", options, share_config={}, basedir=directory)
            if not reader.read():
                raise ValueError("not there")
            reader.applyAutoOptions("systemd" if logtype == "journal" else "")
            reader.getOptions(None)
            return settings(reader.convert())

        def read_jail(jail):
            options = jail.options
            if "config-error" in options:
                raise ValueError(options["config-error"])
            all = settings(jail.convert(allow_no_files=True))
            all["backend"] = [options["backend"]]
            all["logpath"] = (options.get("logpath") or "").split("\n")
            all["ignoreip"] = splitwords(options.get("ignoreip"))
            return all

        with open(output, "w") as file:
            def write(name, read, *arguments):
                try:
                    signal.alarm(20)
                    values = read(*arguments)
                except Exception as error:
                    values = {"error": [str(error)]}
                for key, value in values.items():
                    words = [name.encode().hex(), key] + [v.encode().hex() for v in value]
                    file.write(" ".join(words) + "\n")
            if mode == "filters":
                for line in open(requests):
                    request = bytes.fromhex(line.strip()).decode()
                    write(request, read_filter, *request.split("\t"))
            else:
                jails = JailsReader(force_enable=True, share_config={}, basedir=directory)
                jails.read()
                jails.getOptions()
                for jail in jails.jails:
                    write(jail.getName(), read_jail, jail)

        """#
}
