// `events`: those in memory, and as many older ones as the daemon has read for a page.  The files
// may hold millions: opsctl goes on through them only until it has something to show, or with
// --all.

import OpsCore
import OpsProtocol

enum EventPages {
    /// Older events than this many are not looked for in files.
    private static let enough: UInt64 = 1_000

    /// Shows events, and says on standard error where the rest is.
    static func run(
        _ rows: RowTable, _ words: CommandWords, _ options: ControlOptions,
        _ connection: inout Connection, _ output: Output
    ) throws(ClientFault) -> ExitCode {
        var last = JSONValue.null
        let code = try Paging.run(rows, words, &connection, output) { page in
            last = page
            return !options.wantsAll && isEnough(page)
        }
        tell(of: last, words)
        return code
    }

    /// Whether the files need not be read further: something was shown, and all that is known of.
    private static func isEnough(_ page: JSONValue) -> Bool {
        guard let text = page["next"]?.text,
            case .line(let place)? = EventPlace(parsing: text)
        else { return false }
        let total = page["total"]?.integer ?? 0
        return place.seen > 0 && (place.seen >= UInt64(clamping: total) || place.seen >= enough)
    }

    private static func tell(of page: JSONValue, _ words: CommandWords) {
        if let next = page["next"]?.text {
            Diagnostics.write(
                "older events are in the files: opsctl events --after \(next), or --all for all")
        }
        if let fault = page["fault"]?.text { Diagnostics.write("not read: \(fault)") }
        if let count = page["compressed_files"]?.integer, count > 0 {
            let files = count == 1 ? "a compressed file" : "\(count) compressed files"
            Diagnostics.write(
                "events in \(files) were not read: see zcat on events.ndjson*.gz in the log "
                    + "directory")
        }
    }
}
