"""Code that runs inside Blender: builds or imports one object, renders it, and stores the result.

The only package that imports `bpy`, Blender's Python module. No other code imports it: the
supervisor of renders starts `python -m synthlib.blender.worker` as a subprocess.

In: a job file with items (instances, or scenes of stand-in photographs) and settings.
Out: per instance a folder with one PNG per view and `instance.json`; per stand-in scene its JPEGs.
Needs: `bpy`, numpy, scipy, Pillow, and the few modules of synthlib that its modules import; neither
torch nor pandas. Importing the package or a subpackage loads none of its modules.

- `worker`: the subprocess, which runs the items of one job one after another.
- `render_instance`: one instance, from its asset to its folder in the render store.
- `scene`: device, render settings, light, camera, and the rendering of one PNG.
- `importing`: model files as clean mesh objects.
- `modelling`: shapes, node graphs and materials, which generators are written with.
- `generators`: one procedural generator per class.
- `stand_in`: whole scenes for the stand-in photographs and backgrounds of the demo.
"""
