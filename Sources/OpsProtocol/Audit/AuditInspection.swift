// The whole of `opsctl audit verify` but for the files: bytes go in, file after file in the order
// of the chain, and a verdict comes out.  It stops at the first block that does not fit.
//
// What is proven, and by what: a block that fits shows that it was not changed by somebody who left
// the chain after it as it was.  Only an anchor, a head that was kept where this host cannot change
// it, shows that the chain as a whole was not written anew.

package import OpsCore

/// A head that somebody kept: `SEQ:HASH`.
package struct AuditAnchor: Hashable, Sendable, CustomStringConvertible {
    /// Digits that a hash must have at least; a page has 12.
    package static let leastDigits = 8

    /// The number of the chain line.
    package var sequence: UInt64
    /// The hash, or as many of its first digits as were kept.
    package var digits: String
    /// It was kept on the host itself: it vouches for nothing against whoever is root there.
    package var isOfHost = false

    /// The anchor that a whole head is.
    package init(_ head: AuditHead, isOfHost: Bool) {
        sequence = head.sequence
        digits = head.hash.hexadecimal
        self.isOfHost = isOfHost
    }

    /// nil: it is not `SEQ:HASH` with 8 to 64 digits.
    package init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let sequence = UInt64(parts[0]), sequence > 0,
            (Self.leastDigits...AuditHash.digits).contains(parts[1].utf8.count)
        else { return nil }
        self.sequence = sequence
        digits = parts[1].lowercased()
        guard digits.utf8.allSatisfy({ $0 &- 0x30 < 10 || $0 &- 0x61 < 6 }) else { return nil }
    }

    package var description: String { "\(sequence):\(digits.prefix(AuditHash.shortDigits))" }

    /// Whether it is of this hash.
    package func matches(_ hash: AuditHash) -> Bool { hash.hexadecimal.hasPrefix(digits) }
}

/// The first thing that does not fit.
package struct AuditMisfit: Error, Hashable, Sendable {
    /// What it is.
    package enum Kind: String, Sendable {
        /// A block is not as it was written.
        case content
        /// Blocks are missing, or are in another order.
        case sequence
        /// The chain goes on from another hash.
        case previous
        /// A chain line is not as opsd writes it.
        case strange
        /// The chain begins in the middle, and nothing says that what was before it was removed.
        case beginning
        /// An anchor is of another chain.
        case anchor
        /// The chain ends before an anchor.
        case end
    }

    /// What it is.
    package var kind: Kind
    /// The file; empty: no single one.
    package var file = ""
    /// The first and the last line of the block there, from 1; nil: no single block.
    package var lines: ClosedRange<UInt64>?
    /// The number of the chain line.
    package var sequence: UInt64
    /// The ids of the events of the block; nil: not known.
    package var ids: ClosedRange<UInt64>?
    /// In a sentence.
    package var message: String
}

/// What was found.
package struct AuditVerdict: Hashable, Sendable {
    /// Losses and finds of which the text is kept.
    package static let keptLimit = 100

    /// nil: everything fits.
    package var misfit: AuditMisfit?
    /// Blocks that fit.
    package var blocks: UInt64 = 0
    /// Lines in them, chain lines too.
    package var lines: UInt64 = 0
    /// Bytes that were looked at.
    package var bytes: Int64 = 0
    /// The numbers of the first and the last chain line; nil: there is none.
    package var sequences: ClosedRange<UInt64>?
    /// The newest chain line.
    package var head: AuditHead?
    /// When the first and the last chain line were written.
    package var times: ClosedRange<String>?
    /// The id of the newest event that is covered.
    package var through: UInt64 = 0
    /// Lines after the last chain line.
    package var openLines: UInt64 = 0
    /// The last chain line that was removed by age or size; nil: nothing was.
    package var removed: AuditHead?
    /// What is told to be lost: the first ones.
    package var losses: [AuditLoss] = []
    /// Lines that are told to be lost.
    package var lostLines: UInt64 = 0
    /// What opsd found in its file and had not written: the first ones.
    package var finds: [AuditFind] = []
    /// Anchors that fit, and were kept elsewhere.
    package var anchors: [AuditAnchor] = []
    /// Anchors that fit, and were kept on the host.
    package var hostAnchors: [AuditAnchor] = []
    /// Anchors whose chain lines were removed: nothing can be said about them.
    package var unknownAnchors: [AuditAnchor] = []

    /// Nothing was looked at yet.
    package init() {}

    /// The newest chain line that an anchor from elsewhere covers; nil: none.
    package var anchored: UInt64? { anchors.map(\.sequence).max() }
}

/// An inspection under way.
package struct AuditInspection {
    private var walk: AuditWalk
    private let start: AuditHead
    private let anchors: [AuditAnchor]
    private var met: Set<AuditAnchor> = []
    private var file = ""
    private var removals: Set<AuditHead> = []
    /// The file in which the block under way begins.
    private var blockFile = ""
    /// The first line of the block under way.
    private var blockLine: UInt64 = 1
    /// What was found so far.
    package private(set) var verdict = AuditVerdict()

    /// - Parameter start: what the first chain line says is before it.
    package init(after start: AuditHead, anchors: [AuditAnchor]) {
        self.start = start
        self.anchors = anchors
        walk = AuditWalk(after: start)
    }

    /// Another file begins.
    package mutating func begin(file name: String) {
        if walk.openLines == 0 && !walk.isTorn {
            blockFile = name
            blockLine = 1
        }
        walk.beginFile()
        file = name
    }

    /// The next bytes of it; false: something did not fit, and nothing more is looked at.
    package mutating func feed(_ bytes: Span<UInt8>) -> Bool {
        if verdict.misfit != nil { return false }
        verdict.bytes += Int64(bytes.count)
        var found = verdict
        var state = (line: blockLine, file: blockFile, removals: removals, met: met)
        let (anchors, file) = (anchors, file)
        walk.feed(bytes) { step, walk in
            if found.misfit != nil { return }
            let lines = state.line...max(state.line, walk.lineNumber)
            switch step {
            case .strange:
                found.misfit = AuditMisfit(
                    kind: .strange, file: file, lines: walk.lineNumber...walk.lineNumber,
                    sequence: walk.head.sequence + 1,
                    message: "a line that keeps the chain is not as opsd writes it")
            case .kept(let line): Self.note(line, &found, &state.removals)
            case .chain(let chain, .fits):
                Self.note(chain, &found)
                for anchor in anchors where anchor.sequence == chain.head.sequence {
                    if anchor.matches(chain.head.hash) {
                        state.met.insert(anchor)
                    } else {
                        found.misfit = Self.differs(anchor, chain.head, file, lines)
                    }
                }
                state.line = walk.lineNumber + 1
                state.file = file
            case .chain(let chain, let fit):
                let isWhole = state.file == file || state.file.isEmpty
                found.misfit = Self.misfit(
                    fit, chain, found, file: file,
                    lines: isWhole ? lines : 1...max(1, walk.lineNumber))
            }
        }
        verdict = found
        (blockLine, blockFile, removals, met) = state
        return verdict.misfit == nil
    }

    /// All files have ended.
    package mutating func end() -> AuditVerdict {
        verdict.openLines = walk.openLines + (walk.isTorn ? 1 : 0)
        if verdict.misfit != nil { return verdict }
        checkBeginning()
        checkAnchors()
        return verdict
    }

    /// The chain begins with its first line, or after one whose removal is told or vouched for.
    private mutating func checkBeginning() {
        guard verdict.sequences != nil, start.sequence > 0 else { return }
        let isTold = removals.contains(start)
        if isTold { verdict.removed = start }
        let isAnchored = anchors.contains {
            $0.sequence == start.sequence && $0.matches(start.hash) && !$0.isOfHost
        }
        if isTold || isAnchored { return }
        verdict.misfit = AuditMisfit(
            kind: .beginning, sequence: start.sequence + 1,
            message: "the chain begins with chain line \(start.sequence + 1), and no line says "
                + "that opsd removed what was before it")
    }

    private mutating func checkAnchors() {
        let last = verdict.sequences?.upperBound ?? 0
        for anchor in anchors {
            if met.contains(anchor) || (anchor.sequence == start.sequence && start.sequence > 0) {
                if !met.contains(anchor), !anchor.matches(start.hash) {
                    verdict.misfit = Self.differs(anchor, start, "", nil)
                    return
                }
                if anchor.isOfHost {
                    verdict.hostAnchors.append(anchor)
                } else {
                    verdict.anchors.append(anchor)
                }
            } else if anchor.sequence > last {
                let whose = anchor.isOfHost ? "opsd's own head" : "the anchor"
                verdict.misfit = AuditMisfit(
                    kind: .end, sequence: anchor.sequence,
                    message: "\(whose) \(anchor) is of a later chain line than the last, "
                        + "\(last): the end is missing")
                return
            } else {
                verdict.unknownAnchors.append(anchor)
            }
        }
    }

    // MARK: What is noted

    private static func note(_ chain: AuditChainLine, _ found: inout AuditVerdict) {
        let sequence = chain.head.sequence
        found.blocks += 1
        found.lines += chain.lines + 1
        found.sequences = (found.sequences?.lowerBound ?? sequence)...sequence
        // A clock may have been set back: the order of the lines counts.
        let first = found.times?.lowerBound ?? chain.time
        found.times = min(first, chain.time)...max(first, chain.time)
        found.head = chain.head
        found.through = chain.through
    }

    private static func note(
        _ line: AuditLine, _ found: inout AuditVerdict, _ removals: inout Set<AuditHead>
    ) {
        switch line {
        case .chain: break
        case .removed(let removal): removals.insert(removal.last)
        case .lost(let loss):
            found.lostLines += loss.lines
            if found.losses.count < AuditVerdict.keptLimit { found.losses.append(loss) }
        case .found(let find):
            if found.finds.count < AuditVerdict.keptLimit { found.finds.append(find) }
        }
    }

    private static func misfit(
        _ fit: AuditFit, _ chain: AuditChainLine, _ found: AuditVerdict, file: String,
        lines: ClosedRange<UInt64>
    ) -> AuditMisfit {
        let sequence = chain.head.sequence
        var misfit = AuditMisfit(
            kind: .content, file: file, lines: lines, sequence: sequence,
            message: "this block is not as it was written")
        if found.blocks > 0 || sequence == 1, chain.through > found.through {
            misfit.ids = found.through + 1...chain.through
        }
        switch fit {
        case .fits, .content: break
        case .sequence(let expected):
            misfit.kind = .sequence
            misfit.message =
                sequence > expected
                ? "chain lines \(expected) to \(sequence - 1) are missing before it"
                : "chain line \(sequence) stands where \(expected) should: blocks were moved, "
                    + "or the chain was written anew from there"
        case .previous:
            misfit.kind = .previous
            misfit.message =
                "it does not go on from the chain line before it: that one, or a block between "
                + "them, was exchanged"
        }
        return misfit
    }

    private static func differs(
        _ anchor: AuditAnchor, _ head: AuditHead, _ file: String, _ lines: ClosedRange<UInt64>?
    ) -> AuditMisfit {
        let whose = anchor.isOfHost ? "opsd's own head" : "the anchor"
        return AuditMisfit(
            kind: .anchor, file: file, lines: lines, sequence: head.sequence,
            message: "\(whose) says \(anchor), the chain has \(head): what is up to here was "
                + "written anew")
    }
}
