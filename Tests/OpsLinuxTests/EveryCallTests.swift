// Each operation of `Operation.all`, repeatedly: its first call fails, then its second, and so on
// to the last, with each errno.  After each run, the error and the files are checked.
//
// The rules:
// 1. The operation makes exactly the calls in the table, in that order.
// 2. A call that fails is reported: the error has its errno and its name.  The failure of a call
//    marked "?" need not be reported.
// 3. EINTR is not reported: the call is repeated, except fsync and fdatasync, where it is an error.
// 4. What the operation promises about its files holds (`Operation.holds`), also when all calls
//    fail from some call on.
// 5. No descriptor stays open.

@preconcurrency import Glibc
import OpsTestKit
import Testing

@testable import OpsLinux

/// What a full or failing disk, a full table of descriptors and a signal answer.
private let errnos = [EIO, ENOSPC, EMFILE, ENFILE, EINTR]

/// The calls that are not repeated.
private let once: Set<String> = ["fsync", "fdatasync"]

/// The system call that an error of this room is about.
func errno(of error: any Error) -> Errno? {
    switch error {
    case let error as Errno: return error
    case let error as AppendFault: return error.errno
    case SocketFault.failed(let error): return error
    case LockFault.failed(let error): return error
    default: return nil
    }
}

extension Operation {
    /// The call at `place`, and whether its failure need not be heard of.
    private func call(_ place: Int) -> (name: String, isQuiet: Bool)? {
        guard calls.indices.contains(place - 1) else { return nil }
        let call = calls[place - 1]
        return call.hasSuffix("?") ? (String(call.dropLast()), true) : (call, false)
    }

    /// One run in which call `place` fails, or every call from there on; nil when there is no such
    /// call, else what is wrong.
    private func runOnce(
        _ code: Int32, _ place: Int, isLasting: Bool, isSecond: Bool = false
    ) throws -> [String]? {
        let scratch = try ScratchDirectory()
        let held = try prepare(scratch.path)
        let before = try openDescriptors()
        let injection = FaultInjection(
            .init(.error(code), at: place, times: isLasting ? .max : 1))
        var thrown: (any Error)?
        injection.run {
            do { try run(scratch.path, held) } catch { thrown = error }
        }
        let after = try openDescriptors()
        guard let forced = injection.forced.first else {
            return thrown.map { ["with nothing forced: \($0)"] }
        }

        var wrong: [String] = []
        func say(_ text: String) {
            wrong.append(
                "\(name), \(Errno(code, forced).name) at call \(place), \(forced): \(text)")
        }
        let isQuiet = call(place)?.isQuiet ?? false
        if !isLasting {
            if call(place)?.name != forced { say("not the call that was expected") }
            let isHeard = !isQuiet && (code != EINTR || once.contains(forced))
            let heard = thrown.map { errno(of: $0) ?? Errno(0, "\($0)") }
            if heard != (isHeard ? Errno(code, forced) : nil) {
                say("the caller heard \(heard.map { "\($0)" } ?? "nothing")")
            }
        }
        if isAlone, before != after {
            // A descriptor that stays open does so each time.  What the test library opens in
            // another thread meanwhile, it opens once.
            if isSecond {
                say("open before: \(before), after: \(after)")
            } else {
                return try runOnce(code, place, isLasting: isLasting, isSecond: true)
            }
        }
        let outcome = Outcome(
            hasFailed: thrown != nil, isQuiet: isQuiet && code != EINTR, isLasting: isLasting)
        for complaint in try holds(scratch.path, outcome) { say(complaint) }
        withExtendedLifetime(held) {}
        return wrong
    }

    /// All runs; what is wrong.
    func walk(_ codes: [Int32], isLasting: Bool = false) throws -> [String] {
        var wrong: [String] = []
        for code in codes {
            var place = 1
            while let found = try runOnce(code, place, isLasting: isLasting) {
                wrong += found
                place += 1
                if place > 100 { return wrong + ["\(name): it does not end"] }
            }
            if place != calls.count + 1 {
                wrong.append("\(name): \(place - 1) calls, and \(calls.count) are expected")
            }
        }
        return wrong
    }
}

@Suite(.timeLimit(.minutes(2))) struct EveryCallTests {
    @Test(arguments: Operation.all)
    func aCallThatFails(_ operation: Operation) throws {
        let wrong = try operation.walk(errnos)
        #expect(wrong == [])
    }

    @Test(arguments: Operation.all)
    func everyCallFromSomeOnFails(_ operation: Operation) throws {
        let wrong = try operation.walk([EIO], isLasting: true)
        #expect(wrong == [])
    }

    @Test func noDescriptorStaysOpen() async {
        // Alone in a process, or the descriptors of other tests would be counted.
        await #expect(processExitsWith: .success) {
            var wrong: [String] = []
            for operation in Operation.all + Operation.processWide {
                var alone = operation
                alone.isAlone = true
                do {
                    wrong += try alone.walk([EIO, EINTR])
                    wrong += try alone.walk([EIO], isLasting: true)
                } catch {
                    wrong.append("\(operation.name): \(error)")
                }
            }
            for one in wrong { try StandardStream.error.write(one + "\n") }
            #expect(wrong == [])
        }
    }
}
