"""Generators: one module per object class, which builds an unlimited number of different objects.

A generator is the module `<class>.py` with two public names:

- `VERSION`: a whole number of at least 1. It is part of the names of the instances, so that renders
  of different versions never mix. It is read from the source, since importing needs Blender.
- `build(rng)`: builds one object into the current scene, and returns it as a list of one
  `bpy.types.Object`.

The contract of `build`, checked for 50 seeds of every class by `tests/blender/test_generators.py`:

- The object has real size in metres, stands on z = 0, and is centred on the z axis. Its front faces
  -Y (the screen of a laptop, the dial of a clock); round objects have a random pose.
- `rng`, a `numpy.random.Generator`, is the only source of randomness: the same seed gives the same
  vertices and materials, in any process. The order of the draws is part of this, so that a moved or
  added draw changes every object and needs a new `VERSION`.
- Shells are closed and face outward, no part floats, and a mesh has fewer than 60,000 triangles.
  Printed text and screens may be open sheets.
- The object is linked to the scene, has at least one material, and has an identity transform.

Most generators follow one pattern: sample a family, proportions and colours; make a list of
`modelling.shapes.Shape`, each with a material (from `modelling.materials`, or a node graph of
`modelling.node_graph`); rotate and translate them into place; and return
`modelling.meshes.assemble(name, shapes)`. Code that several generators share is in `parts`.

To add a class, write its module, for example `crate.py`::

    VERSION = 1

    def build(rng: np.random.Generator) -> list[bpy.types.Object]:
        width, depth, height = rng.uniform(0.3, 0.6, 3)
        colour = sample_colour(rng, (0.2, 0.8), (0.2, 0.8))
        shape = shapes.box(width, depth, height).with_material(materials.plastic(colour))
        return meshes.assemble("crate", [shape])

Then add its limits to `SIZES` in `tests/blender/test_generators.py`, and write its golden hashes
with `python -m pytest tests/blender/test_golden.py --renew`. To change a generator's objects, raise
its `VERSION` and write the golden hashes again with the same command. `docs/own_data.md` describes
how a study gets new classes.
"""
