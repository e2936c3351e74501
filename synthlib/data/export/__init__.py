"""Export of composites and renders as data sets that other tools read.

In: a run's parameters. Out: a folder in the form of ImageFolder, COCO or YOLO, with the box and
mask of each object, and the source and licence of everything that is shown.

- `export`: `export_dataset`, which writes such a folder completely or not at all. Read this first.
- `images`: the images to write, with their masks and sources, chosen by licence.
- `formats`: one writer per format.
- `masks`: COCO's run-length encoding of masks.
- `card`: the list of sources and the dataset card.
"""
