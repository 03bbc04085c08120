// libFuzzer's two functions.  Which target runs is OPSD_FUZZ_TARGET; one binary holds them all.

import Glibc

/// The target chosen; the process ends where there is none.
private let chosen: FuzzTarget = {
    let name = getenv("OPSD_FUZZ_TARGET").map { String(cString: $0) } ?? ""
    guard let target = FuzzTarget.all.first(where: { $0.name == name }) else {
        fatalError("OPSD_FUZZ_TARGET is none of \(FuzzTarget.all.map(\.name))")
    }
    return target
}()

/// One input: 0, or a crash.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = UnsafeBufferPointer(start: data, count: count)
    do throws(Finding) {
        try chosen.run(Array(bytes))
    } catch {
        fatalError("\(chosen.name): \(error)")
    }
    return 0
}
