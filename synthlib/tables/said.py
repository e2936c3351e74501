"""Sentences for a notebook, whose numbers come from the runs: Markdown."""

from pathlib import Path

import numpy as np
import pandas as pd

from synthlib import thesis
from synthlib.evaluation import correct_by_sample
from synthlib.params import Params
from synthlib.tables import paired
from synthlib.tables.comparable import NOT_RUN
from synthlib.tables.measured import finished_runs
from synthlib.tables.shown import ThesisTable, seeds_text
from synthlib.thesis import published_claim

DECIDED_VERDICTS = ("held", "not held")
STAND_IN_WARNING = "*Stand-in photographs: no verdict is drawn from them.*"


def statements(outputs: Path, scale: str) -> pd.DataFrame:
    """`paired.statements` with two columns more: published (points of the thesis, NaN where it has
    none) and doubt (what is wrong with those, else "")."""
    found = paired.statements(outputs, scale)
    printed = thesis.stated().reindex(found["statement"])
    own = (found["protocol"] == "thesis") & ~found["label"].str.endswith(paired.UNUSED)
    found.insert(3, "published", printed["published"].where(own.to_numpy()).to_numpy())
    found.insert(4, "doubt", printed["doubt"].where(own.to_numpy()).fillna("").to_numpy())
    return found


def statements_markdown(statements: pd.DataFrame, containing: str, params: Params) -> str:
    """The statements that contain `words`, a bullet each with its verdict, and the thesis's own
    difference; of stand-ins no verdict and nothing published."""
    rows = statements[statements["statement"].str.contains(containing, regex=False)]
    lines = []
    for row in rows.to_dict("records"):
        start = f"- {row['statement']}, protocol `{row['protocol']}`: "
        beside = not params.stand_in and row["protocol"] == "thesis"
        printed = _published_text(row["published"], row["doubt"]) if beside else ""
        if row["verdict"] == "not run":
            lines.append(f"{start}{NOT_RUN}.{printed}")
            continue
        found = f"{row['difference']:+.1f} points [{row['low']:+.1f}, {row['high']:+.1f}]"
        about = f"{row['label'].replace('_', chr(92) + '_')}, {_image_count_text(row)}, "
        word = "" if params.stand_in else f"{verdict_markdown(row['verdict'], row['seeds'])}, "
        again = _bn_real_text(row, params)
        lines.append(f"{start}{word}{found} ({about}{seeds_text(row['seeds'])}).{again}{printed}")
    return "\n".join([*([STAND_IN_WARNING, ""] if params.stand_in else []), *lines])


def verdict_table(statements: pd.DataFrame, params: Params) -> pd.DataFrame:
    """The statements for reading: what is stated, protocol, points with interval, the same with
    `bn_real`, the thesis's points, verdicts; of stand-ins neither verdict nor anything published.
    """
    rows = []
    for row in statements.to_dict("records"):
        about = {"statement": row["statement"], "compared": row["label"].replace("_", " ")}
        about |= {"protocol": row["protocol"], "points": _unbroken(_interval_text(row, ""))}
        about |= {"n": "" if np.isnan(row["n"]) else _image_count_text(row).removesuffix(" images")}
        about |= {"seeds": "" if not isinstance(row["seeds"], str) else row["seeds"]}
        about["with bn_real"] = _unbroken(_interval_text(row, "bn_real_"))
        if not params.stand_in:
            printed = row["published"] if row["protocol"] == "thesis" else np.nan
            mark = " (doubtful)" if row["doubt"] else ""
            about |= {"the thesis": "" if np.isnan(printed) else f"{printed:+.2f}{mark}"}
            again = row["bn_real_verdict"]
            alone = _single_seed_note(row["verdict"], str(row["seeds"]))
            again = f" (bn_real: {again})" if again else ""
            about |= {"verdict": f"{row['verdict']}{alone}{again}"}
        rows.append(about)
    return pd.DataFrame(rows)


def verdicts_markdown(statements: pd.DataFrame, params: Params) -> str:
    """How many statements held, did not, are undecided or have not run, in a sentence, and how
    many were decided by a single training."""
    if params.stand_in:
        return STAND_IN_WARNING
    counts = statements["verdict"].value_counts()
    words = ("held", "not held", "undecided", "not run")
    parts = ", ".join(f"{counts.get(word, 0)} {word}" for word in words)
    decided = statements[statements["verdict"].isin(DECIDED_VERDICTS)]
    alone = sum("," not in str(seeds) for seeds in decided["seeds"])
    text = f"Of {len(statements)} comparisons: {parts}."
    if alone:
        text += (
            f" {alone} of the {len(decided)} decided ones rest on one seed: their intervals are of "
            "the images alone, and another training of both could turn them."
        )
    return text


def _image_count_text(row: dict) -> str:
    """On how many images two runs were compared."""
    if np.isnan(row["n_other"]):
        return f"{row['n']:,.0f} images"
    return f"{row['n']:,.0f} and {row['n_other']:,.0f} images, not paired"


def _unbroken(text: str) -> str:
    """A text whose interval is not broken into two lines."""
    return text.replace(", ", ",\N{NO-BREAK SPACE}")


def _interval_text(row: dict, prefix: str) -> str:
    values = [row[f"{prefix}{key}"] for key in ("difference", "low", "high")]
    return "" if np.isnan(values[0]) else "{:+.1f} [{:+.1f}, {:+.1f}]".format(*values)


def _bn_real_text(row: dict, params: Params) -> str:
    """The same with batch-norm statistics of the real training photographs, where there is such."""
    if not row["bn_real_verdict"]:
        return ""
    numbers = _interval_text(row, "bn_real_").replace(" [", " points [")
    word = "" if params.stand_in else f"**{row['bn_real_verdict']}**, "
    return f" With `bn_real`: {word}{numbers}."


def _published_text(points: float, doubt_reason: str) -> str:
    doubt_reason = f" ({doubt_reason})" if doubt_reason else ""
    return "" if np.isnan(points) else f" The thesis: {points:+.2f}{doubt_reason}."


def stability_markdown(table: ThesisTable, params: Params) -> str:
    """Table 24's spread of top-1 against the binomial one, measured and published; of several seeds
    the mean of each one's spread, as a mean over seeds scatters less than a result."""
    lines = [STAND_IN_WARNING, ""] if params.stand_in else []
    rows = table.frame.iloc[:-1]
    cells = {"measured": _top1_by_seed(table.number, params)}
    if not params.stand_in:
        cells["published"] = rows["top1", "published"].to_frame()
    for kind, results in cells.items():
        if results.empty:
            lines.append(f"- {kind}: {NOT_RUN}.")
            continue
        known = rows["run", "n_test"].median()
        n = float(known if kind == "measured" else published_claim("stability_test_images"))
        share = float(results.to_numpy().mean()) / 100
        binomial = 100 * np.sqrt(share * (1 - share) / n)
        seeds = f", the mean of {results.shape[1]} seeds' own" if results.shape[1] > 1 else ""
        lines.append(
            f"- {kind}: {len(results)} results, mean {100 * share:.1f}%, standard deviation "
            f"{results.std(ddof=1).mean():.2f} points (of a sample; the table's last row divides "
            f"by all of them){seeds}; {n:,.0f} photographs alone scatter by {binomial:.2f}."
        )
    return "\n".join(lines)


def _top1_by_seed(number: int, params: Params) -> pd.DataFrame:
    """Top-1 of every row of a table that has run, a column a seed that all of them have."""
    rows = []
    for fill in thesis.cell_experiments("table", number).to_dict("records"):
        runs = finished_runs(
            params.output_dir, params.scale, fill["experiment"], test_set=fill["test_set"]
        )
        by_seed = {run["seed"]: run["folder"] for run in runs.to_dict("records")}
        correct = {k: correct_by_sample(f, fill["test_set"]) for k, f in by_seed.items()}
        rows.append({seed: 100 * float(right.mean()) for seed, right in correct.items()})
    return pd.DataFrame(rows).dropna(how="all").dropna(axis=1)


def verdict_markdown(verdict: str, seeds: str) -> str:
    """A verdict in bold, and that it rests on one training alone where it decides by that."""
    return f"**{verdict}**{_single_seed_note(verdict, seeds)}"


def _single_seed_note(verdict: str, seeds: str) -> str:
    return " by one seed" if verdict in DECIDED_VERDICTS and "," not in seeds else ""
