"""docs/thesis_map.md from the package's data: `python tools/thesis_map.py > docs/thesis_map.md`."""

from synthlib import thesis
from synthlib.gathered import FROM_TABLE

HEAD = """# From the thesis to a notebook

Every numbered table and figure, the notebook that makes it, and the experiments that fill it.
Numbers in brackets are rows of the table. `python tools/thesis_map.py` writes this page from the
data in `synthlib/thesis/`; a test holds one against the other.

| thesis | title | section | notebook | experiments |
|---|---|---|---|---|"""

OTHERS = {
    ("table", 9): "the parameters' defaults",
    ("table", 22): "`mixed_synth100` less `baseline`",
    ("figure", 28): "`mixed_synth100`, `baseline`",
    ("figure", 29): "`mixed_synth100`, `baseline`",
}
"""What fills the items that are no table of runs."""


def page() -> str:
    """The page's text."""
    return "\n".join([HEAD, *(_line(row) for row in thesis.catalogue().to_dict("records")), ""])


def _line(row: dict) -> str:
    kind, number = row["kind"], row["number"]
    filled = OTHERS.get((kind, number)) or _filled(kind, number, row["notebook"])
    what, notebook = f"{kind.capitalize()} {number}", f"`{row['notebook']}`"
    return f"| {what} | {row['title']} | {row['section']} | {notebook} | {filled} |"


def _filled(kind: str, number: int, notebook: str) -> str:
    """The experiments of an item with the rows they fill, in the order of the rows."""
    if notebook == "02_explore_data":
        return "the study's data"
    if kind == "figure" and number in FROM_TABLE:
        return f"those of Table {FROM_TABLE[number]}"
    parts: dict[str, list[str]] = {}
    for row in thesis.fills(kind, number).to_dict("records"):
        if row["experiment"]:
            parts.setdefault(row["experiment"], []).append(row["index"])
    return ", ".join(_said(name, found) for name, found in parts.items())


def _said(experiment: str, rows: list[str]) -> str:
    if not rows[0]:
        return f"`{experiment}`"
    named = f"{rows[0]} to {rows[-1]}" if len(rows) > 1 else rows[0]
    return f"`{experiment}` ({named})"


if __name__ == "__main__":
    print(page(), end="")
