"""Model files of all supported kinds as clean, normalised mesh objects of the current scene.

In: a model file, with its images and buffers. Out: mesh objects, upright, centred and one metre
large, whose materials Cycles renders correctly; or a `ModelError` that names the file.

- `models`: the import of a file, `import_model`. Read this first.
- `flatten`: imported objects as plain mesh objects.
- `faces`: repairs of broken, coincident and inverted faces.
- `materials`: repairs and variations of imported materials.
- `images`: images from where they are, and reports of those that are not shown.
"""
