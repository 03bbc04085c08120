// The verdict of `audit verify` as text and as an object.  It keeps three things apart: what fits,
// what an anchor from elsewhere covers, and what nobody outside this host vouches for.

import OpsCore
import OpsProtocol

/// The report.
struct AuditText {
    var verdict: AuditVerdict
    var directory: String
    /// In the order of the chain.
    var files: [String]
    /// Without a chain line.
    var unchained: [String]

    /// Everything fits, and there is something.
    var isGood: Bool { verdict.misfit == nil && verdict.blocks > 0 }

    /// Chain lines that no anchor from elsewhere covers; nil: there are none.
    private var open: ClosedRange<UInt64>? {
        guard let all = verdict.sequences else { return nil }
        let first = max(all.lowerBound, (verdict.anchored ?? 0) + 1)
        return first <= all.upperBound ? first...all.upperBound : nil
    }

    // MARK: Text

    var text: String {
        var lines: [String] = []
        if let misfit = verdict.misfit {
            lines += Self.text(misfit, directory)
            if verdict.blocks > 0, let all = verdict.sequences {
                lines.append("what fits: \(Self.range("chain line", all)), before it")
            }
            lines += facts
            return lines.joined(separator: "\n") + "\n"
        }
        guard let all = verdict.sequences, let times = verdict.times else {
            lines.append("nothing to verify: there is no chain line in \(directory)")
            return lines.joined(separator: "\n") + "\n"
        }
        lines.append(
            "verified: \(Self.count(verdict.blocks, "block")), \(Self.count(verdict.lines, "line")), "
                + "\(Self.count(UInt64(files.count), "file")), \(times.lowerBound) to "
                + times.upperBound)
        lines.append(
            "\(Self.range("chain line", all)), events through \(verdict.through.grouped)")
        lines += anchorLines
        lines += facts
        return lines.joined(separator: "\n") + "\n"
    }

    private var anchorLines: [String] {
        var lines: [String] = []
        for anchor in verdict.anchors {
            lines.append(
                "anchor \(anchor) fits: chain lines up to \(anchor.sequence.grouped) are as they "
                    + "were when it was taken")
        }
        for anchor in verdict.unknownAnchors {
            lines.append("anchor \(anchor): its chain line was removed; it says nothing here")
        }
        for anchor in verdict.hostAnchors {
            lines.append(
                "opsd's own head \(anchor) fits; it is kept on this host, so it proves nothing "
                    + "against root")
        }
        if let open {
            lines.append("nothing outside this host vouches for \(Self.range("chain line", open))")
        }
        return lines
    }

    /// What the files themselves tell.
    private var facts: [String] {
        var lines: [String] = []
        if let removed = verdict.removed {
            lines.append(
                "opsd has removed the files up to chain line \(removed.sequence.grouped), by age or "
                    + "size")
        }
        for loss in verdict.losses {
            let ids = loss.from == loss.to ? "\(loss.from)" : "\(loss.from) to \(loss.to)"
            lines.append("lost: \(Self.count(loss.lines, "event")), \(ids): \(loss.reason)")
        }
        for find in verdict.finds { lines.append("found: \(find.what)") }
        if verdict.openLines > 0 {
            lines.append(
                "not covered yet: \(Self.count(verdict.openLines, "line")) after the last chain line"
            )
        }
        if !unchained.isEmpty {
            lines.append(
                "without a chain line: \(unchained.joined(separator: ", ")); nothing is known of "
                    + "what is in there")
        }
        return lines
    }

    private static func text(_ misfit: AuditMisfit, _ directory: String) -> [String] {
        var place = misfit.file.isEmpty ? directory : "\(directory)/\(misfit.file)"
        if let lines = misfit.lines {
            place +=
                lines.count == 1
                ? ", line \(lines.lowerBound)"
                : ", lines \(lines.lowerBound) to \(lines.upperBound)"
        }
        var what = "chain line \(misfit.sequence.grouped)"
        if let ids = misfit.ids {
            what +=
                ids.count == 1
                ? ", event \(ids.lowerBound)" : ", events \(ids.lowerBound) to \(ids.upperBound)"
        }
        return ["does not fit: \(place): \(what)", misfit.message]
    }

    private static func range(_ noun: String, _ range: ClosedRange<UInt64>) -> String {
        range.count == 1
            ? "\(noun) \(range.lowerBound.grouped)"
            : "\(noun)s \(range.lowerBound.grouped) to \(range.upperBound.grouped)"
    }

    private static func count(_ number: UInt64, _ noun: String) -> String {
        "\(number.grouped) \(noun)\(number == 1 ? "" : "s")"
    }

    // MARK: JSON

    var json: [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.member("verified", isGood)
            json.member("directory", text: directory)
            json.member("files", texts: files)
            json.member("blocks", integer: verdict.blocks)
            json.member("lines", integer: verdict.lines)
            json.member("bytes", integer: verdict.bytes)
            json.member("first_seq", integer: verdict.sequences?.lowerBound)
            json.member("last_seq", integer: verdict.sequences?.upperBound)
            json.member("hash", optional: verdict.head?.hash.hexadecimal)
            json.member("from", optional: verdict.times?.lowerBound)
            json.member("to", optional: verdict.times?.upperBound)
            json.member("through", integer: verdict.through)
            json.member("anchored_seq", integer: verdict.anchored)
            json.member("anchors", texts: verdict.anchors.map(\.description))
            json.member("unknown_anchors", texts: verdict.unknownAnchors.map(\.description))
            json.member("own_head", optional: verdict.hostAnchors.first?.description)
            json.member("unvouched_from", integer: open?.lowerBound)
            json.member("unvouched_to", integer: open?.upperBound)
            json.member("removed_seq", integer: verdict.removed?.sequence)
            json.key("lost")
            json.array { json in for loss in verdict.losses { Self.write(loss, &json) } }
            json.member("lost_lines", integer: verdict.lostLines)
            json.member("found", texts: verdict.finds.map(\.what))
            json.member("open_lines", integer: verdict.openLines)
            json.member("unchained", texts: unchained)
            json.key("misfit")
            if let misfit = verdict.misfit { Self.write(misfit, &json) } else { json.null() }
        }
        return json.bytes
    }

    private static func write(_ loss: AuditLoss, _ json: inout JSONWriter) {
        json.object { json in
            json.member("from", integer: loss.from)
            json.member("to", integer: loss.to)
            json.member("lines", integer: loss.lines)
            json.member("reason", optional: loss.reason)
        }
    }

    private static func write(_ misfit: AuditMisfit, _ json: inout JSONWriter) {
        json.object { json in
            json.member("kind", optional: misfit.kind.rawValue)
            json.member("file", optional: misfit.file.isEmpty ? nil : misfit.file)
            json.member("first_line", integer: misfit.lines?.lowerBound)
            json.member("last_line", integer: misfit.lines?.upperBound)
            json.member("seq", integer: misfit.sequence)
            json.member("first_id", integer: misfit.ids?.lowerBound)
            json.member("last_id", integer: misfit.ids?.upperBound)
            json.member("message", optional: misfit.message)
        }
    }
}

extension JSONWriter {
    fileprivate mutating func member(_ name: StaticString, _ value: Bool) {
        key(name)
        bool(value)
    }

    fileprivate mutating func member(_ name: StaticString, text: String) {
        key(name)
        string(text)
    }

    fileprivate mutating func member(_ name: StaticString, optional text: String?) {
        key(name)
        if let text { string(text) } else { null() }
    }

    fileprivate mutating func member(
        _ name: StaticString, integer value: (some FixedWidthInteger)?
    ) {
        key(name)
        if let value { integer(value) } else { null() }
    }

    fileprivate mutating func member(_ name: StaticString, texts: [String]) {
        key(name)
        array { json in for text in texts { json.string(text) } }
    }
}
