// A table: a title line and rows, columns two spaces apart, as wide as their widest cell.  On a
// terminal the last column, where the free text is, is cut to the width; in a pipe nothing is.

struct Table {
    enum Side {
        case left, right
    }

    private let titles: [(text: String, side: Side)]
    private var rows: [[Cell]] = []

    /// Titles in capitals; a leading `>` sets a column to the right.
    init(_ titles: String...) {
        self.titles = titles.map { title in
            title.hasPrefix(">") ? (String(title.dropFirst()), .right) : (title, .left)
        }
    }

    var isEmpty: Bool { rows.isEmpty }

    /// Cells in the order of the titles; missing ones are empty.
    mutating func row(_ cells: Cell...) { rows.append(cells) }

    /// Adds the table to a sheet.
    func write(to sheet: inout Sheet) {
        let heads = titles.map { Cell($0.text, .dim) }
        var widths = heads.map(\.width)
        for row in rows {
            for (column, cell) in row.enumerated() where column < widths.count {
                widths[column] = max(widths[column], cell.width)
            }
        }
        write(heads, widths, &sheet)
        for row in rows { write(row, widths, &sheet) }
    }

    private func write(_ cells: [Cell], _ widths: [Int], _ sheet: inout Sheet) {
        // Trailing empty cells leave no trailing spaces.
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
