// How far one caller may fill a table that others need too.
//
//  - An administrator may fill it to the last place.
//  - All others leave a tenth free, so that no flood of reports shuts administrators out.  A
//    rule of opsd itself (the rate limit, a threshold) may use that tenth as well.
//  - A user of the role `report` has a quarter at most, so that it takes four to fill the rest.
//
// Who holds an entry is in the entry, and so survives a restart as far as the entry does.

/// What a caller may take of a table.
package struct TableShare: Hashable, Sendable {
    /// The user that asks.
    let uid: UInt32
    /// It has a quarter at most.
    let isQuarter: Bool
    /// It may use the last tenth.
    let usesReserve: Bool

    /// Why there is no room.
    enum Bound: Hashable, Sendable {
        /// The table is full.
        case full
        /// What is left is kept for administrators and rules.
        case reserve
        /// The user has a quarter of it.
        case quarter(uid: UInt32, held: Int)
    }

    /// The same for a rule of opsd that acts on what the user reported.
    var ofRule: TableShare { TableShare(uid: uid, isQuarter: isQuarter, usesReserve: true) }

    /// How many entries there may be, at most, once this caller has added one.
    @inline(__always)
    func most(of limit: Int) -> Int { usesReserve ? limit : limit - limit / 10 }

    /// The most entries that one user of the role `report` holds.
    @inline(__always)
    static func quarter(of limit: Int) -> Int { max(1, limit / 4) }

    /// What keeps one more entry out; nil: there is room.
    /// - Parameter own: how many of those that are `held` the user has.
    @inline(__always)
    func bound(held: Int, of limit: Int, own: @autoclosure () -> Int) -> Bound? {
        if held >= most(of: limit) { return held >= limit ? .full : .reserve }
        if !isQuarter { return nil }
        let own = own()
        return own >= Self.quarter(of: limit) ? .quarter(uid: uid, held: own) : nil
    }
}

extension TableShare.Bound {
    /// The refusal, which names the table (`things`) and its bound.
    /// - Parameters:
    ///   - full: what is said where the table is full.
    ///   - hint: what to do about it, whatever the bound.
    func refusal(_ things: String, of limit: Int, full: String, hint: String?) -> Refusal {
        switch self {
        case .full: Refusal(.tooMany, full, hint: hint)
        case .reserve:
            Refusal(
                .tooMany,
                "there are \(limit - limit / 10) \(things) already, and the last tenth of \(limit) "
                    + "is kept for administrators and the rules of opsd",
                hint: hint)
        case .quarter(let uid, let held):
            Refusal(
                .tooMany,
                "user \(uid) has \(held) of \(limit) \(things), and no user of the role report "
                    + "may have more than a quarter",
                hint: hint)
        }
    }
}

extension Caller {
    /// What the caller may take of a table.
    @inline(__always)
    var share: TableShare {
        let isAdmin = roles.meets(.admin)
        return TableShare(
            uid: uid, isQuarter: !isAdmin && roles.meets(.report), usesReserve: isAdmin)
    }
}

/// How many entries of a table each user holds.  Users have small numbers, so that an entry with
/// two bytes to spare can name its own; the few users of a host take turns seldom, so that the last
/// one is known without a look-up.
struct Owners: Sendable {
    /// The number of an entry that nobody holds.
    static let nobody = UInt16.max

    private struct Owner: Sendable {
        var uid: UInt32
        var count: Int
    }

    private var owners: [Owner] = []
    private var numbers: [UInt32: UInt16] = [:]
    private var free: [UInt16] = []
    private var recent = 0

    /// Users that hold something.
    var count: Int { numbers.count }

    /// How many entries a user holds.
    func count(of uid: UInt32) -> Int { numbers[uid].map { owners[Int($0)].count } ?? 0 }

    /// How many entries the user with this number holds.
    func count(ofNumber number: UInt16) -> Int { owners[Int(number)].count }

    /// The number of a user that holds something.
    func number(of uid: UInt32) -> UInt16? { numbers[uid] }

    /// Counts one more entry of a user; returns the user's number, or `nobody` once there are more
    /// users than numbers.
    @inline(__always)
    @discardableResult
    mutating func add(_ uid: UInt32) -> UInt16 {
        if recent >= owners.count || owners[recent].uid != uid || owners[recent].count == 0 {
            guard let number = place(of: uid) else { return Self.nobody }
            recent = number
        }
        owners[recent].count += 1
        return UInt16(truncatingIfNeeded: recent)
    }

    /// Counts one entry of a user less.
    @inline(__always)
    mutating func remove(_ uid: UInt32) {
        if recent < owners.count, owners[recent].uid == uid, owners[recent].count > 1 {
            owners[recent].count -= 1
        } else if let number = numbers[uid] {
            remove(number: number)
        }
    }

    /// The same by number.
    @inline(__always)
    mutating func remove(number: UInt16) {
        if number == Self.nobody { return }
        owners[Int(number)].count -= 1
        if owners[Int(number)].count == 0 { forget(number) }
    }

    private mutating func forget(_ number: UInt16) {
        numbers[owners[Int(number)].uid] = nil
        free.append(number)
    }

    private mutating func place(of uid: UInt32) -> Int? {
        if let number = numbers[uid] { return Int(number) }
        if let number = free.popLast() {
            owners[Int(number)] = Owner(uid: uid, count: 0)
            numbers[uid] = number
            return Int(number)
        }
        if owners.count >= Int(Self.nobody) { return nil }
        owners.append(Owner(uid: uid, count: 0))
        numbers[uid] = UInt16(owners.count - 1)
        return owners.count - 1
    }
}
