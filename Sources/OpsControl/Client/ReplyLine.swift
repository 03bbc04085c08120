// One line from the daemon: its first word and its object.  The bytes of the object are kept as
// they were received, for --json; the tree is made only when it is needed.

import OpsProtocol

/// `ok {...}`, `err {...}` or `event {...}`.
struct ReplyLine: Hashable, Sendable {
    /// What the first word can be.
    enum Kind: Hashable, Sendable {
        case ok, err, event
    }

    /// The first word.
    let kind: Kind
    /// The object, as it was received.
    let object: [UInt8]

    /// Splits a line; nil if it does not begin with one of the three words.
    init?(_ line: Span<UInt8>) {
        var object: [UInt8] = []
        let kinds: [(StaticString, Kind)] = [("ok ", .ok), ("err ", .err), ("event ", .event)]
        for (word, kind) in kinds {
            let count = word.utf8CodeUnitCount
            guard line.count > count, JSONReader.matches(line, 0..<count, word) else { continue }
            line.extracting(droppingFirst: count).withUnsafeBufferPointer {
                object.append(contentsOf: $0)
            }
            self.kind = kind
            self.object = object
            return
        }
        return nil
    }

    /// The object as a tree.
    func value() throws(ClientFault) -> JSONValue {
        do throws(JSONFault) {
            return try JSONValue(parsing: object.span)
        } catch {
            throw .daemonFailed(
                "the daemon's answer is not valid JSON: \(error.reason) at byte \(error.offset + 1)"
            )
        }
    }
}
