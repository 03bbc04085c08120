// Lines of a program on standard error; where that is the journal, with their priority.

/// A program that says what it does.
package struct ProgramLog: Sendable {
    private let name: String
    private let isJournal: Bool

    /// - Parameter name: what begins a line that goes elsewhere than to the journal.
    package init(_ name: String) {
        self.name = name
        isJournal = StandardStream.isJournal
    }

    /// Something that is as it should be.
    package func info(_ text: String) { write(6, text) }
    /// Something to know.
    package func notice(_ text: String) { write(5, text) }
    /// Something to look at.
    package func warning(_ text: String) { write(4, text) }
    /// Something that does not work.
    package func error(_ text: String) { write(3, text) }

    private func write(_ priority: Int, _ text: String) {
        for line in text.split(separator: "\n") {
            let mark = isJournal ? "<\(priority)>" : "\(name): "
            try? StandardStream.error.write("\(mark)\(PlainText.escaped(String(line)))\n")
        }
    }
}
