"""Which classes `synth_hybrid` trains without background (end of thesis 6.3; DESIGN 6).

The thesis chose by accuracy on its test set. Here the real *training* photographs decide: neither
`synth_bg` nor `synth_nobg` trained on them, and no test set is touched.
"""

import pandas as pd

from synthlib import evaluation, training
from synthlib.datasets import TestSet, photograph_set
from synthlib.params import Params
from synthlib.runs import Run
from synthlib.samples import photographs as samples_of
from synthlib.sources import Sources


def train_split(params: Params, sources: Sources) -> TestSet:
    """All real training photographs (`dev` is not among them) in the test's preprocessing."""
    table = sources.photographs.table
    return photograph_set(params, samples_of(params, sources, table[table["split"] == "train"]))


def hybrid_choice(with_background: Run, without: Run, photographs: TestSet) -> pd.DataFrame:
    """The choice a class: columns synthetic_bg, synthetic_nobg (top-1 in percent of each run's
    model on `photographs`), n, without_background (bool; a tie keeps the background).

    `photographs`: `train_split`. The classes without background are the parameter
    `hybrid_nobg`: `hybrid_nobg(table)`. Raises ValueError when a run is not one of synthetic data
    alone, or the two differ in classes or seed.
    """
    a, b = with_background.params, without.params
    for params, domain in ((a, "synthetic_bg"), (b, "synthetic_nobg")):
        if params.real_fraction > 0 or params.synthetic_domain != domain:
            raise ValueError(f"the choice needs a run on {domain} alone, got {params.experiment}")
    for key in ("classes", "seed", "data_seed", "protocol"):
        one, other = getattr(a, key), getattr(b, key)
        if one != other:
            raise ValueError(f"{key} differs between the runs to choose from: {one} and {other}")
    found = {}
    for name, run in (("synthetic_bg", with_background), ("synthetic_nobg", without)):
        model = training.load(run)
        table = evaluation.logits_table(model, a.classes, {"train": photographs})
        found[name] = evaluation.class_accuracy(table)
    counts = photographs.table["true"].value_counts()
    table = pd.DataFrame(found).assign(n=counts)
    better = table["synthetic_nobg"] > table["synthetic_bg"]
    return table.assign(without_background=better).rename_axis("class")


def hybrid_nobg(choice: pd.DataFrame) -> list[str]:
    """The parameter `hybrid_nobg`: the classes that `hybrid_choice` trains without background."""
    return [str(name) for name in choice.index[choice["without_background"]]]
