// The names of the rules that come with opswatch.  What they look for is in OpsDetect/Library; opsd
// knows the names alone, to check `watch.rules` and to let each count by itself.

/// The rules of the library.
package enum LibraryNames {
    /// All of them, in the order of the manual.
    package static let all = [
        "sshd", "nginx-auth", "nginx-limit", "nginx-scan", "apache-auth", "postfix-sasl",
        "postfix-relay", "dovecot", "nextcloud", "vaultwarden", "traefik-auth", "caddy-auth",
        "proxmox", "gitea", "jellyfin", "authelia",
    ]
}

extension GuardRules {
    /// How the strikes of a rule of the library count that has no section of its own in
    /// `guard.source`: by themselves, with the numbers of fail2ban's defaults, 5 strikes within 10
    /// minutes, and the rest as `[guard]`.  Some of these rules see a typing error as a strike, so
    /// 3 of `[guard]` would ban too soon.
    package func libraryPolicy(of rule: String) -> SourcePolicy {
        var policy = SourcePolicy(self)
        policy.strikes = 5
        policy.windowMilliseconds = 600_000
        if dryRunSources.contains(rule) { policy.dryRun = true }
        return policy
    }
}
