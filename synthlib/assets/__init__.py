"""The 3D objects of a study: its instances, and their split into training and test.

The input is object classes, a folder of model files, and the data seed. The output is a list of
`Instance`: each is one concrete object, made from a procedural generator or a model file and a
variation number, with its name, its side of the split and its licence. Nothing here builds
geometry: `blender` does that, in its own process.

    >>> from synthlib.assets import list_instances
    >>> cups = list_instances("cup", 30, assets="procedural", models_root=None, seed=0)
    >>> cups[0].name, cups[0].split

- `instances`: the list of instances, with their names, digests and sides of the split.
- `library`: the user's model files by class, and corrections of them in `models.yaml`.
- `formats`: formats of model files, what a file declares, and its licence.
- `references`: the other files that a model's file names, wherever they are.
- `validation`: faults of model files that can be found without Blender.
- `split`: the split of instances into training and test.
- `unpack`: archives of models, unpacked into the user's library.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
