// The program around libFuzzer.  Which target runs is OPSD_FUZZ_TARGET; one binary holds them all.

import Glibc

/// The target chosen; the process ends if there is none.
private let chosen: FuzzTarget = {
    let name = getenv("OPSD_FUZZ_TARGET").map { String(cString: $0) } ?? ""
    guard let target = FuzzTarget.all.first(where: { $0.name == name }) else {
        fatalError("OPSD_FUZZ_TARGET must be one of \(FuzzTarget.all.map(\.name))")
    }
    return target
}()

/// libFuzzer's own main.  Source: its documentation, "Using libFuzzer as a library".
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ count: UnsafeMutablePointer<CInt>, _ words: UnsafeMutableRawPointer,
    _ test: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

/// What SwiftPM makes of `main`.
@_cdecl("opsd_fuzz_main")
public func fuzzMain(_ count: CInt, _ words: UnsafeMutableRawPointer) -> CInt {
    var count = count
    return withUnsafeMutablePointer(to: &count) { count in
        var words = words
        return withUnsafeMutablePointer(to: &words) { runDriver(count, $0, testOneInput) }
    }
}

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
