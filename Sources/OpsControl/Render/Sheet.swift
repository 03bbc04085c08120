// Text under construction.  The one place where strings meet escape sequences: every string is
// escaped when it is added, and colours come after that, so whatever a stranger wrote (a reason, a
// process name) stays mere text.

import OpsLinux

/// A piece of text, and its paint.
struct Cell: Sendable {
    /// Escaped.
    let text: String
    let paint: Paint?
    /// It is a time, as `Figures.time` writes it: where a table has not enough room, the year and
    /// the zone are left out.
    private let isTime: Bool

    init(_ text: String, _ paint: Paint? = nil, isTime: Bool = false) {
        self.text = PlainText.escaped(text)
        self.paint = paint
        self.isTime = isTime && text.utf8.count == 20
    }

    /// The shortest form of it, and the width of that.
    var shortest: Cell { isTime ? Cell(String(text.dropFirst(5).dropLast()), paint) : self }
    var shortWidth: Int { isTime ? 14 : width }

    static let none = Cell("-", .dim)

    var width: Int { Columns.width(text) }
}

/// Lines of text.
struct Sheet {
    let view: View
    private(set) var text = ""
    /// Whether a line that is longer than the terminal is wide is cut.
    var cutsLines = false
    /// Columns of the line so far, counted where lines are cut.
    private var column = 0

    init(_ view: View) { self.view = view }

    mutating func add(_ cell: Cell) {
        var cell = cell
        if cutsLines, let columns = view.columns {
            cell = Cell(Columns.cut(cell.text, to: max(0, columns - column)), cell.paint)
            column += cell.width
        }
        guard view.isColoured, let paint = cell.paint, !cell.text.isEmpty else {
            text += cell.text
            return
        }
        text += "\(paint.sequence)\(cell.text)\u{1b}[0m"
    }

    mutating func add(_ text: String, _ paint: Paint? = nil) { add(Cell(text, paint)) }

    mutating func space(_ count: Int) {
        for _ in 0..<max(0, count) { text += " " }
        column += max(0, count)
    }

    mutating func endLine() {
        text += "\n"
        column = 0
    }

    /// One whole line.
    mutating func line(_ cells: Cell...) {
        for cell in cells { add(cell) }
        endLine()
    }

    mutating func line(_ text: String, _ paint: Paint? = nil) { line(Cell(text, paint)) }

    /// `name` padded to `width`, then the cells that are not empty, one space apart.
    mutating func field(_ name: String, width: Int = 12, _ cells: Cell...) {
        field(name, width: width, cells: cells)
    }

    /// The same with any number of cells.
    mutating func field(_ name: String, width: Int = 12, cells: [Cell]) {
        let title = Cell(name, .dim)
        add(title)
        space(max(1, width - title.width))
        for (index, cell) in cells.enumerated() where !cell.text.isEmpty {
            if index > 0 { space(1) }
            add(cell)
        }
        endLine()
    }
}

/// How many columns text takes on a terminal.
enum Columns {
    /// An estimate by blocks: wide for East Asian and emoji, none for combining marks.
    static func width(_ text: String) -> Int {
        if text.utf8.count == text.utf8.count(where: { $0 < 0x80 }) { return text.utf8.count }
        return text.unicodeScalars.reduce(0) { $0 + width($1) }
    }

    /// At most `limit` columns, ending in `...` if something was left out and there is room for it.
    static func cut(_ text: String, to limit: Int) -> String {
        if width(text) <= limit { return text }
        var kept = ""
        let dots = limit > 3 ? "..." : ""
        var used = dots.count
        for scalar in text.unicodeScalars {
            used += width(scalar)
            if used > limit { break }
            kept.unicodeScalars.append(scalar)
        }
        return kept + dots
    }

    /// Lines of at most `limit` columns, broken at spaces where there are some; at most `lines` of
    /// them, the last of which is cut.
    static func wrapped(_ text: String, to limit: Int, lines: Int) -> [String] {
        var all: [String] = []
        var rest = Substring(text)
        while width(String(rest)) > limit && all.count < lines - 1 {
            var fitting = rest.startIndex
            var space: String.Index?
            var used = 0
            for index in rest.unicodeScalars.indices {
                let scalar = rest.unicodeScalars[index]
                if scalar == " " { space = index }
                used += width(scalar)
                if used > limit { break }
                fitting = rest.unicodeScalars.index(after: index)
            }
            let end = space.flatMap { $0 > rest.startIndex ? $0 : nil } ?? fitting
            if end == rest.startIndex { break }
            all.append(String(rest[..<end]))
            rest = rest[end...].drop { $0 == " " }
        }
        all.append(cut(String(rest), to: limit))
        return all
    }

    private static func width(_ scalar: Unicode.Scalar) -> Int {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: return 0
        default: break
        }
        switch scalar.value {
        case 0x1100...0x115f, 0x2e80...0xa4cf, 0xac00...0xd7a3, 0xf900...0xfaff, 0xfe30...0xfe6f,
            0xff00...0xff60, 0xffe0...0xffe6, 0x1f300...0x1faff, 0x20000...0x3fffd:
            return 2
        default: return 1
        }
    }
}
