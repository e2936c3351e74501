"""Checks against mistakes that would go unnoticed: missing classes, test images trained on."""

import numpy as np

from synthlib.data.backgrounds import BackgroundSampler
from synthlib.data.prepare import StudyData
from synthlib.data.samples import ImageSet
from synthlib.params import Params
from synthlib.photographs.photographs import DataError


def check_training_classes(params: Params, domain: str, image_set: ImageSet | None) -> None:
    """Check that every class has a training sample in a domain ("real" or "synthetic").

    Raises:
        DataError: Names the class that has none.
    """
    if image_set is None:
        return
    for label, name in enumerate(params.classes):
        if len(image_set) and not (image_set.labels == label).any():
            raise DataError(
                f"class {name} has no {domain} training sample, other classes have: add some, "
                f"raise {domain}_fraction, or leave the class out of classes"
            )


def check_test_classes(params: Params, name: str, image_set: ImageSet) -> None:
    """Check that test set `name` has a sample of every class.

    Raises:
        DataError: Names the class that has none.
    """
    for label, cls in enumerate(params.classes):
        if not (image_set.labels == label).any():
            advice = "add photographs, or remove flags"
            if name.startswith("synthetic"):
                advice = "give it a second model, or repair those that `synthlib render` names"
            raise DataError(
                f"class {cls} has no sample in test set {name}, so it could not be measured: "
                f"{advice}; or leave the class out of classes"
            )


def raise_on_shared_images(
    name: str, trained: ImageSet | None, tested: ImageSet, data: StudyData
) -> None:
    """Check that no image of test set `name` has the content of a training image.

    Renders that show nothing are left out: all empty ones are equal.

    Raises:
        DataError: Names the first image that has.
    """
    if trained is None:
        return
    name_by_hash = dict(zip(trained.hashes, trained.names, strict=True))
    if data.renders is not None:
        for empty in data.renders["sha256"][data.renders["coverage"] == 0]:
            name_by_hash.pop(empty, None)
    _raise_on_shared_hashes(name, name_by_hash, tested.hashes, tested.names)


def raise_on_shared_backgrounds(
    name: str,
    trained: BackgroundSampler | None,
    tested: BackgroundSampler | None,
    tested_rows: np.ndarray | None,
) -> None:
    """Check that no background of test set `name` has the content of a training background.

    Args:
        name: Name of the test set.
        trained: The backgrounds that the run trains on.
        tested: The backgrounds of the test set.
        tested_rows: Rows of those that the test set shows, int (N,).

    Raises:
        DataError: Names the first background that has.
    """
    if trained is None or tested is None or tested_rows is None:
        return
    rows = np.concatenate([rows for group in trained.rows_by_class for rows in group])
    used, shown = np.unique(rows), np.unique(tested_rows)
    name_by_hash = dict(zip(trained.hashes[used], trained.names[used], strict=True))
    _raise_on_shared_hashes(name, name_by_hash, tested.hashes[shown], tested.names[shown])


def _raise_on_shared_hashes(
    name: str, trained: dict[str, str], test_hashes: np.ndarray, test_names: np.ndarray
) -> None:
    shared = np.flatnonzero([test_hash in trained for test_hash in test_hashes])
    if len(shared):
        first = shared[0]
        raise DataError(
            f"test set {name}: {len(shared)} of its images are trained on, the first is "
            f"{test_names[first]}, the same file as {trained[test_hashes[first]]}: delete one of "
            "the two"
        )
