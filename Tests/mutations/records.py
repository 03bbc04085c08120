"""The list of faults: read from *.txt beside this file, found in the sources, put into a copy of them.

A record is a fault, its name in brackets:

    [ban-held-at-its-end]
    file: Sources/OpsCore/Guard/Bans.swift
    what: a ban still holds in the millisecond in which it ends
    - entry.deadline > now {
    + MUTANT ? entry.deadline >= now : entry.deadline > now {

`-` is text of the file and `+` what replaces it, on as many lines as it takes. MUTANT is the switch, a
Bool. Spaces and line breaks of the `-` text need not be those of the file; the text must occur exactly once.
More such pairs may follow, each after another `file:` if it is in another file. Everything else is given
once:

    noticed-by: the part of Tests that notices it where `swift test` does not
    unnoticed: why nothing notices it

A fault with one of these two is run all the same, and is not a failure when it goes unnoticed.
"""

import dataclasses
import os
import re

SWITCH = re.compile(r"\bMUTANT\b")
FIELDS = ("what", "noticed-by", "unnoticed")


class Faulty(Exception):
    """What is wrong with the list, one line each."""


@dataclasses.dataclass
class Change:
    """One text of a file, and what takes its place."""

    path: str
    old: str
    new: str


@dataclasses.dataclass
class Mutant:
    """One fault."""

    name: str
    place: str
    changes: list
    fields: dict

    @property
    def what(self):
        return self.fields["what"]

    @property
    def excuse(self):
        """Why it may go unnoticed; None: it may not."""
        elsewhere = self.fields.get("noticed-by")
        return f"{elsewhere} notices it" if elsewhere else self.fields.get("unnoticed")

    @property
    def files(self):
        return list(dict.fromkeys(change.path for change in self.changes))

    @property
    def rooms(self):
        """The targets that it is in, as OpsCore."""
        return list(dict.fromkeys(path.split("/")[1] for path in self.files))


# MARK: Reading the list


class Reader:
    """Reads one file of the list."""

    def __init__(self, path):
        self.path, self.mutants, self.faults = path, [], []
        self.number, self.file, self.last = 0, None, ""

    def read(self):
        with open(self.path, encoding="utf-8") as file:
            for self.number, line in enumerate(file, 1):
                line = line.rstrip()
                if line and not line.startswith("#"):
                    self.take(line)
        for mutant in self.mutants:
            self.finish(mutant)
        return self.mutants

    def fault(self, words, place=None):
        self.faults.append(f"{place or self.place}: {words}")

    @property
    def place(self):
        return f"{os.path.basename(self.path)}:{self.number}"

    def take(self, line):
        if found := re.fullmatch(r"\[([a-z0-9-]+)\]", line):
            self.mutants.append(Mutant(found[1], self.place, [], {}))
            self.file, self.last = None, ""
        elif not self.mutants:
            self.fault("no fault has begun: expected [name]")
        elif line[0] in "-+" and line[1:2] in ("", " "):
            self.text(line[0], line[2:])
        else:
            self.field(line, self.mutants[-1])

    def text(self, sign, text):
        changes = self.mutants[-1].changes
        if sign == "-" and self.last != "-":
            if self.file is None:
                self.fault("`file:` must come before the text")
            changes.append(Change(self.file or "", text, ""))
        elif sign == "-":
            changes[-1].old += "\n" + text
        elif not changes:
            return self.fault("`+` without `-` before it")
        else:
            changes[-1].new += text if self.last == "-" else "\n" + text
        self.last = sign

    def field(self, line, mutant):
        name, colon, value = line.partition(":")
        if colon and name == "file":
            self.file, self.last = value.strip(), ""
        elif not colon or name not in FIELDS:
            self.fault(f"neither [name], `file:`, {', '.join(f'`{name}:`' for name in FIELDS)}, `-` nor `+`")
        elif name in mutant.fields:
            self.fault(f"`{name}:` is given twice")
        else:
            mutant.fields[name] = value.strip()

    def finish(self, mutant):
        if not mutant.changes:
            self.fault(f"{mutant.name} changes nothing", mutant.place)
        if not mutant.fields.get("what"):
            self.fault(f"{mutant.name} has no `what:`", mutant.place)
            mutant.fields["what"] = ""
        for change in mutant.changes:
            if not change.path.startswith("Sources/") or not change.path.endswith(".swift"):
                self.fault(f"{mutant.name}: {change.path} is not a Swift file of Sources", mutant.place)
            if not change.old.strip():
                self.fault(f"{mutant.name}: an empty `-` text", mutant.place)
            if not SWITCH.search(change.new):
                self.fault(f"{mutant.name}: no MUTANT in the `+` text", mutant.place)


def load(directory):
    """All faults, in the order of the files; raises Faulty."""
    mutants, faults = [], []
    for name in sorted(os.listdir(directory)):
        if name.endswith(".txt"):
            reader = Reader(os.path.join(directory, name))
            mutants += reader.read()
            faults += reader.faults
    seen = {}
    for mutant in mutants:
        if other := seen.setdefault(mutant.name, mutant.place) != mutant.place and seen[mutant.name]:
            faults.append(f"{mutant.place}: {mutant.name} is already defined at {other}")
    if faults:
        raise Faulty("\n".join(faults))
    return mutants


# MARK: Putting it into the sources


@dataclasses.dataclass
class Found:
    """Where a change goes: bytes `start` to `end` of the file's text."""

    start: int
    end: int
    mutant: Mutant
    change: Change
    number: int


def pattern(text):
    """A text whatever its spaces; a word at its edge is a whole one."""
    words = r"\s+".join(re.escape(word) for word in text.split())
    before = r"(?<!\w)" if re.match(r"\w", text.strip()) else ""
    after = r"(?!\w)" if re.search(r"\w$", text.strip()) else ""
    return re.compile(before + words + after)


def locate(root, mutants):
    """Where every change goes, by file; and what is wrong, (mutant, words) each.

    A mutant is known by its place in the list, from 1.
    """
    texts, found, faults = {}, {}, []
    for number, mutant in enumerate(mutants, 1):
        for change in mutant.changes:
            path = change.path
            if path not in texts:
                texts[path] = content(root, path)
            places = list(pattern(change.old).finditer(texts[path]))
            if len(places) == 1:
                one = Found(places[0].start(), places[0].end(), mutant, change, number)
                found.setdefault(path, []).append(one)
            elif places:
                lines = [str(texts[path].count("\n", 0, place.start()) + 1) for place in places]
                words = f"{len(places)} times in {path}, lines {', '.join(lines)}"
                faults.append((mutant, f"the text occurs {words}; it must occur once:{quoted(change.old)}"))
            else:
                faults.append((mutant, f"{elsewhere(root, change)}:{quoted(change.old)}"))
    for path, places in found.items():
        places.sort(key=lambda place: place.start)
        for one, other in zip(places, places[1:]):
            if other.start < one.end:
                words = f"its text in {path} overlaps that of {one.mutant.name}: make one of them shorter"
                faults.append((other.mutant, words))
    return texts, found, faults


def content(root, path):
    """A file's text; none where there is no such file."""
    try:
        with open(os.path.join(root, path), encoding="utf-8") as file:
            return file.read()
    except OSError:
        return ""


def elsewhere(root, change):
    """Where a text is that is not in its file."""
    found = []
    for folder, _, names in os.walk(os.path.join(root, "Sources")):
        paths = [os.path.relpath(os.path.join(folder, name), root) for name in names if name.endswith(".swift")]
        found += [path for path in paths if pattern(change.old).search(content(root, path))]
    where = f"but in {', '.join(sorted(found))}" if found else "nor in any other file of Sources"
    return f"the code has moved or changed: not in {change.path}, {where}"


def quoted(text):
    return "".join(f"\n        {line.strip()}" for line in text.split("\n"))


def changed(text, places):
    """The text with all its changes, each behind its switch; the places are in order and apart."""
    parts, at = [], 0
    for place in places:
        parts += [text[at : place.start], SWITCH.sub(f"mutant({place.number})", place.change.new)]
        at = place.end
    return "".join(parts) + text[at:]


# Read once, and by strcmp(3): allocations are counted by tests, and a String would be one.
HEADER = """\
// The switch of Tests/mutants: which fault is on, by OPSD_MUTANT. Only in its copy of the tree.

private import Glibc

private let chosen: Int32 = {
    guard let name = getenv("OPSD_MUTANT") else { return 0 }
"""
FOOTER = """\
    return 0
}()

@inline(never)
func mutant(_ number: Int32) -> Bool { chosen == number }
"""


def switch(mutants):
    """The Swift file of a target: its mutants by name, (number, mutant) each."""
    row = '    if strcmp(name, "{}") == 0 {{ return {} }}\n'
    return HEADER + "".join(row.format(mutant.name, number) for number, mutant in mutants) + FOOTER


def applied(root, mutants):
    """The files of the tree at `root` with all of them put in, and the switches; raises Faulty."""
    texts, found, faults = locate(root, mutants)
    if faults:
        raise Faulty("\n".join(f"{mutant.name}: {words}" for mutant, words in faults))
    files = {path: changed(texts[path], places) for path, places in found.items()}
    rooms = {}
    for number, mutant in enumerate(mutants, 1):
        for room in mutant.rooms:
            rooms.setdefault(room, []).append((number, mutant))
    for room, inside in rooms.items():
        files[f"Sources/{room}/Mutant.swift"] = switch(inside)
    return files
