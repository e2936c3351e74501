"""What must not happen silently: a class that is missing in a domain, a test image trained on."""

import numpy as np

from synthlib.data.prepare import StudyData
from synthlib.data.samples import ImageSet, SyntheticImages
from synthlib.params import Params
from synthlib.photographs.photographs import DataError


def check_training_classes(params: Params, domain: str, image_set: ImageSet | None) -> None:
    """Raises DataError naming the domain, or the class in it, that has nothing to train on."""
    if image_set is None:
        return
    for label, name in enumerate(params.classes):
        if len(image_set) and not (image_set.labels == label).any():
            raise DataError(
                f"class {name} has no {domain} training sample, other classes have: add some, "
                f"raise {domain}_fraction, or leave the class out of classes"
            )


def check_test_classes(params: Params, name: str, image_set: ImageSet) -> None:
    """Raises DataError naming the class that test set `name` has no sample of."""
    for label, cls in enumerate(params.classes):
        if not (image_set.labels == label).any():
            helps = "add photographs, or take flags back"
            if name.startswith("synthetic"):
                helps = "give it a second model, or mend those that `synthlib render` names"
            raise DataError(
                f"class {cls} has no sample in test set {name}, nothing would be measured of it: "
                f"{helps}; or leave the class out of classes"
            )


def raise_on_shared_images(
    name: str, trained: ImageSet | None, tested: ImageSet, data: StudyData
) -> None:
    """Raises DataError when an image of test set `name` has the content of a training image.

    Renders that show nothing are left out: empty ones are equal, whatever they are of.
    """
    if trained is None:
        return
    table = data.renders
    empty = [] if table is None else table["sha256"][table["coverage"] == 0].unique()
    rows = [~np.isin(part.hashes, empty) for part in (trained, tested)]
    _raise_on_shared_hashes(
        name,
        trained.hashes[rows[0]],
        trained.names[rows[0]],
        tested.hashes[rows[1]],
        tested.names[rows[1]],
    )


def raise_on_shared_backgrounds(
    name: str, trained: SyntheticImages | None, tested_rows: np.ndarray | None
) -> None:
    """The same for backgrounds: `tested` are the rows of those that the test set shows."""
    if trained is None or trained.backgrounds is None or tested_rows is None:
        return
    scenes = trained.backgrounds
    used = np.unique(np.concatenate([rows for group in scenes.rows_by_class for rows in group]))
    shown = np.unique(tested_rows)
    _raise_on_shared_hashes(
        name, scenes.hashes[used], scenes.names[used], scenes.hashes[shown], scenes.names[shown]
    )


def _raise_on_shared_hashes(name: str, hashes, names, test_hashes, test_names) -> None:
    trained = dict(zip(hashes.tolist(), names.tolist(), strict=True))
    shared = [i for i, found in enumerate(test_hashes.tolist()) if found in trained]
    if shared:
        twin = trained[test_hashes[shared[0]]]
        raise DataError(
            f"test set {name}: {len(shared)} of its images are trained on, the first is "
            f"{test_names[shared[0]]}, the same file as {twin}: delete one of the two"
        )
