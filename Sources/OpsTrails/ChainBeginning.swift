// Where the chain is at the beginning of a file: whoever puts the files of events in order reads
// each as far as its first chain line.

package import OpsCore
import OpsProtocol

/// Looks for the first chain line of a file, which comes in pieces.
package struct ChainBeginning {
    private var walk = AuditWalk(after: .origin)
    /// What the first chain line goes on from; nil: there was none so far.
    package private(set) var head: AuditHead?

    /// Nothing was looked at.
    package init() {}

    /// The next piece; true: the next is wanted too.
    package mutating func feed(_ bytes: Span<UInt8>) -> Bool {
        var found = head
        walk.feed(bytes) { step, _ in
            guard found == nil, case .chain(let line, _) = step else { return }
            found = AuditHead(sequence: line.head.sequence &- 1, hash: line.previous)
        }
        head = found
        return found == nil
    }
}
