"""The list of an export's sources, and its dataset card.

`sources.csv` has a row for each model, generator and photograph that images show: kind, name,
source, licence, use (`licences.USES`) and the number of images. `README.md` is the card, with the
front matter that Hugging Face reads.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from synthlib.data.export.formats import SPLITS
from synthlib.data.export.images import Source
from synthlib.params import Params
from synthlib.photographs.licences import licence_use

SOURCES_FILE = "sources.csv"

N_NAMED = 5
"""Number of restricted sources that a sentence names; the list of sources has all."""

_HUB_LICENCES = {"MIT": "mit", "CC0-1.0": "cc0-1.0", "CC-BY-4.0": "cc-by-4.0"}
"""Hugging Face's identifiers of licences that a whole export may be under."""

CONTENT_SENTENCES = {
    "composites": "Each image is a render pasted into a photograph, as a run trains on it: placed "
    "and blended, before crops and changes of colour. Those of `train` are drawn once per epoch, "
    "those of `test` are the fixed test set, of other objects on other photographs.",
    "renders": "Each image is a render with transparency (RGBA) as it was stored.",
}

_CARD = """\
---
{front_matter}---

# Synthetic images of {n_classes} classes

{n_images:,} images made by synthlib. {content}

| class | {heads} |
|---|{rules}|
{count_rows}

`metadata.jsonl`, in the folder of each split, has a line per image: its file, class and label, the
object's bounding box (left, top, width, height in pixels) and mask (COCO's run-length encoding of
the pixels that are more than half covered), and the object, view, background and placement.

## Sources and licences

`{sources_file}` lists every 3D model, generator and photograph shown, with its source and licence.

| kind | licence | use | files | images |
|---|---|---|---|---|
{licence_rows}

{restricted}

## How it was made

```yaml
{recipe}```
"""


def source_table(images_by_source: Counter[Source]) -> pd.DataFrame:
    """Table of the sources of an export, sorted by kind and name.

    Args:
        images_by_source: Number of images that show each source.

    Returns:
        Columns kind, name, source, licence, use, images.
    """
    rows = [
        asdict(source) | {"use": licence_use(source.licence), "images": n}
        for source, n in images_by_source.items()
    ]
    columns = ["kind", "name", "source", "licence", "use", "images"]
    return pd.DataFrame(rows, columns=columns).sort_values(["kind", "name"], ignore_index=True)


def restricted_text(sources: pd.DataFrame) -> str:
    """Text that counts and names sources under non-commercial or unknown licences, photographs
    first; "" if there are none."""
    restricted = sources[sources["use"] != "open"].sort_values(
        "kind", ascending=False, kind="stable"
    )
    if restricted.empty:
        return ""
    kinds = restricted["kind"].value_counts(sort=False)
    counted = ", ".join(f"{n:,} {kind}{'s' * (n > 1)}" for kind, n in kinds.items())
    rows = restricted[["name", "licence"]].head(N_NAMED).values.tolist()
    names = ", ".join(f"{name} ({licence})" for name, licence in rows)
    more = ", ..." if len(restricted) > N_NAMED else ""
    return f"under non-commercial or unknown licences: {counted}: {names}{more}"


def dataset_card(
    params: Params,
    recipe: Mapping[str, Any],
    counts: Counter[tuple[str, str]],
    sources: pd.DataFrame,
) -> str:
    """The text of a dataset card, in Markdown.

    Args:
        params: The run's parameters.
        recipe: Settings of the export; its `content` is "composites" or "renders".
        counts: Number of images by (split, class).
        sources: From `source_table`.
    """
    groups = sources.groupby(["kind", "licence", "use"])["images"].agg(["size", "sum"])
    restricted = restricted_text(sources)
    recipe = dict(recipe) | {"parameters": _public_parameters(params)}
    return _CARD.format(
        front_matter=yaml.safe_dump(_front_matter(sources), sort_keys=False),
        n_classes=len(params.classes),
        n_images=sum(counts.values()),
        content=CONTENT_SENTENCES[recipe["content"]],
        heads=" | ".join(SPLITS),
        rules="|".join("---" for _ in SPLITS),
        count_rows=_table_rows([cls, *(counts[s, cls] for s in SPLITS)] for cls in params.classes),
        sources_file=SOURCES_FILE,
        licence_rows=_table_rows(row for row in groups.reset_index().values.tolist()),
        restricted=f"Not free for every use, {restricted}." if restricted else "",
        recipe=yaml.safe_dump(recipe, sort_keys=False),
    )


def _front_matter(sources: pd.DataFrame) -> dict[str, Any]:
    licences = set(sources["licence"])
    identifier = _HUB_LICENCES.get(min(licences)) if len(licences) == 1 else None
    licence = {"license": identifier} if identifier else {"license": "other"}
    tasks = ["image-classification", "object-detection", "image-segmentation"]
    return licence | {"task_categories": tasks, "tags": ["synthetic"]}


def _public_parameters(params: Params) -> dict[str, Any]:
    """The parameters that differ from the defaults, without a path of this machine."""
    parameters = params.digest_parameters()
    if "environments" in parameters:
        parameters["environments"] = Path(parameters["environments"]).name
    return parameters


def _table_rows(rows: Iterable[Sequence[object]]) -> str:
    return "\n".join("| " + " | ".join(map(str, row)) + " |" for row in rows)
