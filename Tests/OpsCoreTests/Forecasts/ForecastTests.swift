// Forecasts in the state: what is kept by the hour, what is told, and how wrong it was.

import OpsTestKit
import Testing

@testable import OpsCore

/// A host whose disks fill, minute by minute.
private struct Host {
    var world = World()
    /// What each mount uses, of 1,000 GiB: GiB by hour.
    var disks: [String: (Double) -> Double]
    var size = 1_000.0
    private(set) var elapsed = 0.0

    init(_ disks: [String: (Double) -> Double]) {
        self.disks = disks
        world.advance(milliseconds: 3_600_000 - world.now.wallMilliseconds % 3_600_000)
    }

    private func mount(_ path: String, _ used: Double) -> Mount {
        var mount = Mount(device: "/dev/sda1", mountpoint: path, fstype: "ext4")
        let blocks = UInt64(size * 262_144)
        let free = UInt64(max(0, size - used) * 262_144)
        mount.space = MountSpace(blockSize: 4_096, blocks: blocks, free: free, available: free)
        return mount
    }

    mutating func pass(hours: Double, _ each: (inout Host) -> Void = { _ in }) {
        for _ in 0..<Int(hours * 60) {
            world.advance(milliseconds: 60_000)
            elapsed += 1 / 60
            var sample = Sample(at: world.now)
            sample.memory = MemoryUsage(totalBytes: 1 << 34, availableBytes: 1 << 33)
            sample.mounts = disks.sorted { $0.key < $1.key }.map {
                mount($0.key, $0.value(elapsed))
            }
            world.state.observeTrends(sample, at: world.now)
            while let change = world.state.trendChange(at: world.now) { world.commit(change) }
            each(&self)
        }
    }

    func view(_ name: String) -> ForecastView? {
        world.state.forecasts(at: world.now).first { $0.id.description == name }
    }

    var conditions: [IncidentCondition.Standing] {
        world.state.forecastConditions(at: world.now).map(\.standing)
    }
}

@Suite struct ForecastTests {
    @Test func withLessThanADayItIsUnknown() throws {
        var host = Host(["/": { 100 + $0 }])
        host.pass(hours: 20.5)
        var view = try #require(host.view("/"))
        #expect(view.unknown == "20 h of 24 h of data" && view.day == nil && view.error == nil)
        #expect(host.conditions == [.unknown])
        host.pass(hours: 4)
        view = try #require(host.view("/"))
        #expect(view.unknown == nil && view.hours == 24)
        // 875 GiB are left at 1 an hour.
        let left = try #require(view.day?.fullIn)
        #expect(abs(left - 875 * 3_600) < 2 * 3_600)
        #expect(view.day?.fullAt == host.world.now.wallMilliseconds / 1_000 + left)
        #expect(view.week?.fullIn == view.day?.fullIn)
        let memory = try #require(host.view("memory"))
        #expect(memory.day?.bytesPerDay == 0 && memory.day?.fullIn == nil)
    }

    /// The forecast of a day before beside what is: right where it grows on, wrong by what was
    /// deleted where something was.
    @Test func theErrorIsThatOfADayBefore() throws {
        var host = Host([
            "/even": { 100 + $0 }, "/cleaned": { 100 + $0 - ($0 > 60 ? 48 : 0) },
        ])
        host.pass(hours: 49)
        #expect(try #require(host.view("/even")?.error) < 1 << 24)
        host.pass(hours: 60)
        #expect(try #require(host.view("/even")?.error) < 1 << 24)
        // 24 of the forecasts that have come true were 48 GiB too high.
        let misses = host.world.state.trends[try #require(TrendID(mount: "/cleaned"))]?.misses
        let wrong = try #require(misses).all.compactMap(\.self).filter { $0 > 40 << 20 }
        #expect((23...24).contains(wrong.count))
    }

    /// Full within a day by both slopes: an incident, which ends an hour after neither says so.
    @Test func whatIsFullSoonIsAnIncident() throws {
        var host = Host(["/": { 100 + $0 * 10 }])
        var first: Double?
        host.pass(hours: 70) { host in
            if first == nil, host.conditions == [.wrong] { first = host.elapsed }
        }
        // 1,000 GiB are reached after 90 hours.
        #expect(abs(try #require(first) - 66) < 0.1)
        let told = try #require(host.world.state.forecastConditions(at: host.world.now).first)
        #expect(told.message == "The disk / will be full within a day")
        #expect(told.key == "disk_full_soon:/")
        // Somebody makes room: it stays for an hour, in case it was a moment's.
        host.disks["/"] = { _ in 300 }
        host.pass(hours: 0.9)
        #expect(host.conditions == [.unknown])
        host.pass(hours: 0.2)
        #expect(host.conditions.isEmpty)
    }

    /// A larger disk, a quota: what counts is the room there is now.
    @Test func aResizeIsTheNewRoom() throws {
        var host = Host(["/": { 100 + $0 * 10 }])
        host.pass(hours: 70)
        #expect(host.conditions == [.wrong])
        host.size = 2_000
        host.pass(hours: 1.2)
        #expect(host.conditions.isEmpty)
        #expect(abs(try #require(host.view("/")?.day?.fullIn) / 3_600 - 119) < 2)
        host.size = 900
        host.pass(hours: 0.1)
        #expect(host.conditions == [.wrong])
    }

    /// Log rotation near the edge: neither slope cries wolf once two nights have shown it.
    @Test func rotationNearTheEdgeIsQuiet() {
        var host = Host(["/var/log": { 960 + $0.truncatingRemainder(dividingBy: 24) * 1.5 }])
        var wrong = 0
        host.pass(hours: 49)
        host.pass(hours: 120) { host in if host.conditions.contains(.wrong) { wrong += 1 } }
        #expect(wrong == 0)
    }

    /// What opsd has logged is there after a start, and goes on; a month off makes it unknown.
    @Test func aStartGoesOnWhereItWas() throws {
        var host = Host(["/": { 100 + $0 }])
        host.pass(hours: 50)
        var copy = host.world.replayed()
        copy.recoveryEnded()
        #expect(
            copy.image(at: host.world.now).entries
                == host.world.state.image(at: host.world.now).entries)
        host.world.state = copy
        #expect(host.view("/")?.unknown == "not there")
        host.pass(hours: 0.1)
        #expect(host.view("/")?.unknown == nil)
        // The month's end is not the hour after.
        host.world.advance(milliseconds: 30 * 86_400_000)
        host.pass(hours: 0.1)
        #expect(host.view("/")?.unknown == "0 h of 24 h of data")
        #expect(host.conditions == [.unknown])
    }

    /// What is not there any more is forgotten after a week, and 32 disks are followed.
    @Test func soManyDisksAreFollowed() {
        var disks: [String: (Double) -> Double] = [:]
        for number in 0..<40 { disks["/mnt/\(number)"] = { _ in 1 } }
        var host = Host(disks)
        host.pass(hours: 2)
        #expect(host.world.state.trends.ids.count(where: \.isDisk) == TrendBounds.disks)
        host.disks = ["/other": { _ in 1 }]
        host.pass(hours: 2)
        #expect(host.view("/other") == nil)
        host.pass(hours: 170)
        #expect(host.world.state.trends.ids.map(\.description) == ["/other", "memory"])
    }

    /// Images, what is read-only on purpose, and what does not answer have no forecast.
    @Test func whatCannotFillIsLeftOut() {
        var sample = Sample(at: World.start)
        var image = Mount(device: "/dev/loop0", mountpoint: "/snap/x", fstype: "squashfs")
        image.space = MountSpace(blockSize: 4_096, blocks: 100, free: 0, available: 0)
        image.isReadOnly = true
        var stale = image
        (stale.isReadOnly, stale.stale, stale.mountpoint) = (false, true, "/mnt/nfs")
        var good = stale
        (good.stale, good.mountpoint) = (false, "/srv")
        var empty = good
        (empty.space, empty.mountpoint) = (nil, "/none")
        sample.mounts = [image, stale, good, empty]
        sample.swap = SwapUsage(totalBytes: 0, freeBytes: 0)
        #expect(TrendReading.all(of: sample).map(\.id.description) == ["/srv"])
    }
}
