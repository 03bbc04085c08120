// What to do when something is wrong, in the words of the message catalog: for the evidence of
// opsd's own incidents, and for their pages.  A test holds these texts to systemd/opsd.catalog.

extension EventKind {
    /// What to do about an event of this kind; nil: nothing is to be done, or nothing is known.
    package var advice: String? {
        switch self {
        case .health:
            "The new status has lasted for `health.hold`, so this is not a spike. `opsctl "
                + "status` shows the figures, `opsctl health` the components and issues."
        case .degraded:
            "Reads and bans go on. Changes are held in memory and answered with "
                + "\"durable\": false: a crash now would lose them. Check the disk of the state "
                + "directory: it may be full or failing. opsd recovers by itself once it can "
                + "write again."
        case .enforceFailed:
            "Bans stand and are answered, but packets of banned addresses may pass. The "
                + "entry names the kernel's error. opsd tries again by itself, at growing "
                + "intervals of up to a minute; `opsctl enforce repair` tries at once."
        case .sloFiring:
            "Over both windows of the alert, bad events used up the error budget faster "
                + "than the alert allows; or, if the alert is p95 or p99, more events than its "
                + "latency target allows took longer. `opsctl slo status` shows which objective "
                + "it is, and what is left of each of its budgets."
        case .sloUnknown:
            "No event of this service has been reported for a long time, so whether it "
                + "meets its objective is unknown: that is not success. Check that the program "
                + "that reports still runs."
        case .gateClosed:
            "An objective burnt its daily error budget too fast for too long. `opsctl "
                + "gate check` exits with 1 until the burn has been low for long enough, or an "
                + "administrator overrides the gate."
        case .sourceSilent:
            "opswatch has seen no new line in this log for longer than expect_every of "
                + "its source allows. Either the program that writes it has stopped or logs "
                + "elsewhere, or opswatch cannot see what it writes. Whoever misbehaves there "
                + "is not noticed meanwhile. opsctl detector sources shows how the log is read."
        case .sourceMissing:
            "There is no such file, or the journal has nothing that fits. opswatch reads "
                + "it as soon as it appears. If it should be there, look at files and journal "
                + "of its source in opsd.toml(5)."
        case .sourceDenied:
            "The user opswatch may not read this log, so whoever misbehaves there is not "
                + "noticed. Give opswatch the group of the log: systemctl edit opswatch, "
                + "SupplementaryGroups= in [Service], systemctl restart opswatch."
        case .logLost:
            "A log was truncated, or the journal dropped entries, before opswatch had "
                + "read them. What they said is not known. Rotate by renaming instead of "
                + "copytruncate, or let the journal keep more."
        case .filterFailed:
            "Its filter is missing or one of its patterns has a fault, so it finds "
                + "nothing; the other rules run. opswatch --check says what is wrong; then "
                + "systemctl reload opswatch. Filters of fail2ban go with its package when that "
                + "is purged: keep /etc/fail2ban, or use rules of the library."
        default: nil
        }
    }
}
