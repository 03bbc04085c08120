// `opsctl audit verify [--anchor SEQ:HASH]... [--dir DIR]`: reads events.ndjson and its rotated
// files and says what is proven, by what, and what is not.  Without --dir it asks opsd where the
// files are, and what its head is.

import Glibc
import OpsCore
import OpsLinux
import OpsProtocol

/// What was asked for: the words after `audit verify`.
struct AuditVerifyRequest: Equatable {
    var anchors: [AuditAnchor] = []
    /// nil: opsd is asked.
    var directory: String?

    init(_ words: [String]) throws(ClientFault) {
        var rest = words[...]
        while let word = rest.popFirst() {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = parts[0].hasPrefix("--") ? parts[0].dropFirst(2) : parts[0]
            guard name == "anchor" || name == "dir", parts.count > 1 || word.hasPrefix("--") else {
                throw .usage(
                    word.hasPrefix("-")
                        ? "audit verify has no option \(word)"
                        : "audit verify: '\(word)' is one word too many",
                    hint: "its options are --anchor SEQ:HASH and --dir DIR")
            }
            guard let value = parts.count > 1 ? String(parts[1]) : rest.popFirst() else {
                throw .usage("--\(name) needs a value")
            }
            if name == "dir" {
                directory = value
            } else if let anchor = AuditAnchor(value) {
                anchors.append(anchor)
            } else {
                throw .usage(
                    "--anchor: '\(value)' is not valid: expected SEQ:HASH with \(AuditAnchor.leastDigits) "
                        + "to \(AuditHash.digits) hexadecimal digits, as at the end of a page",
                    hint: "an example: --anchor 1234:ab12cd34ef56")
            }
        }
    }
}

enum AuditVerify {
    static func run(
        _ words: [String], _ options: ControlOptions, _ output: Output
    ) throws(ClientFault) -> ExitCode {
        let request = try AuditVerifyRequest(words)
        var anchors = request.anchors
        let path: String
        if let directory = request.directory {
            path = directory
        } else {
            // Its head is asked before the files are opened: they are at least as new.
            let (directory, head) = try ask(options)
            path = directory
            if let head { anchors.append(AuditAnchor(head, isOfHost: true)) }
        }
        let files: AuditFiles
        let verdict: AuditVerdict
        do throws(AuditFiles.Fault) {
            files = try AuditFiles(in: path)
            verdict = try files.inspect(anchors)
        } catch {
            throw fault(error)
        }
        let report = AuditText(
            verdict: verdict, directory: path, files: files.files.map(\.name),
            unchained: files.unchained.map(\.name))
        if output.isJSON {
            try output.write(report.json)
        } else {
            try output.write(report.text)
        }
        return report.isGood ? .done : .no
    }

    /// Where the files are, and the newest chain line that is on the disk.
    private static func ask(
        _ options: ControlOptions
    ) throws(ClientFault) -> (directory: String, head: AuditHead?) {
        guard let row = CommandTable.row("audit status") else {
            preconditionFailure("the command table has no audit status")
        }
        var reply: ReplyLine
        do throws(ClientFault) {
            var connection = try Connection(
                path: options.socket, timeoutMilliseconds: options.timeoutMilliseconds)
            reply = try connection.ask(try CommandWords(row, []).line())
        } catch {
            var fault = error
            fault.hint = "without opsd: opsctl audit verify --dir DIR"
            throw fault
        }
        let value = try reply.value()
        if reply.kind == .err {
            Output.report(refusal: value)
            throw ClientFault(ExitCode(code: value["code"]?.text ?? ""), "")
        }
        guard let directory = value["directory"]?.text else {
            throw .daemonFailed("its answer says no directory")
        }
        guard let sequence = value["durable_seq"]?.integer.flatMap({ UInt64(exactly: $0) }),
            let hash = value["durable_hash"]?.text.flatMap({ AuditHash($0) })
        else { return (directory, nil) }
        return (directory, AuditHead(sequence: sequence, hash: hash))
    }

    private static func fault(_ fault: AuditFiles.Fault) -> ClientFault {
        let isClosed = fault.errno?.code == EACCES
        return ClientFault(
            fault.errno == nil ? .no : .refused, "cannot read \(fault.place): \(fault.text)",
            hint: isClosed ? "the files are readable for root and for the group of opsd" : nil)
    }
}
