#!/usr/bin/env python3
"""What `swift format` does not look at, in every Swift file under Sources and Tests.

usage: Tests/lib/house.py [--count] [FILE...]

  * a file has at most 400 lines, and a function, an initialiser or a computed property at most 70
  * a comment ends by column 100
  * a `package` or `public` declaration under Sources has a doc comment (not the cases of an
    enumeration, imports, initialisers that set each member from its argument, and what meets a
    requirement of the standard library)

Prints file:line: what is wrong; exit 1 if anything is.  --count prints the sum of each kind alone.
"""

import os
import re
import subprocess
import sys

FILE_LINES = 400
BODY_LINES = 70
COLUMNS = 100

DECLARATION = re.compile(
    r"^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:package|public)(?:\(set\))?\s+"
    r"(?:(?:static|final|mutating|nonmutating|indirect|convenience|borrowing|consuming|lazy|weak"
    r"|nonisolated|private\(set\)|fileprivate\(set\)|internal\(set\)|package\(set\))\s+)*"
    r"(func|init|var|let|struct|class|enum|protocol|typealias|subscript|actor)\b\s*([^\s(<:{=]*)"
)
BODY = re.compile(r"^(\s*)(?:[\w@()]+\s+)*(?:func\b|init\b|subscript\b|deinit\b|(?:var|let)\b.*\{$)")
# Requirements of the standard library's protocols: their documentation is there.
KNOWN = {
    "description", "debugDescription", "hash", "==", "<", "rawValue", "allCases", "next", "makeIterator",
    "encode", "startIndex", "endIndex",
}


def documented(lines, index):
    """Whether the declaration at this line has a doc comment before it (and before its attributes)."""
    above = index - 1
    while above >= 0 and re.match(r"^\s*@\w+", lines[above]):
        above -= 1
    return above >= 0 and lines[above].lstrip().startswith("///")


def memberwise(lines, index):
    """Whether the initialiser at this line does nothing but set its members from its arguments."""
    while not lines[index].rstrip().endswith("{"):
        if "}" in lines[index]:
            text = lines[index][lines[index].index("{") + 1 : lines[index].rindex("}")]
            return bool(re.fullmatch(r"\s*(?:self\.)?(\w+) = (\w+)\s*", text))
        index += 1
    body = []
    while lines[index + 1].strip() != "}":
        index += 1
        body.append(lines[index])
    return all(re.fullmatch(r"\s*self\.(\w+) = \1", line) for line in body)


def check(path, say):
    with open(path, encoding="utf-8") as file:
        lines = file.read().split("\n")
    if len(lines) - 1 > FILE_LINES:
        say("length", path, FILE_LINES, f"{len(lines) - 1} lines, at most {FILE_LINES}")
    in_text = False
    for number, line in enumerate(lines):
        if line.count('"""') % 2:
            in_text = not in_text
            continue
        if in_text:
            continue
        if line.lstrip().startswith("//") and len(line) > COLUMNS:
            say("column", path, number, f"a comment of {len(line)} columns, at most {COLUMNS}")
        body = BODY.match(line)
        is_one_line = "{" in line and line.count("{") == line.count("}")
        if body and not is_one_line and not line.lstrip().startswith("//"):
            end = number
            opened = line.rstrip().endswith("{")
            while end + 1 < len(lines) and not (opened and lines[end] == body[1] + "}"):
                if not opened and (end - number > 20 or not lines[end + 1].strip()):
                    break
                end += 1
                opened = opened or lines[end].rstrip().endswith("{")
                if lines[end].strip() and not lines[end].startswith(body[1]):
                    break
            if opened and lines[end] == body[1] + "}" and end - number - 1 > BODY_LINES:
                say("body", path, number, f"a body of {end - number - 1} lines, at most {BODY_LINES}")
        if path.startswith("Sources/"):
            found = DECLARATION.match(line)
            if found and found[2] not in KNOWN and not re.search(r"\boverride\b", line):
                known = documented(lines, number) or found[1] == "init" and memberwise(lines, number)
                if not known:
                    name = found[2] or found[1]
                    say("doc", path, number, f"`{name}` has no doc comment")


def main():
    arguments = sys.argv[1:]
    counting = "--count" in arguments
    paths = [word for word in arguments if not word.startswith("--")]
    if not paths:
        listing = subprocess.run(
            ["git", "ls-files", "-co", "--exclude-standard", "Sources/*.swift", "Tests/*.swift"],
            capture_output=True, text=True, check=True)
        paths = [path for path in listing.stdout.split("\n") if path and not os.path.islink(path)]
    counts = {}

    def say(kind, path, index, words):
        counts[kind] = counts.get(kind, 0) + 1
        if not counting:
            print(f"{path}:{index + 1}: {words}")

    for path in paths:
        if os.path.exists(path):
            check(path, say)
    if counting:
        for kind, count in sorted(counts.items()):
            print(kind, count)
    sys.exit(1 if counts else 0)


main()
