// The kinds of events, in one table: their names, their topics, their ids in the journal.

/// S5-09 severities.
package enum Severity: String, Sendable, CaseIterable {
    case info, warning, critical
}

/// What `watch` can be narrowed to.
package enum Topic: String, Sendable, CaseIterable {
    case health, `guard`, slo, gate, store, config, detector, work, incident, cost,
        queue
}

/// The kinds of events; the raw value is the `event` field and `OPSD_EVENT`.
package enum EventKind: String, Sendable, CaseIterable {
    case started, stopped
    case reload
    case reloadRefused = "reload_refused"
    case health
    case healthCheck = "health_check"
    case ban, unban
    case banExpired = "ban_expired"
    case bansExpired = "bans_expired"
    case banConfirmed = "ban_confirmed"
    case strikesCleared = "strikes_cleared"
    case enforceFailed = "enforce_failed"
    case enforceRecovered = "enforce_recovered"
    case enforceRestored = "enforce_restored"
    case degraded, recovered
    case rebased
    case clockStep = "clock_step"
    case logCut = "log_cut"
    case sloFiring = "slo_firing"
    case sloResolved = "slo_resolved"
    case sloUnknown = "slo_unknown"
    case sloRebaselined = "slo_rebaselined"
    case gateClosed = "gate_closed"
    case gateOpened = "gate_opened"
    case gateOverride = "gate_override"
    case gateOverrideEnded = "gate_override_ended"
    case listCommitted = "list_committed"
    case listDropped = "list_dropped"
    case listExpired = "list_expired"
    case sourceSilent = "source_silent"
    case sourceBack = "source_back"
    case sourceMissing = "source_missing"
    case logLost = "log_lost"
    case filterSlow = "filter_slow"
    case filterWell = "filter_well"
    case filterFailed = "filter_failed"
    case sourceDenied = "source_denied"
    case clockOffset = "clock_offset"
    case oneAddress = "one_address"
    case canary
    case workParked = "work_parked"
    case workResumed = "work_resumed"
    case workUnsure = "work_unsure"
    case workFailed = "work_failed"
    case incidentOpened = "incident_opened"
    case incidentAgain = "incident_again"
    case incidentWorse = "incident_worse"
    case incidentAcknowledged = "incident_acknowledged"
    case incidentResolved = "incident_resolved"
    case incidentFlood = "incident_flood"
    case silenceAdded = "silence_added"
    case silenceEnded = "silence_ended"
    case costWarning = "cost_warning"
    case costCritical = "cost_critical"
    case costFine = "cost_fine"
    case costCapSet = "cost_cap_set"
    case costCorrected = "cost_corrected"
    case endpointDown = "endpoint_down"
    case endpointUp = "endpoint_up"
    case endpointUnknown = "endpoint_unknown"
    case queueBad = "queue_bad"
    case queueWell = "queue_well"
    case queueSilent = "queue_silent"
    case queueBack = "queue_back"

    /// The topic a watcher asks for.
    package var topic: Topic {
        switch self {
        case .started, .stopped, .degraded, .recovered, .rebased, .clockStep, .logCut: .store
        case .reload, .reloadRefused: .config
        case .health, .healthCheck, .endpointDown, .endpointUp, .endpointUnknown: .health
        case .ban, .unban, .banExpired, .bansExpired, .banConfirmed, .strikesCleared,
            .listCommitted, .listDropped, .listExpired, .enforceFailed, .enforceRecovered,
            .enforceRestored:
            .guard
        case .sloFiring, .sloResolved, .sloUnknown, .sloRebaselined: .slo
        case .gateClosed, .gateOpened, .gateOverride, .gateOverrideEnded: .gate
        case .sourceSilent, .sourceBack, .sourceMissing, .sourceDenied, .logLost, .filterSlow,
            .filterWell, .filterFailed, .clockOffset, .oneAddress, .canary:
            .detector
        case .workParked, .workResumed, .workUnsure, .workFailed: .work
        case .incidentOpened, .incidentAgain, .incidentWorse, .incidentAcknowledged,
            .incidentResolved,
            .incidentFlood, .silenceAdded, .silenceEnded:
            .incident
        case .costWarning, .costCritical, .costFine, .costCapSet, .costCorrected: .cost
        case .queueBad, .queueWell, .queueSilent, .queueBack: .queue
        }
    }

    /// The MESSAGE_ID of the kind in the journal, for good: never changed, never used again.  The
    /// other half of this table is the message catalog, systemd/opsd.catalog; a test holds them
    /// together.  32 hexadecimal digits.  Source: systemd.journal-fields(7), MESSAGE_ID.
    package var messageID: String {
        switch self {
        case .started: "ebfdab92c34446fd886b12496e9c0b3c"
        case .stopped: "5014ba1e914f4b9283ae6608cf8a84ce"
        case .reload: "7044c7ddf91d4bda850e21c92a34ccff"
        case .reloadRefused: "40f14f91ea3c4cec9f53f9efea8c2282"
        case .health: "9e662d5ee54041ac893151fa5bafa5c3"
        case .healthCheck: "5c1d7fe2a4b64bd29f3f0e6a7d8c9b10"
        case .ban: "28e97c5851434c0ab263993c8c892cc9"
        case .unban: "4d63c718284345f5833a328d99f02901"
        case .banExpired: "c41a1933d0854c938d17bf1d771999f0"
        case .banConfirmed: "6f3a0d1be2c947f0a51c8d2b9e47c6d3"
        case .bansExpired: "202bac5c34c9457081005b539a7a1f52"
        case .strikesCleared: "ecbf1cea6e0340a586f0b9becb7a5355"
        case .enforceFailed: "7b0b2e0c63f94a0c8b7e4f1d5a9c2e61"
        case .enforceRecovered: "d2c9a8f41e6b4d7fa35c90be7714a8d3"
        case .enforceRestored: "3fe15c7ab08d4b2e96d4c8a1f0735be2"
        case .degraded: "8e6de6b460714fcabf403ef2f9969574"
        case .recovered: "67b35173b32e480bbf314b8b5d97fa5e"
        case .rebased: "717e56c45ebe485eaaf56afc2549f8ee"
        case .clockStep: "c9e3915cc5f14b6ba60fa9466b07a7a3"
        case .logCut: "d38d0334a6b4471db3b2a16f42087b19"
        case .sloFiring: "3b0e6f0f0c6f4d0f9f0b8b6d8a2c4e11"
        case .sloResolved: "a7c1d25e5d1b4f6b8e0d3c9a6b7f2e40"
        case .sloUnknown: "6d2f9b1c8e7a4c35b1f0a9d4e3c2b58f"
        case .sloRebaselined: "f19a4e7b2c8d4a60953e1d7c6b0a8f32"
        case .gateClosed: "0c5b8a9e7d3f4e21a6c4f2b1d8e79063"
        case .gateOpened: "e84d1f6a3b9c4702bd5e8a0f7c6d1b29"
        case .gateOverride: "52a7c3e9f1b84d6e9c0a7b5d3f2e8146"
        case .gateOverrideEnded: "9be3f05d7a1c4286b4d9e6c8a0f3172d"
        case .listCommitted: "b85ec509b0234f8ab6b4ef96f1b645c9"
        case .listDropped: "c8eeec96a0dc4e15ad1814bc4d02d1e6"
        case .listExpired: "f84afd701c294193b5848b5e057013d8"
        case .sourceSilent: "e2a214e8bbe9c6751d52490575ffc53d"
        case .sourceBack: "03aa3897fcf4c6b6186c39e8c7bb69f6"
        case .sourceMissing: "5c22c46963e968fd64d4748ca3c77ebf"
        case .logLost: "b2609a0bdd2b75508c656018eee38dc1"
        case .filterSlow: "5bd0f521be84762b3b9be05d0e8e2329"
        case .filterWell: "7ea3ef27e2e90528a4e0689e1888df20"
        case .filterFailed: "c4e1b7a92f6d4038a5d10e7bb3f98c26"
        case .sourceDenied: "9a70d3c5e8124bf6b1f4276c0de5a83b"
        case .clockOffset: "5c3981a844ab26d87b81e5e0309e6043"
        case .oneAddress: "0bcc0d1cd5a9314599ba695ab78d8387"
        case .canary: "3ab347503c2845eebd016e45c5412f90"
        case .workParked: "cf3b408c742c3fca13b31333eca54816"
        case .workResumed: "c49a2b67205bdf1c1fddd2a37873ee43"
        case .workUnsure: "6c87352b36b11c0a9e75d02bdd0943bd"
        case .workFailed: "4c5ba6a0bbf0b7e285138fe22e74ac7f"
        case .incidentOpened: "11c3822b3d5c5527c258f34931d8c4cc"
        case .incidentAgain: "1e682234f9081930019328ac8a6f7f51"
        case .incidentWorse: "16e70bb9ae11d6102150e416ab1f55f8"
        case .incidentAcknowledged: "590b0663e6cc70d8edafd11a187587da"
        case .incidentResolved: "5dd0ba7b106f131110aa094d9293cac1"
        case .incidentFlood: "1fdcfca9bcd5b40eb60c92ebabf72bdd"
        case .silenceAdded: "abc97f14b93a40c9343e21fe66bbe9ea"
        case .silenceEnded: "7cee5b5e78f613044474078eb0530d5b"
        case .costWarning: "090cfa199357b5b87d870f7e1f2d5db3"
        case .costCritical: "0f34b4aed37191492e863ea799a86660"
        case .costFine: "db819c7bde0bd753600ee7e6192c2dae"
        case .costCapSet: "44ec7be56d02560135c2fda25277373e"
        case .costCorrected: "c42aaf361591e78ce01dd9e0c09e032b"
        case .endpointDown: "9f2d63b8c1e74a5d8b06f4e93a7c5d12"
        case .endpointUp: "4be7a90d52c843f1960d7c1e8fa3b624"
        case .endpointUnknown: "d05c8e713fa94b26a7e91b60c4d2f837"
        case .queueBad: "3b7a49a8d65ce578d23d585e5d852d03"
        case .queueWell: "5ff892767797af504ab890335941df3f"
        case .queueSilent: "2fe08b2bdd1e636a81eadd22b1e6e061"
        case .queueBack: "a5db8e4202baf9b5843c510e1d21a895"
        }
    }
}
