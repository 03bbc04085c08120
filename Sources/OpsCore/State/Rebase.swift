// From one boot of the machine to the next: deadlines are boot time, which starts anew.

/// The move of all deadlines from one boot to the next.
package struct Rebase: Hashable, Sendable {
    /// The last moment the earlier boot recorded, milliseconds of its boot time.
    package var lastBoot: Int64
    /// Wall clock less boot time in the earlier boot, milliseconds.
    package var earlierOffset: Int64
    /// Now, milliseconds of this boot.
    package var boot: Int64
    /// Now, wall clock milliseconds since 1970.
    package var wall: Int64
    /// This boot's id, 128 bits.
    package var bootID: BootID

    package init(lastBoot: Int64, earlierOffset: Int64, boot: Int64, wall: Int64, bootID: BootID) {
        self.lastBoot = lastBoot
        self.earlierOffset = earlierOffset
        self.boot = boot
        self.wall = wall
        self.bootID = bootID
    }

    /// A deadline in this boot: what is left of it by the wall clock, but never more than there was
    /// at the last moment recorded, however the wall clock was set in between.
    package func moved(_ deadline: Int64) -> Int64 {
        let atMost = max(0, deadline - lastBoot)
        let byWall = deadline + earlierOffset - wall
        return boot + min(max(0, byWall), atMost)
    }

    /// The beginning of something that goes on, in this boot: as long ago as it is by the wall
    /// clock, and at least as long as it was at the last moment recorded.  It may lie before the
    /// boot.
    package func movedBack(_ beginning: Int64) -> Int64 {
        let atLeast = max(0, lastBoot - beginning)
        let byWall = wall - (beginning + earlierOffset)
        return max(-Bounds.deadlineMilliseconds.upperBound, boot - max(byWall, atLeast))
    }
}

/// Which boot of the machine boot times belong to.  Source: /proc/sys/kernel/random/boot_id.
package struct BootID: Hashable, Sendable {
    /// The first eight bytes, the first of them highest.
    package var high: UInt64
    /// The last eight bytes.
    package var low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }
}
