// What may happen to spending, as log records.  An entry is absolute.  What moves money is a sum
// with a number of its model's own, and a model passes over a number that it has seen: so a record
// that is applied again counts nothing twice.

/// Money that is counted, or taken back.
package struct SpendDelta: Hashable, Sendable {
    /// The model that it counts for.
    package var model: ModelName
    /// Counts up within the model, from 1.
    package var number: UInt64
    /// Minutes since 1970 on the service clock.
    package var minute: Int64
    /// Negative: it is taken back.
    package var amount: MicroUSD

    package init(model: ModelName, number: UInt64, minute: Int64, amount: MicroUSD) {
        self.model = model
        self.number = number
        self.minute = minute
        self.amount = amount
    }
}

/// A cap that was set by command.
package struct CapChange: Hashable, Sendable {
    /// What a cap is from now on.
    package enum Choice: Hashable, Sendable {
        case amount(MicroUSD)
        /// There is none.
        case none
        /// The one of the configuration.
        case configured
    }

    /// nil: the daily cap of all models.
    package var model: ModelName?
    /// What the cap is from now on.
    package var choice: Choice
    /// The caps before and after, for the event.
    package var summary: String
    /// Who asked for it.
    package var uid: UInt32

    package init(model: ModelName?, choice: Choice, summary: String, uid: UInt32) {
        self.model = model
        self.choice = choice
        self.summary = summary
        self.uid = uid
    }
}

/// A level that was told.
package struct CostAlert: Hashable, Sendable {
    /// nil: all models together.
    package var model: ModelName?
    /// The level from now on.
    package var level: CostLevel
    /// For the event.
    package var details: String

    package init(model: ModelName?, level: CostLevel, details: String) {
        self.model = model
        self.level = level
        self.details = details
    }
}

/// What an administrator put right.
package struct CostCorrection: Hashable, Sendable {
    /// As it is from now on.
    package var entry: CostEntry
    /// What it counted with before.
    package var was: MicroUSD
    /// The difference.
    package var delta: SpendDelta
    /// Who asked for it.
    package var uid: UInt32

    package init(entry: CostEntry, was: MicroUSD, delta: SpendDelta, uid: UInt32) {
        self.entry = entry
        self.was = was
        self.delta = delta
        self.uid = uid
    }
}

/// What may happen to spending.
package enum CostRecord: Hashable, Sendable {
    /// An open reservation.
    case reserved(CostEntry)
    /// The entry is so from now on, and this was counted with it.
    case closed(CostEntry, SpendDelta)
    case corrected(CostCorrection)
    /// What was recorded without keys.
    case spent(SpendDelta)
    /// Closed entries up to here are forgotten.
    case forgotten(CostMark)
    case capSet(CapChange)
    case alerted(CostAlert)
    /// Everything kept of a model goes.
    case modelDropped(ModelName)
}

extension Change {
    /// A record of spending.
    package static func cost(_ record: CostRecord) -> Change { .domain(.cost(record)) }
}

/// An entry of a snapshot.
package enum CostPart: Hashable, Sendable {
    /// The newest number given out, and the level told of all models together.
    case summary(lastID: UInt64, CostLevel)
    /// A cap that was set by command: of a model, or nil of all of them; an amount, or nil for
    /// none.
    case cap(ModelName?, MicroUSD?)
    /// Comes before the minutes and hours of its name.
    case model(ModelName, number: UInt64, CostLevel)
    case minutes(ModelName, [PeriodSpend])
    case hours(ModelName, [PeriodSpend])
    case entry(CostEntry)
}
