// What opsd is told of a channel, for `pager status`.

import OpsCore

/// The request `pager report`.
enum PagerReport {
    static func line(_ channel: Channel, _ figures: ChannelFigures, inHand: Int) -> String {
        var line =
            "pager report \(channel.name) kind=\(channel.kind.rawValue) sent=\(figures.sent)"
            + " failed=\(figures.failed) in_hand=\(inHand)"
        if let time = figures.lastSuccess { line += " last_success=\(time)" }
        if let error = channel.fault ?? figures.lastError {
            line += " last_error=\(PagedItem.quoted(DeliveryFailure.line(error)))"
            if let time = figures.lastErrorAt { line += " last_error_at=\(time)" }
        }
        return line
    }
}
