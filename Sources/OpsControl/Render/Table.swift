// A table: a line of titles and rows, columns two spaces apart and as wide as their widest cell.
// In a pipe nothing is cut.  On a terminal a table that is too wide is made to fit, in this order:
// times lose their year, columns that may go go, middle columns of text are cut, and the last
// column, where the free text is, is cut or wrapped.  The first column, which names the thing, is
// never cut.

struct Table {
    enum Side {
        case left, right
    }

    private struct Column {
        let title: Cell
        let side: Side
        /// Left out where the terminal is too narrow.
        let mayGo: Bool
    }

    /// What the last column gets before a middle one is cut, if it has so much text.
    private static let textColumns = 24
    /// No column of text is cut to less.
    private static let leastColumns = 8
    /// Lines of a cell that is wrapped; the rest is left out.
    private static let wrappedLines = 4

    private let columns: [Column]
    private var rows: [[Cell]] = []
    /// The widest cell of each column so far, and the widest where each is as short as it can be.
    private var whole: [Int] = []
    private var short: [Int] = []
    private var hasTitles = false

    /// Names of users, for those who make cells.
    var users = UserNames()
    /// Whether the last column is wrapped on a terminal, rather than cut.
    var wrapsText = false

    /// Titles in capitals; a leading `>` aligns a column to the right, `?` lets it go where there
    /// is no room.
    init(_ titles: String...) { self.init(titles) }

    init(_ titles: [String]) {
        columns = titles.map { title in
            let marks = title.prefix { $0 == "?" || $0 == ">" }
            return Column(
                title: Cell(String(title.dropFirst(marks.count)), .dim),
                side: marks.contains(">") ? .right : .left, mayGo: marks.contains("?"))
        }
    }

    /// Rows that `flush` has not written yet.
    var waiting: Int { rows.count }

    /// Whether no row was ever added.
    var isEmpty: Bool { rows.isEmpty && !hasTitles }

    /// Cells in the order of the titles; missing ones are empty.
    mutating func row(_ cells: Cell...) { rows.append(cells) }

    /// Writes the whole table to a sheet.
    func write(to sheet: inout Sheet) {
        var copy = self
        if rows.isEmpty { copy.rows = [[]] }
        copy.flush(to: &sheet)
    }

    /// Writes the rows added since the last flush; the first flush writes the titles too.  In a
    /// pipe a column never gets narrower, so the pages of a long list stay aligned.
    mutating func flush(to sheet: inout Sheet) {
        if rows.isEmpty { return }
        if !hasTitles {
            whole = columns.map(\.title.width)
            short = whole
        }
        let isOnTerminal = sheet.view.columns != nil
        for row in rows {
            for (column, cell) in row.enumerated() where column < columns.count {
                let width = cell.width
                whole[column] = max(whole[column], width)
                if isOnTerminal { short[column] = max(short[column], cell.shortWidth) }
            }
        }
        let layout = layout(sheet.view.columns)
        if !hasTitles { write(columns.map(\.title), layout, &sheet) }
        hasTitles = true
        for row in rows where !row.isEmpty { write(row, layout, &sheet) }
        rows.removeAll(keepingCapacity: true)
    }

    // MARK: Fitting

    /// The columns that are shown, with their widths.
    private struct Layout {
        var widths: [Int]
        var isShort = false
        var shown: [Int]
        /// Columns of the terminal; nil: nothing is cut.
        let limit: Int?
    }

    private func layout(_ limit: Int?) -> Layout {
        var layout = Layout(widths: whole, shown: Array(columns.indices), limit: limit)
        guard let limit, let last = columns.indices.last else { return layout }
        func excess() -> Int {
            let text = columns[last].side == .left
            return layout.shown.reduce(2 * (layout.shown.count - 1) - limit) { sum, column in
                let width = layout.widths[column]
                return sum + (column == last && text ? min(width, Self.textColumns) : width)
            }
        }
        if excess() > 0 {
            layout.isShort = true
            layout.widths = short
        }
        for column in columns.indices where columns[column].mayGo && excess() > 0 {
            layout.shown.removeAll { $0 == column }
        }
        let middle = layout.shown.filter {
            $0 > 0 && $0 < last && columns[$0].side == .left
        }
        for column in middle.sorted(by: { layout.widths[$0] > layout.widths[$1] }) {
            let excess = excess()
            if excess <= 0 { break }
            let least = max(Self.leastColumns, columns[column].title.width)
            layout.widths[column] = min(
                layout.widths[column], max(least, layout.widths[column] - excess))
        }
        return layout
    }

    // MARK: Writing

    private func write(_ cells: [Cell], _ layout: Layout, _ sheet: inout Sheet) {
        guard let limit = layout.limit else { return write(whole: cells, layout.widths, &sheet) }
        let shown = layout.shown.filter { $0 < cells.count }
        // Empty cells at the end are left out, so that no spaces trail.
        guard let end = shown.lastIndex(where: { !cells[$0].text.isEmpty }) else {
            return sheet.endLine()
        }
        var used = 0
        var more: [String] = []
        for (place, column) in shown[...end].enumerated() {
            let side = columns[column].side
            var cell = layout.isShort ? cells[column].shortest : cells[column]
            if side == .left, column > 0 {
                if column < columns.count - 1 {
                    cell = Cell(Columns.cut(cell.text, to: layout.widths[column]), cell.paint)
                } else {
                    let room = max(Self.leastColumns, limit - used)
                    var lines = [Columns.cut(cell.text, to: room)]
                    if wrapsText {
                        lines = Columns.wrapped(cell.text, to: room, lines: Self.wrappedLines)
                    }
                    more = Array(lines.dropFirst())
                    cell = Cell(lines.first ?? "", cell.paint)
                }
            }
            let pad = layout.widths[column] - cell.width
            if side == .right { sheet.space(pad) }
            sheet.add(cell)
            if place < end {
                if side == .left { sheet.space(pad) }
                sheet.space(2)
                used += layout.widths[column] + 2
            }
        }
        sheet.endLine()
        for line in more {
            sheet.space(used)
            sheet.line(line)
        }
    }

    /// Nothing is cut.
    private func write(whole cells: [Cell], _ widths: [Int], _ sheet: inout Sheet) {
        let count = (cells.lastIndex { !$0.text.isEmpty } ?? -1) + 1
        for (column, cell) in cells.prefix(min(count, widths.count)).enumerated() {
            let side = columns[column].side
            let pad = widths[column] - cell.width
            if side == .right { sheet.space(pad) }
            sheet.add(cell)
            if column < count - 1 {
                if side == .left { sheet.space(pad) }
                sheet.space(2)
            }
        }
        sheet.endLine()
    }
}
