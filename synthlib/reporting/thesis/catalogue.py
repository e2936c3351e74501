"""All 25 tables and 32 figures of the thesis: what they are called, which notebook makes them."""

from pathlib import Path

import pandas as pd
import yaml

HERE = Path(__file__).parent
COLUMNS = ["kind", "number", "title", "section", "notebook", "file", "note"]


def load_catalogue() -> pd.DataFrame:
    """A row a table or figure, tables first, in the thesis's order: a new DataFrame.

    Columns: kind (table, figure), number, title (as printed), section, notebook (without ending),
    file (under which it is saved in outputs/reports/<scale>/, without ending; at a scale of
    stand-ins with STAND-IN_ before it), note (what a reader must know of it; often empty).
    """
    made, printed = (_read(name) for name in ("catalogue", "captions"))
    rows = []
    for kind in ("table", "figure"):
        for number, entry in printed[f"{kind}s"].items():
            here = made[f"{kind}s"][number]
            notes = (here.get("note", ""), entry.get("remark", ""))
            rows.append(
                {
                    "kind": kind,
                    "number": number,
                    "title": entry["caption"],
                    "section": entry["section"],
                    "notebook": here["notebook"],
                    "file": f"{kind}_{number:02d}",
                    "note": " ".join(note for note in notes if note),
                }
            )
    return pd.DataFrame(rows, columns=COLUMNS)


def _read(name: str) -> dict[str, dict[int, dict]]:
    return yaml.safe_load((HERE / f"{name}.yaml").read_text(encoding="utf-8"))
