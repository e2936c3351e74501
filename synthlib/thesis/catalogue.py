"""All 25 tables and 32 figures of the thesis: what they are called, which notebook makes them."""

import pandas as pd

from synthlib.thesis.published import captions

NOTEBOOKS = {
    "table": {
        "02_explore_data": (*range(1, 9),),
        "04_domain_gap": (*range(10, 18),),
        "05_hyperparameters": (9, 18),
        "06_mixing": (*range(19, 24), 25),
        "07_stability": (24,),
    },
    "figure": {
        "02_explore_data": (*range(1, 16), 21, 22),
        "04_domain_gap": (*range(16, 21),),
        "05_hyperparameters": (23,),
        "06_mixing": (*range(24, 33),),
    },
}


def catalogue() -> pd.DataFrame:
    """A row a table or figure, tables first, in the thesis's order.

    Columns: kind (table, figure), number, title (as printed), section, notebook, file (its name in
    outputs/reports/<scale>/, without ending), note (what a reader must know of it; often empty).
    """
    rows = []
    for kind, notebooks in NOTEBOOKS.items():
        made_by = {number: name for name, numbers in notebooks.items() for number in numbers}
        for number, entry in captions(kind).items():
            about = {"kind": kind, "number": number, "title": entry["caption"]}
            about |= {"section": entry["section"], "notebook": made_by[number]}
            rows.append(about | {"file": f"{kind}_{number:02d}", "note": entry.get("remark", "")})
    return pd.DataFrame(rows).sort_values(["kind", "number"], ascending=[False, True],
                                          ignore_index=True)  # fmt: skip
