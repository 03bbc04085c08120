// The start of events.ndjson in a run: the chain goes on from what the file has.  What a crash has
// left half written, and no chain line covers that was on the disk, is cut off; what the tail of
// events has and the file has not is written; ids that neither has are told.

import OpsCore
import OpsLinux
import OpsProtocol

extension EventsFile {
    /// Finds the end of the chain, and makes the file fit to go on.
    mutating func repair() throws(Errno) {
        let known = box.read().start?.durable
        var current = try ChainScan.file(Self.name, in: logPath, known: known)
        if let scan = current, scan.head != nil { current = try mend(scan, known) }
        if let current, current.head != nil { return try goOn(from: current, current, known) }
        // It has no chain line: the chain ends in the file before it, or begins here.
        var rotated = try ChainScan.newestRotated(in: logPath, known: known)
        if let scan = rotated, scan.head != nil, scan.identity != nil {
            let mended = try mend(scan, known)
            // No block spans two files: each can be looked at alone.  What the last one has after
            // its last chain line is written again.
            rotated = mended.hasMisfit ? mended : try cut(mended, to: mended.openStart, known)
        }
        if let scan = current {
            let isSound = rotated?.head == nil ? true : try scan.isOpenSound(in: logPath)
            current = try cut(scan, to: isSound ? scan.wholeBytes : 0, known)
        }
        try goOn(from: rotated, current, known)
    }

    /// Cuts off an end that does not fit, unless a chain line in it was on the disk: then somebody
    /// has changed it, and it stays as it is.
    private mutating func mend(
        _ scan: ChainScan, _ known: AuditHead?
    ) throws(Errno) -> ChainScan {
        let isSound = try scan.isOpenSound(in: logPath)
        if !scan.hasMisfit && isSound {
            return scan.isTorn ? try cut(scan, to: scan.wholeBytes, known) : scan
        }
        let fits = scan.good?.head.sequence ?? scan.before ?? 0
        if scan.differs || fits < known?.sequence ?? 0 { return scan }
        let end = scan.good?.end ?? scan.firstKept ?? 0
        notes.append(
            "\(scan.name): what follows chain line \(fits) was not on the disk when the host went "
                + "down; \(scan.size - end) bytes are in \(ChainScan.damagedName), whole events of "
                + "them are written again")
        let mended = try cut(scan, to: end, known)
        if mended.head != nil { return mended }
        let isWhole = try mended.isOpenSound(in: logPath)
        return isWhole ? mended : try cut(mended, to: 0, known)
    }

    private mutating func cut(
        _ scan: ChainScan, to end: Int64, _ known: AuditHead?
    ) throws(Errno) -> ChainScan {
        if end == scan.size { return scan }
        let events = try scan.cut(to: end, in: logPath)
        box.update { $0.salvaged.merge(events) { _, new in new } }
        return try ChainScan.file(scan.name, in: logPath, known: known) ?? scan
    }

    /// The chain goes on after `carrier`, in `current`.
    private mutating func goOn(
        from carrier: ChainScan?, _ current: ChainScan?, _ known: AuditHead?
    ) throws(Errno) {
        var head = carrier?.head ?? .origin
        if let known, head.sequence < known.sequence || carrier?.differs == true {
            let found =
                "\(Self.name): chain line \(known) was on the disk, and the files have "
                + (head.sequence < known.sequence ? "nothing after \(head)" : "another one")
            notes.append(found)
            head = known
        }
        var chain = EventChain(after: head, through: 0)
        chain.durable = known.flatMap { $0.sequence <= head.sequence ? $0 : nil }
        if let carrier, carrier.head != nil, carrier.identity != nil {
            try ChainScan.add(
                carrier.name, in: logPath, from: carrier.openStart, to: carrier.size,
                lines: carrier.openLines, to: &chain.block)
        }
        if let file = carrier?.identity, carrier?.name != current?.name {
            // It may have been renamed before it was on the disk.
            ChainScan.syncRotated(file, in: logPath)
        }
        if let current {
            if current.name != carrier?.name {
                try ChainScan.add(
                    current.name, in: logPath, from: 0, to: current.size,
                    lines: current.openLines, to: &chain.block)
            }
            chain.file = current.identity
            chain.bytes = current.size
            chain.begunBytes = current.size
            chain.needsLineFeed = current.isTorn
        }
        chain.through =
            current?.lastEvent ?? carrier?.lastEvent ?? carrier?.good?.through ?? 0
        let done = chain
        box.update { $0.chain = done }
    }

    /// Once in a run: writes what the tail has and the file lacks, and tells what neither has.
    mutating func begin(_ room: EventRoom) throws(Errno) {
        let content = box.read()
        guard let chain = content.chain, let start = content.start else { return }
        var lines = content.salvaged.filter { $0.key > chain.through }
        for event in start.tail where event.id > chain.through && event.id < start.next {
            var line: [UInt8] = []
            event.writeObject(to: &line)
            line.append(0x0a)
            lines[event.id] = line
        }
        var piece = EventPiece(after: chain.through)
        for what in notes {
            AuditLine.write(AuditFind(what: what), wall: wall(), to: &piece.text)
            piece.lines += 1
        }
        for id in lines.keys.sorted() {
            guard let line = lines[id] else { continue }
            piece.add(line: line, of: id, content.lossReason, wall: wall())
            if piece.text.count >= Self.pieceBytes { try write(&piece, room) }
        }
        piece.miss(before: start.next, content.lossReason, wall: wall())
        // Ids that a crash has taken back from the state are used again.
        piece.through = min(piece.through, start.next - 1)
        try write(&piece, room)
        box.update { content in
            content.start = nil
            content.salvaged = [:]
        }
    }
}
