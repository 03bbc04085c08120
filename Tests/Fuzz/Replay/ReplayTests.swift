// What the fuzzer once found, and what it starts from, through the same entries in every test run.

import Foundation
import Testing

@Suite struct ReplayTests {
    /// A file below Tests/Fuzz, and the target it is for.
    struct Input: Sendable, CustomTestStringConvertible {
        let target: String
        let file: URL

        var testDescription: String { "\(target)/\(file.lastPathComponent)" }
    }

    static let top = URL(filePath: #filePath).appending(path: "../..").standardized

    static func inputs(_ folder: String) -> [Input] {
        FuzzTarget.all.flatMap { target in
            let place = top.appending(path: folder).appending(path: target.name)
            let names = (try? FileManager.default.contentsOfDirectory(atPath: place.path)) ?? []
            return names.sorted().map {
                Input(target: target.name, file: place.appending(path: $0))
            }
        }
    }

    @Test(arguments: inputs("regressions")) func regressions(input: Input) throws {
        try run(input)
    }

    @Test(arguments: inputs("seeds")) func seeds(input: Input) throws {
        try run(input)
    }

    /// Every target has seeds, and every directory has a target.
    @Test func targetsHaveSeeds() throws {
        let seeds = Self.top.appending(path: "seeds").path
        let names = try FileManager.default.contentsOfDirectory(atPath: seeds)
        #expect(Set(names) == Set(FuzzTarget.all.map(\.name)))
        for target in FuzzTarget.all {
            #expect(Self.inputs("seeds").contains { $0.target == target.name })
        }
    }

    private func run(_ input: Input) throws {
        let target = try #require(FuzzTarget.all.first { $0.name == input.target })
        try target.run([UInt8](try Data(contentsOf: input.file)))
    }
}
