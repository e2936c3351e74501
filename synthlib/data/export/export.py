"""Export of a data set into a folder, completely or not at all.

Images are made, written and forgotten one after another, so memory does not grow with their number.
"""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from synthlib.data.export.card import SOURCES_FILE, dataset_card, restricted_text, source_table
from synthlib.data.export.formats import SPLITS, WRITERS
from synthlib.data.export.images import ExportPlan, Source, plan_composites, plan_renders
from synthlib.params import Params
from synthlib.utils.errors import ParameterError, SynthlibError
from synthlib.utils.folders import completed_folder, raise_if_not_empty
from synthlib.utils.progress import progress_bar

Format = Literal["imagefolder", "coco", "yolo"]
Content = Literal["composites", "renders"]


class ExportError(SynthlibError):
    """A data set cannot be exported."""


@dataclass(frozen=True)
class ExportSettings:
    """The content and form of an export.

    Attributes:
        format: Form of the data set (`formats`).
        content: Composites or renders.
        epochs: Passes over the training renders, for composites; at least 1.
        licences: Kinds of use and names of licences that are allowed, as for `licences.is_allowed`;
            images of anything else are left out. Empty: nothing is left out.

    Raises:
        ParameterError: If a value is not allowed.
    """

    format: Format
    content: Content = "composites"
    epochs: int = 1
    licences: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name, allowed in (("format", get_args(Format)), ("content", get_args(Content))):
            if getattr(self, name) not in allowed:
                value = getattr(self, name)
                raise ParameterError(f"{name} is {value!r}; allowed: {', '.join(allowed)}")
        if self.epochs < 1:
            raise ParameterError(f"epochs is {self.epochs}; allowed: 1 or more")


@dataclass(frozen=True)
class ExportReport:
    """Outcome of an export.

    Attributes:
        images: Number of images written.
        left_out: Number of images that were left out for a licence.
        restricted: Sentence about sources under non-commercial or unknown licences; "" if none is.
    """

    images: int
    left_out: int
    restricted: str


def export_dataset(
    params: Params, target: Path, settings: ExportSettings, *, progress: bool = True
) -> ExportReport:
    """Write a run's composites or renders as a data set that other tools read.

    What is missing is rendered and packed first. The same parameters and settings give the same
    bytes on one machine.

    Args:
        params: The run's parameters.
        target: Folder of the data set, which must not exist or be empty.
        settings: The content and form of the export.
        progress: If true, show a progress bar.

    Raises:
        FolderError: If the target is not empty.
        ExportError: If a class would have no image in a split.
        ParameterError: If the run makes no composites that show objects.
        FileError: If a file cannot be written, for example because the disk is full.
        SynthlibError: If the data of the run cannot be prepared.

    Examples:
        >>> settings = ExportSettings("coco", epochs=2, licences=("open",))
        >>> report = export_dataset(params.load("tiny", "synth_bg"), Path("data"), settings)
    """
    raise_if_not_empty(target)
    if settings.content == "renders":
        plan = plan_renders(params, settings.licences)
    else:
        plan = plan_composites(params, settings.epochs, settings.licences)
    _raise_on_empty_class(plan)
    n_images = sum(plan.counts.values())
    images_by_source: Counter[Source] = Counter()
    with completed_folder(target) as folder:
        with WRITERS[settings.format](folder, plan.classes) as writer:
            bar = progress_bar(
                plan.images(), title="exporting", unit="images", total=n_images, show=progress
            )
            for image in bar:
                writer.add(image)
                images_by_source.update(image.sources)
        sources = source_table(images_by_source)
        sources.to_csv(folder / SOURCES_FILE, index=False)
        card = dataset_card(params, _recipe(settings, params), plan.counts, sources)
        (folder / "README.md").write_text(card, encoding="utf-8")
    return ExportReport(n_images, sum(plan.left_out.values()), restricted_text(sources))


def _raise_on_empty_class(plan: ExportPlan) -> None:
    """Raise ExportError if a split has no image of a class.

    Readers that number the classes by their folders would number the others differently.
    """
    for split in SPLITS:
        for cls in plan.classes:
            if plan.counts[split, cls]:
                continue
            reason = "add instances"
            if plan.left_out:
                licence, n = plan.left_out.most_common(1)[0]
                reason = f"{sum(plan.left_out.values()):,} images are left out, {n:,} of them under"
                reason += f" {licence}: allow it with --licences"
            raise ExportError(
                f"class {cls} would have no image in {split}: {reason}, or take the class out of "
                "the parameter classes"
            )


def _recipe(settings: ExportSettings, params: Params) -> dict[str, object]:
    """Settings of an export, as the dataset card shows them."""
    recipe: dict[str, object] = {"content": settings.content}
    if settings.content == "composites":
        recipe |= {"experiment": params.experiment, "epochs": settings.epochs, "seed": params.seed}
    return recipe | {"licences": list(settings.licences)}
