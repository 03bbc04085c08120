"""The copy of the tree with all faults in it, and its one build."""

import os
import re
import shutil
import subprocess

import records

# Directories of a test go with it; one that is ended in its midst leaves them, so all are below TMPDIR.
SCRATCH = re.compile(r'"/tmp/[a-z-]+-XXXXXX"')
OWN_SCRATCH = r'"\\(getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp")/XXXXXX"'


class Tree:
    """The copy below `base`; what it shares with the one of the last run is left alone, times and all."""

    def __init__(self, root, base):
        self.root, self.base = root, base
        self.path = os.path.join(base, "tree")

    @property
    def binary(self):
        """All tests, as one program."""
        folder = os.path.join(self.path, ".build", "debug")
        names = [name for name in os.listdir(folder) if name.endswith("PackageTests.xctest")]
        return os.path.join(folder, names[0])

    def files(self):
        """What the working tree holds, changed or new, but for what git ignores."""
        words = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        said = subprocess.run(words, cwd=self.root, check=True, stdout=subprocess.PIPE).stdout
        names = [os.fsdecode(name) for name in said.split(b"\0") if name]
        return [name for name in names if os.path.isfile(os.path.join(self.root, name))]

    def make(self, mutants):
        """Brings the copy up to date, with these faults in it; raises records.Faulty."""
        os.makedirs(self.path, exist_ok=True)
        changed = records.applied(self.root, mutants)
        wanted = set(self.files()) | set(changed)
        for name in wanted:
            if name in changed:
                self.write(name, changed[name].encode())
                continue
            with open(os.path.join(self.root, name), "rb") as file:
                content = file.read()
            if name.startswith("Tests/") and name.endswith(".swift"):
                content = SCRATCH.sub(OWN_SCRATCH, content.decode()).encode()
            self.write(name, content)
        for folder, folders, names in os.walk(self.path):
            folders[:] = [name for name in folders if name != ".build"]
            for name in names:
                path = os.path.join(folder, name)
                if os.path.relpath(path, self.path) not in wanted:
                    os.remove(path)

    def write(self, name, content):
        """Leaves a file alone that is as it should be, so that little is built again."""
        path = os.path.join(self.path, name)
        try:
            with open(path, "rb") as file:
                if file.read() == content:
                    return
        except FileNotFoundError:
            os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content)
        original = os.path.join(self.root, name)
        if os.path.exists(original):
            shutil.copymode(original, path)

    def build(self, swift, jobs):
        """Whether it builds; what the compiler says is in `log`."""
        words = [swift, "build", "--build-tests", "-j", str(jobs)]
        with open(self.log, "wb") as log:
            ended = subprocess.run(words, cwd=self.path, stdout=log, stderr=subprocess.STDOUT)
        return ended.returncode == 0

    @property
    def log(self):
        return os.path.join(self.base, "build.log")

    def complaints(self, mutants):
        """The compiler's errors, each with the fault that stands nearest to it."""
        with open(self.log, encoding="utf-8", errors="replace") as file:
            errors = dict.fromkeys(re.findall(r"^(/.*\.swift):(\d+):\d+: (error: .*)$", file.read(), re.M))
        lines = []
        for path, line, words in errors:
            path = os.path.relpath(path, self.path)
            lines.append(f"{path}:{line}: {words}{self.nearest(path, int(line), mutants)}")
        return lines or [f"no error from the compiler; see {self.log}"]

    def nearest(self, path, line, mutants):
        try:
            with open(os.path.join(self.path, path), encoding="utf-8") as file:
                found = [(abs(number - line), int(switch)) for number, text in enumerate(file, 1)
                         for switch in re.findall(r"\bmutant\((\d+)\)", text)]
        except OSError:
            return ""
        return f" (near {mutants[min(found)[1] - 1].name})" if found else ""
