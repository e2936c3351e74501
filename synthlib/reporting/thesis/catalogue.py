"""The catalogue of the thesis's 25 tables and 32 figures: titles, sections and their notebooks."""

import pandas as pd

from synthlib.reporting.thesis.published import read_yaml


def load_catalogue() -> pd.DataFrame:
    """Read the catalogue of tables and figures.

    Returns:
        A new DataFrame with one row per table and figure, tables first, in the thesis's order.
        Columns: kind (table or figure), number, title (as printed), section, notebook and file
        (their names without ending; the file is in `outputs/reports/<scale>/`, with the prefix
        STAND-IN_ if photographs are stand-ins), note (a remark for readers; often empty).

    Examples:
        >>> thesis.load_catalogue().query("kind == 'figure' and number == 26")["notebook"].item()
        '06_mixing'
    """
    sources = read_yaml("catalogue")
    captions = read_yaml("captions")
    rows = []
    for kind in ("table", "figure"):
        for number, entry in captions[f"{kind}s"].items():
            source = sources[f"{kind}s"][number]
            notes = (source.get("note", ""), entry.get("remark", ""))
            rows.append(
                {
                    "kind": kind,
                    "number": number,
                    "title": entry["caption"],
                    "section": entry["section"],
                    "notebook": source["notebook"],
                    "file": f"{kind}_{number:02d}",
                    "note": " ".join(note for note in notes if note),
                }
            )
    return pd.DataFrame(rows)
