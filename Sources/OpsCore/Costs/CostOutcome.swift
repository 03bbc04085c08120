// What a request about spending comes to.  Requests about one call come by the hundred thousand, so
// what they come to is a struct that the engine applies, logs and answers as it is; a test compares
// that with the record and the reply that it stands for.

/// What a request about one call comes to: the entry as it is from now on, and what is counted.
package struct CostCall: Sendable {
    /// What was asked for.
    package enum Form: UInt8, Sendable {
        case recorded, reserved, closed
    }

    /// What changes.
    package enum Effect: UInt8, Sendable {
        /// It was so before.
        case none
        /// The entry is put.
        case held
        /// The entry is put, and with it something is counted in its minute.
        case counted
    }

    /// The entry as it is from now on, for the answer.
    package var view: CostView
    /// What was asked for.
    package var form: Form
    /// What changes.
    package var effect: Effect
    /// The number of what is counted, within the model.
    package var number: UInt64 = 0
    /// What is counted.
    package var amount = MicroUSD.zero
    /// Closed entries up to here are forgotten first, for room; nil: there is room.
    package var forgotten: CostMark?

    init(_ form: Form, _ view: CostView, _ effect: Effect = .none) {
        self.view = view
        self.form = form
        self.effect = effect
    }

    /// What is counted.
    package var delta: SpendDelta {
        SpendDelta(
            model: view.entry.model, number: number, minute: view.entry.minute, amount: amount)
    }

    /// What changes, as a record; nil: nothing does.
    package var record: CostRecord? {
        switch effect {
        case .none: nil
        case .held: .reserved(view.entry)
        case .counted: .closed(view.entry, delta)
        }
    }

    /// The answer as a reply.
    package var reply: CostReply {
        switch form {
        case .recorded: .recorded(view)
        case .reserved: .reserved(CostVerdict(.allow), view)
        case .closed: .closed(view)
        }
    }
}

/// What a request about spending comes to.
package enum CostOutcome: Sendable {
    /// It is about one call, and the answer is a plain one.
    case call(CostCall)
    /// An answer, what changes after what makes room for it, and what gathers.
    indirect case other(
        CostReply, CostRecord? = nil, forgetting: CostMark? = nil, telemetry: Telemetry? = nil)
}

extension Decision {
    /// The same as a decision.
    init(_ outcome: CostOutcome) {
        switch outcome {
        case .call(let call):
            self.init(.cost(call.reply), Self.changes(call.record, call.forgotten))
        case .other(let reply, let record, let mark, let telemetry):
            self.init(.cost(reply), Self.changes(record, mark), telemetry: telemetry)
        }
    }

    private static func changes(_ record: CostRecord?, _ mark: CostMark?) -> Changes {
        guard let record else { return .none }
        guard let mark else { return .one(.cost(record)) }
        return .several([.cost(.forgotten(mark)), .cost(record)])
    }
}

extension State {
    /// Applies what a request about one call comes to, as `apply` would its record; it makes no
    /// event.
    package mutating func apply(_ call: CostCall) { domains.costs.apply(call) }
}
