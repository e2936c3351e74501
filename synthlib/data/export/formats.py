"""Writers of exported data sets: folders of ImageFolder, COCO and YOLO.

All of them write the same images, and next to those of each split a `metadata.jsonl`, as Hugging
Face's `imagefolder` reads it: one line per image, with its file, class, box, mask and origin.

- imagefolder: `<split>/<class>/<name>.png`.
- coco: `images/<split>/<name>.png` and `annotations/instances_<split>.json`. Categories have the
  ids 1, 2, ... in the order of the classes; masks are uncompressed run-length encodings.
- yolo: `images/<split>/<name>.png`, `labels/<split>/<name>.txt` and `data.yaml`. Classes have the
  numbers 0, 1, ...; a box is its centre and size as shares of the image's.
"""

import json
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self, TextIO

import yaml

from synthlib.data.export.images import ExportImage
from synthlib.data.export.masks import encode_mask
from synthlib.photographs.licences import USES, licence_use

SPLITS: tuple[str, ...] = ("train", "test")


class DatasetWriter:
    """Writer of the files of a data set; a context manager, which completes them on exit.

    Args:
        folder: Folder of the data set, which exists and is empty.
        classes: All classes; the position of a class is its label.
    """

    image_folder = ""

    def __init__(self, folder: Path, classes: Sequence[str]) -> None:
        self.folder = folder
        self.classes = tuple(classes)
        self._files = ExitStack()
        self._metadata: dict[str, TextIO] = {}

    def __enter__(self) -> Self:
        for split in SPLITS:
            (self._split_folder(split)).mkdir(parents=True)
            self._metadata[split] = self._open(self._split_folder(split) / "metadata.jsonl")
        return self

    def __exit__(self, error_type: type | None, *_: object) -> None:
        try:
            if error_type is None:
                self.finish()
        finally:
            self._files.close()

    def add(self, image: ExportImage) -> None:
        """Write an image and what is known about it."""
        path = self._split_folder(image.split) / self.file_name(image)
        path.write_bytes(image.png)
        label = self.classes.index(image.cls)
        boxes = [] if image.box is None else [list(image.box)]
        line = {
            "file_name": self.file_name(image),
            "class": image.cls,
            "label": label,
            "objects": {"bbox": boxes, "categories": [label] * len(boxes)},
            "mask": encode_mask(image.mask),
        }
        self._metadata[image.split].write(json.dumps(line | image.facts) + "\n")

    def file_name(self, image: ExportImage) -> str:
        """Path of an image's file below the folder of its split."""
        return f"{image.name}.png"

    def finish(self) -> None:
        """Write what follows from all images."""

    def _split_folder(self, split: str) -> Path:
        return self.folder / self.image_folder / split

    def _open(self, path: Path) -> TextIO:
        path.parent.mkdir(parents=True, exist_ok=True)
        return self._files.enter_context(path.open("w", encoding="utf-8", newline="\n"))


class ImageFolderWriter(DatasetWriter):
    """One folder per split and class, as torchvision's `ImageFolder` reads them."""

    def __enter__(self) -> Self:
        super().__enter__()
        for split in SPLITS:
            for cls in self.classes:
                (self.folder / split / cls).mkdir()
        return self

    def file_name(self, image: ExportImage) -> str:
        """Path of an image's file below the folder of its split."""
        return f"{image.cls}/{image.name}.png"


class CocoWriter(DatasetWriter):
    """COCO's instance annotations, one file per split.

    Annotations wait in a file of their own, because in COCO's file all images come before them.
    """

    image_folder = "images"

    def __enter__(self) -> Self:
        super().__enter__()
        annotations = self.folder / "annotations"
        self._json = {s: self._open(annotations / f"instances_{s}.json") for s in SPLITS}
        self._waiting = {s: self._open(annotations / f".instances_{s}.part") for s in SPLITS}
        self._n_images, self._n_objects = (dict.fromkeys(SPLITS, 0) for _ in range(2))
        self._licences: dict[str, int] = {}
        for file in self._json.values():
            file.write('{"images": [')
        return self

    def add(self, image: ExportImage) -> None:
        """Write an image and what is known about it."""
        super().add(image)
        height, width = image.mask.shape
        strictest = max(image.sources, key=lambda source: USES.index(licence_use(source.licence)))
        licence_id = self._licences.setdefault(strictest.licence, len(self._licences) + 1)
        self._n_images[image.split] += 1
        entry = {
            "id": self._n_images[image.split],
            "file_name": self.file_name(image),
            "width": width,
            "height": height,
            "license": licence_id,
        }
        _append(self._json[image.split], entry | image.facts, is_first=entry["id"] == 1)
        if image.box is None:
            return
        self._n_objects[image.split] += 1
        annotation = {
            "id": self._n_objects[image.split],
            "image_id": entry["id"],
            "category_id": self.classes.index(image.cls) + 1,
            "bbox": list(image.box),
            "area": int(image.mask.sum()),
            "segmentation": encode_mask(image.mask),
            "iscrowd": 0,
        }
        _append(self._waiting[image.split], annotation, is_first=annotation["id"] == 1)

    def finish(self) -> None:
        """Complete the annotation files."""
        rest = {
            "categories": [
                {"id": i, "name": cls, "supercategory": "object"}
                for i, cls in enumerate(self.classes, start=1)
            ],
            "licenses": [{"id": i, "name": name, "url": ""} for name, i in self._licences.items()],
            "info": {"description": "synthetic images of synthlib", "version": "1.0"},
        }
        for split, file in self._json.items():
            waiting = self._waiting[split]
            waiting.close()
            file.write('],\n"annotations": [')
            with open(waiting.name, encoding="utf-8") as annotations:
                for line in annotations:
                    file.write(line)
            file.write("],\n" + json.dumps(rest)[1:] + "\n")
            Path(waiting.name).unlink()


class YoloWriter(DatasetWriter):
    """YOLO's boxes, one text file per image."""

    image_folder = "images"

    def __enter__(self) -> Self:
        super().__enter__()
        for split in SPLITS:
            (self.folder / "labels" / split).mkdir(parents=True)
        return self

    def add(self, image: ExportImage) -> None:
        """Write an image and what is known about it."""
        super().add(image)
        text = ""
        if image.box is not None:
            (left, top, width, height), (rows, columns) = image.box, image.mask.shape
            centre = (left + width / 2) / columns, (top + height / 2) / rows
            numbers = (*centre, width / columns, height / rows)
            label = self.classes.index(image.cls)
            text = f"{label} " + " ".join(f"{number:.6f}" for number in numbers) + "\n"
        path = self.folder / "labels" / image.split / f"{image.name}.txt"
        path.write_text(text)

    def finish(self) -> None:
        """Write `data.yaml`, whose paths start at its folder."""
        content = {
            "train": "images/train",
            "val": "images/test",
            "test": "images/test",
            "names": dict(enumerate(self.classes)),
        }
        (self.folder / "data.yaml").write_text(yaml.safe_dump(content, sort_keys=False))


WRITERS: Mapping[str, type[DatasetWriter]] = {
    "imagefolder": ImageFolderWriter,
    "coco": CocoWriter,
    "yolo": YoloWriter,
}
"""Writers by the name of their format."""


def _append(file: TextIO, entry: dict[str, Any], *, is_first: bool) -> None:
    """Write the next entry of a JSON list."""
    file.write(("\n" if is_first else ",\n") + json.dumps(entry))
