"""The 3D objects of a study: which instances there are, and on which side of the split.

In: object classes, a folder of model files, the data seed. Out: `Instance`s, each one concrete
object (a procedural generator or a model file, and a variation), with its name, split and licence.
Nothing here builds geometry; `blender` does, in a process of its own.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
