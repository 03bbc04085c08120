// swift-tools-version: 6.2
// One target a room; arrows point down only (docs/architecture.md draws the house).

import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    // Exclusive access to objects is checked at run time in debug builds, which all tests are.  In
    // release it was two fifths of the instructions of a `ping`, on a loop of one thread.
    .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release)),
]

func room(_ name: String, _ below: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: below, swiftSettings: strict)
}

func door(
    _ name: String, _ below: [Target.Dependency], linker: [LinkerSetting] = []
) -> Target {
    .executableTarget(
        name: name, dependencies: below, swiftSettings: strict, linkerSettings: linker)
}

/// A program that lives for a millisecond should not spend two on finding its libraries.  Not PIE: glibc
/// refuses a run path in a static one, and SwiftPM always writes one.
let standalone: [LinkerSetting] = [
    .unsafeFlags(
        ["-static-executable", "-use-ld=lld"], .when(platforms: [.linux], configuration: .release))
]

func tests(_ room: String, _ also: [Target.Dependency] = [], files: [String] = []) -> Target {
    .testTarget(
        name: room + "Tests", dependencies: [.target(name: room), "OpsTestKit"] + also,
        exclude: files, swiftSettings: strict)
}

// OPSD_FUZZ=1: the fuzzer instead of the tests (Tests/fuzz).  Their sources are the same.
let isFuzzing = Context.environment["OPSD_FUZZ"] == "1"
let fuzzed: [Target.Dependency] = [
    "OpsCore", "OpsProtocol", "OpsStore", "OpsProbe", "OpsConfig", "OpsControl", "OpsDaemon",
    "OpsDetect", "OpsWatch", "OpsTestKit",
]
let fuzzFiles = ["dictionaries", "make-seeds", "regressions", "seeds"]
let fuzzer: [Target] = [
    .executableTarget(
        name: "opsd-fuzz", dependencies: fuzzed, path: "Tests/Fuzz",
        exclude: ["Replay"] + fuzzFiles,
        sources: ["Entries", "Session", "Driver"],
        swiftSettings: strict + [.unsafeFlags(["-parse-as-library", "-enable-testing"])])
]

let suites: [Target] = [
    tests("OpsCore"),
    tests("OpsProtocol", ["OpsCore"]),
    tests("OpsStore", ["OpsCore", "OpsProtocol"]),
    tests("OpsProbe", ["OpsCore"]),
    tests("OpsConfig", ["OpsCore"]),
    tests("OpsFirewall", ["OpsCore", "CNetfilter"]),
    tests("OpsLinux", ["OpsSystemd"]),
    tests(
        "OpsDaemon",
        [
            "OpsCore", "OpsProtocol", "OpsStore", "OpsConfig", "OpsFirewall", "OpsLinux",
            "OpsSystemd", "CAllocations", "OpsControl", "OpsTrails",
        ],
        files: ["Fixtures", "Transcripts"]),
    .target(name: "CAllocations", path: "Tests/CAllocations"),
    tests("OpsDetect", ["OpsCore"]),
    tests("OpsWatch", ["OpsCore", "OpsConfig", "OpsDetect", "OpsLinux", "OpsSystemd"]),
    tests("OpsPager", ["OpsCore", "OpsProtocol", "OpsConfig", "OpsLinux", "OpsSatellite"]),
    tests(
        "OpsControl", ["OpsCore", "OpsProtocol", "OpsLinux", "OpsDaemon"], files: ["Renderings"]),
    tests("OpsCheck", ["OpsCore", "OpsProtocol", "OpsConfig", "OpsLinux", "OpsSatellite"]),
    tests("OpsBench", ["OpsLinux", "OpsProtocol"]),
    .testTarget(
        name: "FuzzTests", dependencies: fuzzed, path: "Tests/Fuzz",
        exclude: ["Driver"] + fuzzFiles,
        sources: ["Entries", "Session", "Replay"], swiftSettings: strict),
]

let package = Package(
    name: "opsd",
    products: [
        .executable(name: "opsd", targets: ["opsd"]),
        .executable(name: "opsctl", targets: ["opsctl"]),
        .executable(name: "opsbench", targets: ["opsbench"]),
        .executable(name: "opswatch", targets: ["opswatch"]),
        .executable(name: "opspager", targets: ["opspager"]),
        .executable(name: "opscheck", targets: ["opscheck"]),
    ],
    targets: [
        room("OpsCore", ["CChecksum"]),
        room("OpsProtocol", ["OpsCore"]),
        room("OpsStore", ["OpsCore", "OpsProtocol"]),
        room("OpsProbe", ["OpsCore"]),
        room("OpsConfig", ["OpsCore", "CToml"]),
        room("OpsFirewall", ["OpsCore", "CNetfilter"]),
        room("OpsLinux", ["COpsLinux"]),
        room("OpsGzip", ["OpsLinux", "CZlib"]),
        room("OpsTrails", ["OpsCore", "OpsProtocol", "OpsLinux"]),
        room("OpsSystemd", ["OpsLinux", "CSystemd"]),
        room(
            "OpsDaemon",
            [
                "OpsCore", "OpsProtocol", "OpsStore", "OpsProbe", "OpsConfig", "OpsFirewall",
                "OpsGzip", "OpsLinux", "OpsSystemd", "OpsTrails", "CZlib",
            ]),
        room("OpsSatellite", ["OpsCore", "OpsProtocol", "OpsConfig", "OpsLinux", "CCurl"]),
        room("OpsDetect", ["OpsCore", "CPCRE2"]),
        room(
            "OpsWatch",
            [
                "OpsCore", "OpsProtocol", "OpsConfig", "OpsDetect", "OpsGzip", "OpsLinux",
                "OpsSystemd",
            ]),
        room(
            "OpsPager",
            [
                "OpsCore", "OpsProtocol", "OpsConfig", "OpsLinux", "OpsSatellite", "OpsSystemd",
                "CCurl",
            ]),
        room(
            "OpsCheck",
            [
                "OpsCore", "OpsProtocol", "OpsProbe", "OpsConfig", "OpsLinux", "OpsSatellite",
                "OpsSystemd", "CCurl", "CPostgres",
            ]),
        room("OpsControl", ["OpsCore", "OpsGzip", "OpsProtocol", "OpsLinux", "OpsTrails"]),
        room("OpsBench", ["OpsCore", "OpsProtocol", "OpsLinux"]),
        door("opsd", ["OpsDaemon"]),
        door("opsctl", ["OpsControl"], linker: standalone),
        door("opsbench", ["OpsBench"]),
        door("opswatch", ["OpsWatch"]),
        door("opspager", ["OpsPager"]),
        door("opscheck", ["OpsCheck"]),
        // What the tests share: seeded numbers, scratch directories, a sink that records.
        .target(
            name: "OpsTestKit", dependencies: ["OpsCore", "OpsStore", "OpsLinux"],
            path: "Tests/OpsTestKit", swiftSettings: strict),
        // Part of the tests, and as fast as opsd itself: Tests/run and Tests/soak run it.
        .executableTarget(
            name: "flips", dependencies: ["OpsCore", "OpsStore", "OpsLinux", "OpsTestKit"],
            path: "Tests/flips", swiftSettings: strict),
        // What only an engine shows: Tests/bench runs it.
        .executableTarget(
            name: "workbench", dependencies: ["OpsDaemon", "OpsLinux"], path: "Tests/workbench",
            swiftSettings: strict),

        .target(name: "CChecksum"),
        .target(name: "COpsLinux"),
        .systemLibrary(name: "CNetfilter", providers: [.apt(["linux-libc-dev"])]),
        .target(
            name: "CToml",
            cxxSettings: [
                .define("TOML_EXCEPTIONS", to: "0"), .define("TOML_HEADER_ONLY", to: "1"),
            ]
        ),
        .systemLibrary(
            name: "CPCRE2", pkgConfig: "libpcre2-8", providers: [.apt(["libpcre2-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(
            name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(
            name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(
            name: "CSystemd", pkgConfig: "libsystemd", providers: [.apt(["libsystemd-dev"])]),
    ] + (isFuzzing ? fuzzer : suites),
    cxxLanguageStandard: .cxx17
)
