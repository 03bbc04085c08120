// Rules of the library count by themselves.  One without a section `[guard.source.NAME]` gets its
// policy here, when the configuration is made, so that whoever asks for the configuration sees it.

import OpsCore

extension Configuration {
    /// Gives the rules of the library that are on the policies that no section states.
    /// - Returns: how many sources count by themselves then.
    @discardableResult
    mutating func addLibraryPolicies() -> Int {
        for name in watch.library where `guard`.sources[name] == nil {
            `guard`.sources[name] = `guard`.libraryPolicy(of: name)
        }
        return `guard`.sources.count
    }

    /// Whether the policy of a source is the one that it has without a section.
    func isLibraryPolicy(_ policy: SourcePolicy, of source: String) -> Bool {
        watch.library.contains(source) && policy == `guard`.libraryPolicy(of: source)
    }
}
