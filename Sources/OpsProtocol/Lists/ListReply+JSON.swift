// Replies about named lists.

import OpsCore

extension ListReply {
    func writeMembers(to json: inout JSONWriter, _ budget: PageBudget) {
        switch self {
        case .begun(let begun): begun.writeMembers(to: &json)
        case .staged(let staged): staged.writeMembers(to: &json, budget)
        case .committed(let committed): committed.writeMembers(to: &json)
        case .dropped(let name, let entries):
            json.member("name", text: name)
            json.member("dropped", true)
            json.key("entries")
            json.integer(entries)
        case .all(let lists):
            json.key("lists")
            json.array { json in for list in lists { json.object { list.writeMembers(to: &$0) } } }
        case .page(let view, let page): view.writeMembers(to: &json, page, budget)
        }
    }
}

extension ListBegun {
    func writeMembers(to json: inout JSONWriter) {
        json.key("token")
        json.integer(token)
        json.member("name", text: name)
        json.key("ipv6_prefix")
        json.integer(ipv6Prefix)
        json.key("room")
        json.integer(room)
        json.key("line_bytes")
        json.integer(lineBytes)
    }
}

extension ListStaged {
    func writeMembers(to json: inout JSONWriter, _ budget: PageBudget) {
        json.key("staged")
        json.integer(staged)
        json.key("duplicates")
        json.integer(duplicates)
        json.key("total")
        json.integer(total)
        json.key("refused_count")
        json.integer(refused.count)
        let isCut = json.list("refused", refused, limitBytes: budget.share(1) - 256) {
            json, refused in
            json.member("ip", refused.network)
            refused.refusal.writeMembers(to: &json)
        }
        json.cutMember(isCut)
    }
}

extension JSONWriter {
    fileprivate mutating func ending(_ expires: Int64?, _ ttlSeconds: Int64?) {
        member("expires", seconds: expires)
        member("ttl_seconds", integer: ttlSeconds)
        if expires == nil { member("permanent", true) }
    }
}

extension ListCommitted {
    func writeMembers(to json: inout JSONWriter) {
        json.member("name", text: name)
        json.key("entries")
        json.integer(entries)
        json.member("replaced", isReplacement)
        json.key("added")
        json.integer(added)
        json.key("removed")
        json.integer(removed)
        json.ending(expires, ttlSeconds)
    }
}

extension ListView {
    func writeMembers(to json: inout JSONWriter) {
        json.member("name", text: name)
        json.key("entries")
        json.integer(entries)
        json.key("ipv4")
        json.integer(ipv4)
        json.key("ipv6")
        json.integer(ipv6)
        json.ending(expires, ttlSeconds)
        json.member("committed", seconds: committed)
        json.member("uid", integer: uid)
        if isDryRun { json.member("dry_run", true) }
        enforcement?.writeMembers(to: &json)
    }

    /// Writes the list, and a page of its networks.
    func writeMembers(to json: inout JSONWriter, _ page: Page<Network>, _ budget: PageBudget) {
        writeMembers(to: &json)
        json.key("ips")
        var next = page.next
        json.array { json in
            for (index, network) in page.rows.enumerated() {
                if budget.isSpent(json), index > 0 {
                    next = page.rows[index - 1]
                    break
                }
                json.string { network.write(to: &$0) }
            }
        }
        json.key("next")
        if let next { json.string { next.write(to: &$0) } } else { json.null() }
    }
}
