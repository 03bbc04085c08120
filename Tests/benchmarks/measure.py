"""What a figure says: one row of the table, its pairs, and whether it meets its target.

A row holds the values of opsd and of its peer run by run, so that the ratio is taken within a pair:
both halves of a pair ran within seconds of each other, on the same machine in the same mood.
"""

from dataclasses import asdict, dataclass, field
from statistics import median


@dataclass(frozen=True)
class Target:
    """A bound for the median: of the ratio, or of opsd's own value."""

    bound: float
    isLeast: bool
    isRatio: bool = True
    unit: str = ""

    @property
    def words(self):
        bound = f"{self.bound:g}x" if self.isRatio else amount([self.bound], self.unit)
        return f"{'>=' if self.isLeast else '<='} {bound}"

    def isMet(self, value):
        return value >= self.bound if self.isLeast else value <= self.bound


def atLeast(bound):
    return Target(bound, isLeast=True)


def atMost(bound):
    return Target(bound, isLeast=False)


def within(bound, unit):
    """opsd's own value, no peer asked."""
    return Target(bound, isLeast=False, isRatio=False, unit=unit)


def reaches(bound, unit):
    """At least so much of opsd's own value, no peer asked."""
    return Target(bound, isLeast=True, isRatio=False, unit=unit)


@dataclass
class Row:
    """One line of the table; `opsd` and `peer` have a value a run, in `unit`."""

    figure: int
    what: str
    unit: str
    opsd: list = field(default_factory=list)
    peerName: str = ""
    peer: list = field(default_factory=list)
    target: Target | None = None

    def add(self, opsd, peer=None):
        self.opsd.append(opsd)
        if peer is not None:
            self.peer.append(peer)

    @property
    def ratios(self):
        return [ours / theirs for ours, theirs in zip(self.opsd, self.peer) if theirs]

    @property
    def isMet(self):
        """None where there is no target, or nothing to compare with."""
        values = self.ratios if self.target and self.target.isRatio else self.opsd
        if self.target is None or not values:
            return None
        return self.target.isMet(median(values))

    def toJSON(self):
        return asdict(self)

    @staticmethod
    def fromJSON(members):
        target = members.pop("target")
        return Row(**members, target=Target(**target) if target else None)


def quantity(value):
    """Three digits that mean something: 1234567 is 1.23M."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if abs(value) >= size:
            return f"{value / (1e3 if letter == 'k' else size):.3g}{letter}"
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"


def amount(values, unit):
    if not values:
        return ""
    return f"{quantity(median(values))}{'' if unit.startswith('/') else ' '}{unit}".rstrip()


def spread(ratios):
    if not ratios:
        return ""
    if len(ratios) == 1:
        return f"{ratios[0]:.3g}"
    return f"**{median(ratios):.3g}** ({min(ratios):.3g} to {max(ratios):.3g})"


def cells(row):
    """The row as the table shows it: medians, and the ratio with its spread."""
    met = {None: "", True: "yes", False: "no"}[row.isMet]
    own = amount(row.opsd, row.unit)
    if not row.peer and len(row.opsd) > 1:
        own += f" ({quantity(min(row.opsd))} to {quantity(max(row.opsd))})"
    peer = f"{row.peerName} {amount(row.peer, row.unit)}".strip()
    return [
        str(row.figure),
        row.what,
        own,
        peer,
        spread(row.ratios),
        row.target.words if row.target else "",
        met,
    ]


HEADINGS = ["#", "what", "opsd", "peer", "ratio: median (min to max)", "target", "met"]


def table(rows):
    """A Markdown table, its columns lined up for people who read it as it stands."""
    lines = [HEADINGS] + [cells(row) for row in rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    drawn = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths)) + " |"
        for line in lines
    ]
    drawn.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(drawn)
