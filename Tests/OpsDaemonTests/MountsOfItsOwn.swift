// A mount namespace for one test: a thread that leaves the test's mounts for a copy of its own.
// What is mounted in there is gone with it.  Needs root.

import Glibc

enum MountsOfItsOwn {
    private typealias Unshare = @convention(c) (Int32) -> Int32
    private typealias SetUser = @convention(c) (UInt32) -> Int32

    private static func symbol(_ name: String) -> UnsafeMutableRawPointer? {
        dlsym(UnsafeMutableRawPointer(bitPattern: 0), name)
    }

    private final class Box {
        let body: () -> Void
        var wasDone = false

        init(_ body: @escaping () -> Void) { self.body = body }
    }

    /// Has a shell do this in the mounts of this thread; whether all of it went well.
    static func shell(_ commands: String) -> Bool {
        system("exec >/dev/null 2>&1; set -e\n\(commands)") == 0
    }

    /// Acts on files as a user without rights, on this thread alone.
    static func asNobody(_ body: () -> Void) {
        guard let found = symbol("setfsuid") else { return }
        let setUser = unsafeBitCast(found, to: SetUser.self)
        _ = setUser(65_534)
        body()
        _ = setUser(0)
    }

    /// Runs `body` on a thread with mounts of its own; false where that is not permitted.
    @discardableResult
    static func run(_ body: @escaping () -> Void) -> Bool {
        var thread = pthread_t()
        let box = Box(body)
        let created = pthread_create(
            &thread, nil,
            { argument in
                guard let argument, let found = MountsOfItsOwn.symbol("unshare") else { return nil }
                let box = Unmanaged<Box>.fromOpaque(argument).takeUnretainedValue()
                // CLONE_NEWNS.
                box.wasDone =
                    unsafeBitCast(found, to: Unshare.self)(0x2_0000) == 0
                    && MountsOfItsOwn.shell("mount --make-rprivate /")
                if box.wasDone { box.body() }
                return nil
            }, Unmanaged.passUnretained(box).toOpaque())
        guard created == 0 else { return false }
        pthread_join(thread, nil)
        return box.wasDone
    }

    /// Whether images of squashfs and erofs can be made here.
    static let canMakeImages = shell("command -v mksquashfs; command -v mkfs.erofs")

    /// Whether there can be one here, with file systems on loop devices.
    static let isPossible: Bool = {
        var isPossible = false
        run {
            isPossible = shell(
                """
                t=$(mktemp -d); trap 'umount $t 2>/dev/null || :; rm -r $t $t.i' EXIT
                truncate -s 8M $t.i; mkfs.ext4 -q -F $t.i; mount -o loop $t.i $t; umount $t
                """)
        }
        return isPossible
    }()
}
