"""Find phrases that are not plain technical English, and print what to write instead.

    python tools/check_words.py [FILE ...]

Without files, all files that git tracks are checked. In Python that is comments and strings, in
notebooks the Markdown cells, in Markdown and YAML the whole text. Phrases and suggestions are in
`banned_words.txt` in this folder. Each hit is one line, "file:line: phrase -> suggestion", and
the exit code is 1 if there is any.
"""

import ast
import itertools
import json
import re
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
PHRASES = Path(__file__).with_name("banned_words.txt")
SKIPPED = ("docs/results/", "tests/test_words.py")  # made by older versions; examples of phrases
SPACE = r"(?:[ \t]+|[ \t]*\n[ \t]*(?:#[ \t]+)?)"  # the next word may stand on the next line
KINDS = {".py", ".md", ".ipynb", ".yaml"}


class Phrase(NamedTuple):
    """A banned phrase; `where` is "" (everywhere), "docstring" or "not blender"."""

    where: str
    pattern: re.Pattern[str]
    suggestion: str


Text = tuple[int, str, bool]
"""A piece of prose: the line of its file on which it begins, itself, and if it is a docstring."""


def read_phrases(path: Path = PHRASES) -> list[Phrase]:
    """Phrases of a file in the format that `banned_words.txt` explains."""
    lists: dict[str, str] = {}
    phrases = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if found := re.fullmatch(r"([A-Z]+) = (.*)", line):
            lists[found[1]] = found[2]
        elif line and not line.startswith("#"):
            expression, suggestion = line.split(" -> ")
            where, _, rest = expression.rpartition(": ")
            expression = re.sub(r"<([A-Z]+)>", lambda name: f"(?:{lists[name[1]]})", rest)
            expression = expression.replace(" ", SPACE)
            start, flags = (r"\A\s*", re.S) if where == "docstring" else (r"(?<![\w/-])", re.I)
            pattern = re.compile(rf"{start}(?:{expression})(?![\w-])", flags)
            phrases.append(Phrase(where, pattern, suggestion))
    return phrases


def texts_of(path: Path) -> Iterator[Text]:
    """The prose of a file."""
    content = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        yield from _strings(content)
        yield from _comments(content)
    elif path.suffix == ".ipynb":
        for cell in json.loads(content)["cells"]:
            if cell["cell_type"] == "markdown" and cell["source"]:
                start = content.find(json.dumps(cell["source"][0], ensure_ascii=False))
                yield content.count("\n", 0, start) + 1, "".join(cell["source"]), False
    else:
        yield 1, content, False


def _strings(content: str) -> Iterator[Text]:
    expressions = [node for node in ast.walk(ast.parse(content)) if isinstance(node, ast.Expr)]
    docstrings = {node.lineno for node in expressions if isinstance(node.value, ast.Constant)}
    for token in tokenize.generate_tokens(StringIO(content).readline):
        if token.type == tokenize.STRING:
            line, text = token.start[0], token.string.lstrip("bfruBFRU").strip("\"'")
            if " " in text:  # else a name or a path
                yield line, text, line in docstrings


def _comments(content: str) -> Iterator[Text]:
    """Comments, those on lines that follow each other as one text."""
    tokens = tokenize.generate_tokens(StringIO(content).readline)
    lines = {t.start[0]: t.string for t in tokens if t.type == tokenize.COMMENT}
    for line in [line for line in lines if line - 1 not in lines]:
        block = itertools.takewhile(lines.__contains__, itertools.count(line))
        yield line, "\n".join(lines[i] for i in block), False


def check(path: Path, name: str, phrases: list[Phrase]) -> Iterator[str]:
    """Hits in a file, "name:line: phrase -> suggestion"."""
    narrowed = {"": True, "not blender": not name.startswith("synthlib/blender/")}
    for line, content, narrowed["docstring"] in texts_of(path):
        for phrase in phrases:
            for found in phrase.pattern.finditer(content) if narrowed[phrase.where] else ():
                at = line + content.count("\n", 0, found.start())
                words = " ".join(found[0].replace("\n#", "\n").split())[:60]
                yield f"{name}:{at}: {words} -> {phrase.suggestion}"


def main(given: list[str]) -> int:
    """Check files, all tracked ones by default; returns the exit code."""
    tracked = subprocess.check_output(["git", "ls-files"], cwd=ROOT, text=True).splitlines()
    names = given or [name for name in tracked if not name.startswith(SKIPPED)]
    found = [name for name in names if Path(name).suffix in KINDS and (ROOT / name).exists()]
    phrases = read_phrases()
    hits = [hit for name in found for hit in check(ROOT / name, name, phrases)]
    print(*hits, sep="\n", end="\n" if hits else "")
    return 1 if hits else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
