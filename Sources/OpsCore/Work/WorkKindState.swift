// What is known of a kind of work as a whole.  A kind is held, parked or limited, not an item: what
// keeps one page from a channel keeps all of them.

/// A kind of work.
package struct WorkKindState: Entity {
    /// Its name.
    package var id: String
    /// By command: nothing of it is handed out.
    package var isHeld = false
    /// It failed too often: one item a minute tries whether it works again.  Wall clock seconds
    /// since 1970; nil: it is not parked.
    package var parkedSince: Int64?
    /// When one may try next, where it is parked: milliseconds of boot time.
    package var nextProbe: Int64 = 0
    /// The other side wants nothing before this: milliseconds of boot time; 0: now.
    package var limitedUntil: Int64 = 0
    /// Failed attempts since the last success.
    package var failures: UInt32 = 0
    /// Wall clock seconds since 1970.
    package var lastSuccess: Int64?
    /// The same.
    package var lastFailure: Int64?
    /// The newest error, in the provider's words.
    package var lastError = ""
    /// Items that wait to be taken; counted when it is asked for, not kept.
    package var waiting = 0
    /// Items that somebody has; the same.
    package var inFlight = 0
    /// Members of a newer version.
    package var unknown = ""

    package init(_ kind: String) { id = kind }

    /// It never ends by itself.
    package var deadline: Int64 {
        get { Ban.never }
        set {}
    }
}

/// The last number that an item was given.
package struct WorkLastNumber: Entity {
    /// The number.
    package var id: UInt64
    /// Members of a newer version.
    package var unknown = ""

    package init(_ id: UInt64) { self.id = id }

    /// It never ends.
    package var deadline: Int64 {
        get { Ban.never }
        set {}
    }
}
