// The replies about channels.

import OpsCore

extension PagerReply {
    func writeMembers(to json: inout JSONWriter) {
        switch self {
        case .noted: json.member("noted", true)
        case .test(let channel, let item):
            json.member("channel", text: channel)
            json.key("item")
            json.integer(item)
        case .status(let rows):
            json.key("channels")
            // There are 32 at most.
            json.array { json in for row in rows { json.object { row.writeMembers(to: &$0) } } }
        }
    }
}

extension ChannelRow {
    fileprivate func writeMembers(to json: inout JSONWriter) {
        json.member("name", text: channel.name)
        json.member("kind", text: channel.kind.rawValue)
        json.member("state", text: state.rawValue)
        json.key("waiting")
        json.integer(waiting)
        json.key("in_hand")
        json.integer(inHand)
        json.member("parked_since", seconds: parkedSince)
        json.member("paused_until", seconds: pausedUntil)
        json.member("last_success", seconds: lastSuccess)
        json.key("last_error")
        if let lastError { json.string(lastError) } else { json.null() }
        json.member("last_error_at", seconds: lastErrorAt)
        for (name, value) in [("sent", sent), ("failed", failed)] {
            json.key(text: name)
            if let value { json.integer(value) } else { json.null() }
        }
    }
}
