// A table: a line of titles and rows, columns two spaces apart and as wide as their widest cell.
// On a terminal the last column, where the free text is, is cut to the width; in a pipe nothing is
// cut.

struct Table {
    enum Side {
        case left, right
    }

    private let titles: [(text: String, side: Side)]
    private var rows: [[Cell]] = []
    private var widths: [Int] = []

    /// Titles in capitals; a leading `>` aligns a column to the right.
    init(_ titles: String...) { self.init(titles) }

    init(_ titles: [String]) {
        self.titles = titles.map { title in
            title.hasPrefix(">") ? (String(title.dropFirst()), .right) : (title, .left)
        }
    }

    /// Rows that `flush` has not written yet.
    var waiting: Int { rows.count }

    /// Whether no row was ever added.
    var isEmpty: Bool { rows.isEmpty && widths.isEmpty }

    /// Cells in the order of the titles; missing ones are empty.
    mutating func row(_ cells: Cell...) { rows.append(cells) }

    /// Writes the whole table to a sheet.
    func write(to sheet: inout Sheet) {
        var copy = self
        if rows.isEmpty { copy.rows = [[]] }
        copy.flush(to: &sheet)
    }

    /// Writes the rows added since the last flush; the first flush writes the titles too.  A column
    /// never gets narrower, so the pages of a long list stay aligned.
    mutating func flush(to sheet: inout Sheet) {
        if rows.isEmpty { return }
        let heads = titles.map { Cell($0.text, .dim) }
        let isFirst = widths.isEmpty
        if isFirst { widths = heads.map(\.width) }
        for row in rows {
            for (column, cell) in row.enumerated() where column < widths.count {
                widths[column] = max(widths[column], cell.width)
            }
        }
        if isFirst { write(heads, &sheet) }
        for row in rows where !row.isEmpty { write(row, &sheet) }
        rows.removeAll(keepingCapacity: true)
    }

    private func write(_ cells: [Cell], _ sheet: inout Sheet) {
        // Empty cells at the end are left out, so that no spaces trail.
        let count = (cells.lastIndex { !$0.text.isEmpty } ?? -1) + 1
        var used = 0
        for (column, cell) in cells.prefix(min(count, widths.count)).enumerated() {
            let isLast = column == widths.count - 1
            let side = titles[column].side
            var cell = cell
            if isLast, side == .left, let columns = sheet.view.columns {
                cell = Cell(Columns.cut(cell.text, to: max(8, columns - used)), cell.paint)
            }
            let pad = widths[column] - cell.width
            if side == .right { sheet.space(pad) }
            sheet.add(cell)
            if side == .left && column < count - 1 { sheet.space(pad) }
            if column < count - 1 { sheet.space(2) }
            used += widths[column] + 2
        }
        sheet.endLine()
    }
}
