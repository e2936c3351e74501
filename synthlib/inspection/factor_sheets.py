"""Contact sheet of the factors of a screening: training images with either level of each.

Only what is at hand is shown. Levels that need no other renders are made from those of the scale;
others from a store that a run or `render_factor_examples` has made.
"""

import logging
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure

from synthlib.data import datasets, prepare
from synthlib.evaluation.screening import read_screening
from synthlib.params import Params
from synthlib.rendering.manifest import read_manifest
from synthlib.reporting.figures.image_grids import labelled_image_rows
from synthlib.reporting.figures.style import mark_stand_in
from synthlib.reporting.sheets.run_images import to_uint8
from synthlib.seeding import uniforms
from synthlib.utils.errors import SynthlibError

logger = logging.getLogger(__name__)

CPU = torch.device("cpu")

COLUMNS = 8
"""Images of each level."""

EXAMPLES = {"instances": 2, "views": 6}
"""Parameters of the small stores of examples, with the first `MAX_CLASSES` classes."""

MAX_CLASSES = 3


def factor_sheet(params: Params) -> tuple[Figure | None, list[str]]:
    """Draw training images with the first and the second level of each factor.

    Nothing is rendered. The random draws of both levels are equal.

    Args:
        params: Parameters of the scale.

    Returns:
        The figure, closed, with two rows per factor; None if nothing is at hand. And the names of
        the factors for which no renders are at hand.
    """
    rows, labels, missing = [], [], []
    for name, levels in _visible_factors().items():
        shown = [_images_at_hand(params, level) for level in levels]
        if any(images is None for images in shown):
            missing.append(name)
            continue
        rows += shown
        labels += [f"{name}\nfirst", "second"]
    if not rows:
        return None, missing
    title = "Each factor of the screening at two levels"
    figure = labelled_image_rows(rows, labels, title=title)
    return mark_stand_in(figure, params.stand_in), missing


def render_factor_examples(params: Params) -> None:
    """Render a few views with each level of each factor, as `factor_sheet` shows them.

    It takes some minutes on two cores.

    Raises:
        RenderError: If rendering cannot continue.
    """
    for levels in _visible_factors().values():
        for level in levels:
            prepare.prepare_data(_example_params(params, level), quiet=True)


def missing_factors_markdown(missing: list[str]) -> str:
    """Name the factors without renders at hand, and the call that makes them."""
    if not missing:
        return ""
    return (
        f"No renders at hand for: {', '.join(missing)}. "
        "`factor_sheets.render_factor_examples(p)` makes a few."
    )


def _visible_factors() -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
    """The levels of each factor but those of numbers of renders, which no single image shows."""
    factors = read_screening().factors
    return {
        name: levels
        for name, levels in factors.items()
        if not (levels[0].keys() | levels[1].keys()) <= EXAMPLES.keys()
    }


def _images_at_hand(params: Params, level: dict[str, Any]) -> list[np.ndarray] | None:
    """Training images with a level, of the scale's renders or of the examples; None: neither."""
    for candidate in (_level_params(params, level), _example_params(params, level)):
        try:
            if _is_rendered(candidate):
                return list(_training_images(candidate))
        except SynthlibError as error:  # for example, the data is not on this machine
            logger.debug(f"no images with {level}: {error}")
    return None


def _level_params(params: Params, level: dict[str, Any], **changes: Any) -> Params:
    """Parameters of a run on synthetic images alone, with a level of a factor."""
    alone = {"experiment": "synth_bg", "real_fraction": 0.0, "synthetic_fraction": 1.0}
    alone |= {"test_sets": ["real"], "protocol": read_screening().protocol}
    return params.model_copy(update=alone | level | changes)


def _example_params(params: Params, level: dict[str, Any]) -> Params:
    return _level_params(params, level, classes=params.classes[:MAX_CLASSES], **EXAMPLES)


def _is_rendered(params: Params) -> bool:
    plan = prepare.render_plan(params)
    if not plan.store.exists():
        return False
    manifest = read_manifest(plan)
    return len(manifest.drop_duplicates(["class", "instance"])) == len(plan.instance_names)


def _training_images(params: Params) -> Iterator[np.ndarray]:
    """`COLUMNS` training images, uint8 (S, S, 3), of the first `MAX_CLASSES` classes in turn."""
    data = prepare.prepare_data(params, quiet=True)
    synthetic = datasets.training_set(params, data).synthetic
    assert synthetic is not None  # the run trains on nothing else
    of_classes = [np.flatnonzero(synthetic.renders.labels == k) for k in range(MAX_CLASSES)]
    of_classes = [rows for rows in of_classes if len(rows)]
    per_class = -(-COLUMNS // len(of_classes))
    chosen = [rows[np.linspace(0, len(rows) - 1, per_class).astype(int)] for rows in of_classes]
    index = np.stack(chosen, axis=1).ravel()[:COLUMNS]
    u = uniforms(params.seed, "factors", ids=np.arange(COLUMNS), n=synthetic.n_draws)
    yield from to_uint8(synthetic.images(index, u, params.image_size, CPU))
