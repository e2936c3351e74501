"""Generate docs/thesis_map.md from the package's data.

python tools/thesis_map.py > docs/thesis_map.md
"""

import json
import re

from synthlib.reporting import thesis
from synthlib.reporting.contents import FIGURE_TABLES
from synthlib.utils.files import project_dir

HEAD = """# From the thesis to a notebook

Every numbered table and figure of the thesis, the notebook that makes it, and the experiments that
fill it; numbers in parentheses are rows of the table. "Under" is the heading in the notebook, and
"cell" the id of the cell. `python tools/thesis_map.py` generates this page from the data in
`synthlib/reporting/thesis/` and the notebooks, and a test checks that it is up to date.

| thesis | title | section | notebook | under | cell | experiments |
|---|---|---|---|---|---|---|"""

OTHERS = {
    ("table", 9): "the parameters' defaults",
    ("table", 22): "`mixed_synth100` less `baseline`",
    ("figure", 28): "`mixed_synth100`, `baseline`",
    ("figure", 29): "`mixed_synth100`, `baseline`",
}
"""Content of the items that are not tables of runs."""


def page() -> str:
    """The text of the page."""
    return "\n".join(
        [HEAD, *(_line(row) for row in thesis.load_catalogue().to_dict("records")), ""]
    )


def _line(row: dict) -> str:
    kind, number = row["kind"], row["number"]
    filled = OTHERS.get((kind, number)) or _filled(kind, number, row["notebook"])
    under, cell = _made(row)
    notebook = f"[`{row['notebook']}`](../notebooks/{row['notebook']}.ipynb)"
    what = f"{kind.capitalize()} {number}"
    columns = (what, row["title"], row["section"], notebook, under, f"`{cell}`", filled)
    return f"| {' | '.join(columns)} |"


def _made(row: dict) -> tuple[str, str]:
    """Heading and id of the cell that makes and saves an item."""
    path = project_dir() / "notebooks" / f"{row['notebook']}.ipynb"
    called = rf"\bthesis_table\({row['number']}\)" if row["kind"] == "table" else "(?!)"
    heading, found = "", []
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            heading = [heading, *re.findall(r"^#+ (.*)$", source, re.MULTILINE)][-1]
        elif "report." in source and re.search(rf'"{row["file"]}"|{called}', source):
            found.append((heading, cell["id"]))
    if len(found) != 1:
        raise LookupError(f"{path.name}: one cell makes {row['file']}, found {len(found)}")
    return found[0]


def _filled(kind: str, number: int, notebook: str) -> str:
    """Experiments of an item with the rows that they fill, in row order."""
    if notebook == "02_explore_data":
        return "the study's data"
    if kind == "figure" and number in FIGURE_TABLES:
        return f"those of Table {FIGURE_TABLES[number]}"
    parts: dict[str, list[str]] = {}
    for row in thesis.cell_experiments(kind, number).to_dict("records"):
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
