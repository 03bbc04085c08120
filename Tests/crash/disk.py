"""A disk that can lose power: what record.so wrote, event by event, and states it may leave behind.

What survives a power cut, as modelled here (POSIX promises no more; common file systems do better):

  contents   what was written before a sync of that file *began*, once that sync has *ended*. Of the rest,
             every 512-byte sector is on its own: old, new, any version between, or torn (the start of one
             version, the end of another), in any mix. The size is any that the file had since the sync.
  names      what was created, linked, renamed or removed in a directory before a sync of that directory
             began, once that sync has ended. A rename is whole or not there. Of the rest either

               ordered     only the first few happened, over all directories: a journal;
               each        only the first few in each directory;
               arbitrary   any of them happened, each on its own: harsher than file systems are.

             Syncing a file says nothing of its name (as POSIX has it; ext4 and XFS are kinder).

Never written parts read as zeros: no file system in use shows old blocks past the end of a new file.
"""

import os
import struct

SECTOR = 512
HEAD = struct.Struct("<ciqq")
O_CREAT, O_TRUNC = 0o100, 0o1000


class Event:
    """A record of the trace."""

    __slots__ = ("kind", "fd", "a", "b", "path", "bytes")

    def __init__(self, kind, fd, a, b, path, data):
        self.kind, self.fd, self.a, self.b, self.path, self.bytes = kind, fd, a, b, path, data


def read_trace(path, top):
    """The whole records of a trace; one that SIGKILL cut short is left out. Paths become relative to `top`."""
    with open(path, "rb") as file:
        data = file.read()
    events, at = [], 0
    while at + 4 <= len(data):
        (length,) = struct.unpack_from("<I", data, at)
        if at + 4 + length > len(data):
            break
        kind, fd, a, b = HEAD.unpack_from(data, at + 4)
        name, _, rest = data[at + 4 + HEAD.size : at + 4 + length].partition(b"\0")
        name = name.decode().removeprefix(top).removeprefix("/")
        events.append(Event(kind.decode(), fd, a, b, name, rest))
        at += 4 + length
    return events


class File:
    """A file, whatever it is called: what is safe, and what has happened to it since."""

    def __init__(self, content=b"", size=0):
        """`content` may lack the zeros at the end."""
        self.safe = bytearray(content)
        self.safe_size = size
        self.pending = []

    def sync(self, before):
        """Everything up to the event `before` is safe."""
        while self.pending and self.pending[0][0] < before:
            self.safe_size = apply(self.pending.pop(0), self.safe, self.safe_size)

    def survive(self, rng):
        """(content, size) as a power cut may leave it; content may be shorter than size."""
        mode = rng.choice(("none", "all", "prefix", "mixed", "mixed", "mixed"))
        if not self.pending or mode == "none":
            return self.safe, self.safe_size
        if mode == "mixed":
            return self.mix(rng)
        count = len(self.pending) if mode == "all" else rng.randint(0, len(self.pending))
        content, size = bytearray(self.safe), self.safe_size
        for event in self.pending[:count]:
            size = apply(event, content, size)
        return content, size

    def mix(self, rng):
        """Each sector for itself."""
        content, size, history = bytearray(self.safe), self.safe_size, {}
        sizes = [size]
        for event in self.pending:
            _, kind, offset, data = event
            size = apply(event, content, size)
            sizes.append(size)
            if kind == "A":
                continue
            end = offset + len(data) if kind == "W" else max(len(self.safe), len(content))
            for sector in range(offset // SECTOR, -(-end // SECTOR)):
                versions = history.setdefault(sector, [sector_of(self.safe, sector)])
                versions.append(sector_of(content, sector))
        mixed = bytearray(self.safe)
        bias = rng.choice((0.1, 0.5, 0.9))
        for sector, versions in history.items():
            chosen = versions[-1] if rng.random() < bias else rng.choice(versions)
            if rng.random() < 0.15:
                cut = rng.randrange(SECTOR + 1)
                chosen = chosen[:cut] + rng.choice(versions)[cut:]
            put(mixed, sector * SECTOR, chosen)
        size = sizes[-1] if rng.random() < 0.5 else rng.choice(sizes)
        return mixed, size


class Folder:
    """A directory: names that are safe, and changes of names since."""

    def __init__(self):
        self.safe = {}
        self.live = {}
        self.pending = []

    def change(self, index, *edits):
        """One atomic change: (name, object), object None takes the name away.

        With `index` None it never reaches the disk.
        """
        taken = []
        for name, thing in edits:
            taken.append((name, thing, self.live.get(name)))
            edit(self.live, name, thing, self.live.get(name))
        if index is not None:
            self.pending.append((index, taken))

    def sync(self, before):
        while self.pending and self.pending[0][0] < before:
            for name, thing, was in self.pending.pop(0)[1]:
                edit(self.safe, name, thing, was)


def edit(names, name, thing, was):
    if thing is not None:
        names[name] = thing
    elif names.get(name) is was:
        names.pop(name, None)


def apply(event, content, size):
    """Performs one pending event; the new size."""
    _, kind, offset, data = event
    if kind == "W":
        put(content, offset, data)
        return max(size, offset + len(data))
    if kind == "T":
        del content[offset:]
        return offset
    return max(size, offset)


def put(content, offset, data):
    if offset > len(content):
        content.extend(bytes(offset - len(content)))
    content[offset : offset + len(data)] = data


def sector_of(content, sector):
    piece = bytes(content[sector * SECTOR : (sector + 1) * SECTOR])
    return piece + bytes(SECTOR - len(piece))


class Disk:
    """The directory that holds `state`, as a run changes it."""

    def __init__(self, path):
        """At first it is as `path` is, where there is a `path`/state, and all of that is safe."""
        self.top = Folder()
        self.syncs = {}
        if os.path.isdir(path + "/state"):
            self.top.safe["state"] = self.take(path + "/state")
            self.top.live = dict(self.top.safe)

    def take(self, path):
        folder = Folder()
        for name in os.listdir(path):
            inner = f"{path}/{name}"
            if os.path.isdir(inner):
                folder.safe[name] = self.take(inner)
            else:
                with open(inner, "rb") as file:
                    content = file.read()
                thing = File(content.rstrip(b"\0"), len(content))
                folder.safe[name] = thing
        folder.live = dict(folder.safe)
        return folder

    def find(self, path):
        """(directory, name) of a path below the top, as it is now; None where there is none."""
        parts = path.split("/")
        folder = self.top
        for name in parts[:-1]:
            folder = folder.live.get(name)
            if not isinstance(folder, Folder):
                return None, ""
        return folder, parts[-1]

    def at(self, path):
        if path == "":
            return self.top
        folder, name = self.find(path)
        return folder.live.get(name) if folder else None

    def leave_out(self, event):
        """An event that never reaches the disk, whatever is synced: for proofs that it is needed."""
        if event.kind == "R":
            self.rename(None, event)

    def perform(self, index, event):
        """The next event; `index` grows."""
        kind = event.kind
        if kind in "WTA":
            thing = self.at(event.path)
            if kind == "A":
                thing.pending.append((index, "A", event.a + event.b, b""))
            else:
                thing.pending.append((index, kind, event.a, event.bytes))
        elif kind == "S":
            self.syncs[event.a] = (index, self.at(event.path))
        elif kind == "E":
            before, thing = self.syncs.pop(event.a)
            thing.sync(before)
        elif kind in "CMURL":
            self.rename(index, event)

    def rename(self, index, event):
        """Changes of names."""
        folder, name = self.find(event.path)
        if folder is None or name == "":
            return
        old = folder.live.get(name)
        if event.kind == "C":
            if old is None and event.a & O_CREAT:
                folder.change(index, (name, File()))
            elif old is not None and event.a & O_TRUNC:
                old.pending.append((index, "T", 0, b""))
        elif event.kind == "M" and old is None:
            folder.change(index, (name, Folder()))
        elif event.kind == "U" and old is not None:
            folder.change(index, (name, None))
        elif event.kind in "RL" and old is not None:
            new = event.bytes.decode().rsplit("/", 1)[1]
            if event.kind == "R" and folder.live.get(new) is not old:
                folder.change(index, (new, old), (name, None))
            elif event.kind == "L" and new not in folder.live:
                folder.change(index, (new, old))

    def lose_power(self, rng, path):
        """Writes a state that a power cut now may leave, as `path`/state."""
        folders = [self.top]
        for folder in folders:
            things = list(folder.live.values()) + list(folder.safe.values())
            things += [thing for _, edits in folder.pending for _, thing, _ in edits]
            folders += {id(x): x for x in things if isinstance(x, Folder)}.values()
        names = self.survivors(rng, {id(f): f for f in folders}.values())
        self.write(self.top, names, {}, rng, path)

    @staticmethod
    def survivors(rng, folders):
        """The names in each directory after the cut."""
        mode = rng.choice(("none", "all", "ordered", "each", "each", "arbitrary"))
        turns = sorted(index for f in folders for index, _ in f.pending)
        until = {"none": 0, "all": float("inf")}.get(mode, rng.choice([*turns, float("inf")]))
        names = {}
        for folder in folders:
            held = dict(folder.safe)
            if mode == "each":
                own = [index for index, _ in folder.pending]
                until = rng.choice([0, *own, float("inf")])
            for index, edits in folder.pending:
                if rng.random() < 0.5 if mode == "arbitrary" else index < until:
                    for name, thing, was in edits:
                        edit(held, name, thing, was)
            names[id(folder)] = held
        return names

    def write(self, folder, names, survived, rng, path):
        os.makedirs(path, exist_ok=True)
        for name, thing in names[id(folder)].items():
            inner = f"{path}/{name}"
            if isinstance(thing, Folder):
                self.write(thing, names, survived, rng, inner)
                continue
            if id(thing) not in survived:
                survived[id(thing)] = thing.survive(rng)
            content, size = survived[id(thing)]
            with open(inner, "wb") as file:
                file.write(memoryview(content)[: min(size, len(content))])
                file.truncate(size)
