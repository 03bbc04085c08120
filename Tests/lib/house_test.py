#!/usr/bin/env python3
"""Tests/lib/house.py on files with one fault each, and on one without: it must find exactly that fault.

usage: Tests/lib/house_test.py

Prints what house.py should have found and did not; exit 1 then.
"""

import os
import subprocess
import sys
import tempfile

HOUSE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "house.py")

CLEAN = """// A file without faults.

/// A value.
package struct Value {
    /// Its number.
    package let number: Int

    package init(number: Int) { self.number = number }

    /// Twice the number.
    package var twice: Int { number * 2 }
}

func short() -> Int { 1 }

extension Value {
    func inner() {
        print(1)
    }
}
"""


def body(lines):
    return "func long() {\n" + "    print(1)\n" * lines + "}\n"


# Name of the file, its content, and what is printed; None: nothing.
CASES = [
    ("Sources/clean.swift", CLEAN, None),
    ("Sources/full.swift", "// A line.\n" * 400, None),
    ("Sources/long.swift", "// A line.\n" * 401, "Sources/long.swift:401: 401 lines, at most 400"),
    ("Sources/bounded.swift", body(70), None),
    ("Sources/body.swift", body(71), "Sources/body.swift:1: a body of 71 lines, at most 70"),
    ("Sources/narrow.swift", "// " + "x" * 97 + "\n", None),
    ("Sources/wide.swift", "let a = 1\n\n    /// " + "x" * 93 + "\n",
     "Sources/wide.swift:3: a comment of 101 columns, at most 100"),
    ("Sources/bare.swift", "/// A value.\npackage struct Value {\n    package var number = 1\n}\n",
     "Sources/bare.swift:3: `number` has no doc comment"),
    # Declarations of tests need no doc comment.
    ("Tests/bare.swift", "package struct Value {}\n", None),
]


def house(folder, arguments):
    done = subprocess.run(
        [sys.executable, HOUSE, *arguments], cwd=folder, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def main():
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        for path, text, expected in CASES:
            file = os.path.join(folder, path)
            os.makedirs(os.path.dirname(file), exist_ok=True)
            with open(file, "w", encoding="utf-8") as out:
                out.write(text)
            status, printed = house(folder, [path])
            if (status, printed) != ((1, expected + "\n") if expected else (0, "")):
                wrong.append(f"{path}: expected {expected!r}, got {printed!r} and exit {status}")
        status, printed = house(folder, ["--count"] + [path for path, _, _ in CASES])
        if (status, printed) != (1, "body 1\ncolumn 1\ndoc 1\nlength 1\n"):
            wrong.append(f"--count: got {printed!r} and exit {status}")
        # Without arguments it asks git for the files.
        subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
        status, printed = house(folder, [])
        if status != 1 or len(printed.splitlines()) != 4:
            wrong.append(f"without arguments: got {printed!r} and exit {status}")
    for line in wrong:
        print(line)
    sys.exit(1 if wrong else 0)


main()
