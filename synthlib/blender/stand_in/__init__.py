"""Scenes of the demo's stand-in photographs and backgrounds, and the camera that takes them.

In: items from `synthlib.photographs.stand_in`. Out: JPEGs.

- `photographs`: the scene of one stand-in photograph or background. Read this first.
- `rooms`, `surfaces`: scenes of the backgrounds, and the planes and boxes that they consist of.
- `camera`: light, film, and the look of a small camera's images.
"""
