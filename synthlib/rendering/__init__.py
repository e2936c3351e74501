"""Views of every instance, rendered into a store that survives being killed.

In: instances and `RenderSettings`. Out: `outputs/renders/<digest>/<class>/<instance>/<view>.png`
and a manifest with one row per render. The work is done by subprocesses (`synthlib.blender`) that
a supervisor starts, watches and replaces.

    plan = rendering.plan_renders(outputs, ["cup"], 30, assets="both", models_root=root,
                                  settings=rendering.RenderSettings(size=128))
    report = rendering.render(plan)
    table = rendering.read_manifest(plan)
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
