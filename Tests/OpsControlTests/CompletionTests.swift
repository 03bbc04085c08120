// Completions: every word is offered, the shells take the scripts, and bash really completes.

import Foundation
import OpsProtocol
import OpsTestKit
import Testing

@testable import OpsControl

/// Runs a shell with a script on its standard input; nil: there is no such shell.
private func run(_ shell: String, _ arguments: [String], _ script: String) throws -> (
    Int32, String
)? {
    let path = ["/bin/", "/usr/bin/"].map { $0 + shell }.first {
        FileManager.default.isExecutableFile(atPath: $0)
    }
    guard let path else { return nil }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    let scratch = try ScratchDirectory()
    let file = try scratch.write(script, to: "script")
    process.standardInput = FileHandle(forReadingAtPath: file)
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: data, as: UTF8.self))
}

@Suite struct CompletionTests {
    @Test("every command and option is in every script", arguments: ["bash", "zsh", "fish"])
    func everything(_ shell: String) throws {
        let script = try Completions.script([shell])
        for row in CommandTable.rows {
            for word in row.verb.split(separator: " ") { #expect(script.contains(word)) }
            for argument in row.keywords { #expect(script.contains(argument.name)) }
        }
        for own in LocalCommands.commands { #expect(script.contains(own.name)) }
        let some = ["status", "unban"].flatMap { LocalCommands.options(of: $0) }
        for option in LocalCommands.options + some {
            #expect(script.contains(option.name.dropFirst(2)))
        }
    }

    @Test("the shell reads its script", arguments: [("bash", "-n"), ("zsh", "-n"), ("fish", "-n")])
    func syntax(_ shell: String, _ flag: String) throws {
        guard let result = try run(shell, [flag], try Completions.script([shell])) else { return }
        #expect(result.0 == 0, "\(result.1)")
    }

    @Test(
        "bash completes",
        arguments: [
            ("opsctl st", "status stats strike strikes"), ("opsctl guard ''", "stats cleanup"),
            ("opsctl ban 192.0.2.1 --t", "--ttl --timeout"),
            ("opsctl ban 192.0.2.1 --ttl ''", "10m 1h 1d permanent"),
            ("opsctl ban 192.0.2.1 --reason ''", ""),
            ("opsctl metrics history --st", "--step"), ("opsctl --socket /x status --w", "--watch"),
            ("opsctl --timeout ''", "1s 10s 1m"), ("opsctl watch g", "guard gate"),
            ("opsctl events --severity ''", "info warning critical"),
            ("opsctl health --n", "--nagios --no-pager --no-color"),
            ("opsctl completions z", "zsh"),
            ("opsctl unban --u", "--under"), ("opsctl unban --under ''", ""),
            ("opsctl unban --a", "--all"), ("opsctl unban --all --y", "--yes"),
            ("opsctl help li", "lists"), ("opsctl help e", "enforce endpoints events export"),
            ("opsctl nonsense --js", "--json"),
        ])
    func bash(_ line: String, _ offered: String) throws {
        let script =
            try Completions.script(["bash"]) + """

                COMP_WORDS=(\(line))
                COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
                _opsctl
                echo "${COMPREPLY[*]}"
                """
        guard let result = try run("bash", ["-u"], script) else { return }
        #expect(result.1 == offered + "\n")
    }

    @Test(
        "fish completes",
        arguments: [
            ("opsctl sta", "stats status"), ("opsctl guard ", "cleanup stats"),
            ("opsctl ban 192.0.2.1 --tt", "--ttl"), ("opsctl watch g", "gate guard"),
            ("opsctl help li", "lists"),
        ])
    func fish(_ line: String, _ offered: String) throws {
        let script =
            try Completions.script(["fish"]) + "\ncomplete -C '\(line)' | string split -f 1 \\t\n"
        guard let result = try run("fish", ["--no-config"], script) else { return }
        #expect(result.1.split(separator: "\n").joined(separator: " ") == offered)
    }

    @Test(arguments: [[], ["tcsh"], ["bash", "zsh"]])
    func otherShells(_ words: [String]) {
        #expect(throws: ClientFault.self) { try Completions.script(words) }
    }
}
