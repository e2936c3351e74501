"""Find phrases that are not plain technical English, and print what to write instead.

    python tools/check_words.py [FILE ...]

Without files, all files that git tracks are checked. In Python that is comments and strings, in
notebooks the Markdown cells, in Markdown and YAML the whole text. Phrases and suggestions are in
`banned_words.txt` beside this file. Each hit is one line, "file:line: phrase -> suggestion", and
the exit code is 1 if there is any.
"""

import ast
import json
import re
import subprocess
import sys
import tokenize
from collections.abc import Iterator
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


class Text(NamedTuple):
    """A piece of prose, and the line of its file on which it begins."""

    line: int
    content: str
    is_docstring: bool = False


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
        yield from _texts_of_python(content)
    elif path.suffix == ".ipynb":
        for cell in json.loads(content)["cells"]:
            if cell["cell_type"] == "markdown":
                first = cell["source"][0] if cell["source"] else ""
                line = content[: content.find(json.dumps(first, ensure_ascii=False))].count("\n")
                yield Text(line + 1, "".join(cell["source"]))
    else:
        yield Text(1, content)


def _texts_of_python(content: str) -> Iterator[Text]:
    docstrings = {
        node.lineno
        for node in ast.walk(ast.parse(content))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    comment: list[str] = []
    line = 0
    for token in tokenize.generate_tokens(iter(content.splitlines(keepends=True)).__next__):
        if token.type == tokenize.COMMENT:
            line = line if comment else token.start[0]
            comment.append(token.string)
        elif token.type != tokenize.NL and comment:  # comments on lines that follow are one text
            yield Text(line, "\n".join(comment))
            comment = []
        if token.type == tokenize.STRING:
            text = re.sub(r'^\w*("""|\'\'\'|"|\')', "", token.string)
            yield Text(token.start[0], re.sub(r'["\']+$', "", text), token.start[0] in docstrings)


def check(path: Path, name: str, phrases: list[Phrase]) -> Iterator[str]:
    """Hits in a file, "name:line: phrase -> suggestion"."""
    in_blender = name.startswith("synthlib/blender/")
    for text in texts_of(path):
        for where, pattern, suggestion in phrases:
            if where == "docstring" and not text.is_docstring:
                continue
            if where == "not blender" and in_blender:
                continue
            for found in pattern.finditer(text.content):
                line = text.line + text.content.count("\n", 0, found.start())
                words = " ".join(found[0].replace("\n#", "\n").split())
                yield f"{name}:{line}: {words[:60]} -> {suggestion}"


def main(given: list[str]) -> int:
    """Check files, all tracked ones by default; returns the exit code."""
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    names = given or [n for n in listed.stdout.splitlines() if not n.startswith(SKIPPED)]
    phrases = read_phrases()
    hits = [
        hit
        for name in names
        if (path := ROOT / name).suffix in KINDS and path.exists()
        for hit in check(path, name, phrases)
    ]
    print(*hits, sep="\n", end="\n" if hits else "")
    return 1 if hits else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
