// Real file systems on loop devices, in mounts of the test's own: read by the prober's own code.
// Skipped without root, and where there are no loop devices.

import Glibc
import OpsCore
import OpsLinux
import OpsProbe
import OpsTestKit
import Testing

@testable import OpsDaemon

/// The prober's rounds, on this thread.
private final class ProbeRounds {
    private var tools = ProbeTools()
    private(set) var known = KnownMounts()

    /// Reads the table and asks each mount; returns the one at `place`.
    func round(_ place: String) -> Mount? {
        guard case .table(let table) = tools.perform(.table(includeRemote: false)) else {
            return nil
        }
        for entry in known.adopt(table) where entry.mount.mountpoint.hasPrefix(place) {
            let job = ProbeJob.space(mountpoint: entry.mount.mountpoint, mount: entry.id)
            guard case .space(let mountpoint, let answer) = tools.perform(job) else { continue }
            known.take(answer, of: mountpoint)
        }
        return known.mounts.first { $0.mountpoint == place }
    }
}

@Suite("real mounts", .enabled(if: MountsOfItsOwn.isPossible, "needs root and loop devices"))
struct RealMountTests {
    /// Runs `body` where an ext4 is mounted at the path that it gets, on a loop device.
    private func withDisk(_ options: String, _ body: @escaping (String) -> Void) throws {
        let scratch = try ScratchDirectory()
        let path = scratch.path
        MountsOfItsOwn.run {
            let isReady = MountsOfItsOwn.shell(
                """
                cd '\(path)'; mkdir -p closed/disk
                truncate -s 8M image; mkfs.ext4 -q -F -N 64 image
                mount -o loop,\(options) image closed/disk
                """)
            #expect(isReady)
            body("\(path)/closed/disk")
            // The scratch directory is removed outside of these mounts, the device with them.
            _ = MountsOfItsOwn.shell("umount -l '\(path)/closed/disk'")
        }
    }

    private func codes(_ mount: Mount?) -> [HealthFinding.Code] {
        var sample = Sample(at: Moment(boot: 0, wall: 0))
        sample.mounts = mount.map { [$0] } ?? []
        return HealthRules().findings(in: sample).map(\.code)
    }

    @Test func aMountBelowAClosedDirectory() throws {
        try withDisk("rw") { disk in
            let rounds = ProbeRounds()
            #expect(rounds.round(disk)?.stale == false)
            _ = MountsOfItsOwn.shell("chmod 700 '\(disk)/..'")
            MountsOfItsOwn.asNobody {
                let mount = rounds.round(disk)
                #expect(mount?.stale == true && mount?.space != nil)
                #expect(mount?.fault == "Permission denied (EACCES)")
            }
            #expect(rounds.round(disk)?.stale == false)
        }
    }

    @Test func aDiskWithoutInodes() throws {
        try withDisk("rw") { disk in
            let rounds = ProbeRounds()
            #expect(codes(rounds.round(disk)) == [])
            _ = MountsOfItsOwn.shell("cd '\(disk)'; for i in $(seq 99); do > f$i || break; done")
            let mount = rounds.round(disk)
            #expect(mount?.inodes?.free == 0 && mount?.inodes?.total == 64)
            #expect(codes(mount) == [.inodesHigh])
        }
    }

    @Test func aDiskThatFails() throws {
        try withDisk("rw,errors=remount-ro") { disk in
            let rounds = ProbeRounds()
            #expect(rounds.round(disk)?.hasBecomeReadOnly == false)
            // As after an error of the disk.
            _ = MountsOfItsOwn.shell("mount -o remount,abort '\(disk)'")
            #expect(codes(rounds.round(disk)) == [.readOnly])
            // A daemon that starts after it says so too.
            let later = ProbeRounds()
            #expect(codes(later.round(disk)) == [.readOnly])
        }
    }

    @Test func aDiskThatIsReadOnlyOnPurpose() throws {
        try withDisk("ro") { disk in
            let rounds = ProbeRounds()
            let mount = rounds.round(disk)
            #expect(mount?.isReadOnly == true && mount?.space != nil && codes(mount) == [])
            #expect(codes(rounds.round(disk)) == [])
        }
    }

    /// Only the mount is read-only: the file system takes writes elsewhere.
    @Test func aReadOnlyViewIsNoReadOnlyDisk() throws {
        try withDisk("rw") { disk in
            let rounds = ProbeRounds()
            _ = rounds.round(disk)
            #expect(MountsOfItsOwn.shell("mount -o remount,bind,ro '\(disk)'"))
            #expect(rounds.round(disk)?.isReadOnly == false)
        }
    }

    @Test func aMountHiddenByAnother() throws {
        try withDisk("rw") { disk in
            let rounds = ProbeRounds()
            #expect(rounds.round(disk) != nil)
            #expect(MountsOfItsOwn.shell("mount -t tmpfs none '\(disk)/..'; mkdir '\(disk)'"))
            #expect(rounds.round(disk) == nil, "the path leads into the other")
            #expect(MountsOfItsOwn.shell("umount '\(disk)/..'"))
            #expect(rounds.round(disk)?.stale == false)
            #expect(MountsOfItsOwn.shell("mount -t tmpfs none '\(disk)'"))
            #expect(rounds.round(disk) == nil)
        }
    }

    /// Of an image every block is in use, and nobody can write to it.
    @Test(
        "an image is full and read-only by nature, and no disk",
        .enabled(if: MountsOfItsOwn.canMakeImages, "needs squashfs-tools and erofs-utils"),
        arguments: [
            "mksquashfs content image -quiet -no-progress", "mkfs.erofs image content",
        ])
    func images(make: String) throws {
        let scratch = try ScratchDirectory()
        let path = scratch.path
        MountsOfItsOwn.run {
            let isReady = MountsOfItsOwn.shell(
                """
                cd '\(path)'; mkdir content disk
                head -c 200000 /dev/urandom >content/file
                \(make); mount -o loop,ro image disk
                """)
            #expect(isReady)
            let rounds = ProbeRounds()
            for _ in 0..<2 { #expect(rounds.round("\(path)/disk") == nil) }
            #expect(MountsOfItsOwn.shell("cd '\(path)'; cmp content/file disk/file"))
            _ = MountsOfItsOwn.shell("umount -l '\(path)/disk'")
        }
    }

    /// A look at an automount mounts what is behind it, for ever where the probe looks each round.
    @Test func anAutomountIsNotWoken() throws {
        let scratch = try ScratchDirectory()
        let path = scratch.path
        MountsOfItsOwn.run {
            // The kernel writes into a pipe what is to be mounted, but not for those of `pgrp`.
            // The mount is gone with the mounts of this thread: umount would wake it too.
            let isReady = MountsOfItsOwn.shell(
                """
                cd '\(path)'; mkdir auto; mkfifo questions; : >asked
                cat questions >asked & echo $! >>pids
                setsid sleep 60 & group=$!; echo $group >>pids
                while [ "$(ps -o pgid= -p $group | tr -d ' ')" != $group ]; do sleep 0.01; done
                exec 7>questions
                mount -i -t autofs -o fd=7,pgrp=$group,minproto=5,maxproto=5,direct test auto
                """)
            #expect(isReady)
            let rounds = ProbeRounds()
            for _ in 0..<2 { #expect(rounds.round("\(path)/auto") == nil) }
            #expect(MountsOfItsOwn.shell("! [ -s '\(path)/asked' ]"), "the probe woke it")
            // Anybody else who looks does wake it.
            let isAsked = MountsOfItsOwn.shell(
                """
                cd '\(path)'; ls auto/ & looker=$!
                for i in $(seq 1000); do [ -s asked ] && break; sleep 0.01; done
                kill -9 $looker; kill $(cat pids); [ -s asked ]
                """)
            #expect(isAsked)
        }
    }

    /// What was hidden after the table was read, the id of the mount tells.
    @Test func aMountHiddenMeanwhile() throws {
        try withDisk("rw") { disk in
            var tools = ProbeTools()
            guard case .table(let table) = tools.perform(.table(includeRemote: false)),
                let entry = table.first(where: { $0.mount.mountpoint == disk })
            else {
                Issue.record("it is not listed")
                return
            }
            let job = ProbeJob.space(mountpoint: disk, mount: entry.id)
            guard case .space(_, .measured) = tools.perform(job) else {
                Issue.record("it is not measured")
                return
            }
            #expect(MountsOfItsOwn.shell("mount -t tmpfs none '\(disk)'"))
            guard case .space(_, .hidden) = tools.perform(job) else {
                Issue.record("the other's figures are taken")
                return
            }
        }
    }
}

@Suite("real interfaces", .enabled(if: NetworkOfItsOwn.isPossible, "needs root"))
struct RealInterfaceTests {
    private func counted(_ commands: String) -> [String: Bool] {
        var found: [String: Bool] = [:]
        NetworkOfItsOwn.run {
            let status = system("set -e\n\(commands)")
            #expect(status == 0, "\(commands)")
            var tools = ProbeTools()
            guard case .links(let links) = tools.perform(.links) else { return }
            found = links
        }
        return found
    }

    @Test func whatAKernelSaysOfABridgeAndAPair() throws {
        let found = counted(
            """
            ip link set lo up; ip link add office type bridge
            ip link add port type veth peer name guest; ip link set port master office
            """)
        #expect(Set(found.keys).isSuperset(of: ["lo", "office", "port", "guest"]))
        #expect(found.allSatisfy { !$0.value }, "\(found)")
    }

    /// A container's way out: its other end is in another network.
    @Test func theWayOutOfAContainer() throws {
        let scratch = try ScratchDirectory()
        let path = scratch.path
        let found = counted(
            """
            unshare -n sleep 60 & other=$!
            echo $other > '\(path)/pid'
            while [ "$(readlink /proc/$other/ns/net)" = "$(readlink /proc/self/ns/net)" ]
            do sleep 0.01; done
            ip link add eth0 type veth peer name inside netns $other
            """)
        _ = system("kill $(cat '\(path)/pid')")
        #expect(found["eth0"] == true && found["lo"] == false)
    }
}
