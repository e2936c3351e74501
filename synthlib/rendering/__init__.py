"""Views of every instance, rendered into a store. Rendering can be killed and resumed at any time.

In: instances and `RenderSettings`. Out: `<outputs>/renders/<digest>/<class>/<instance>/<view>.png`
and a manifest with one row per render. Subprocesses (`synthlib.blender`) do the work; a supervisor
starts, watches and replaces them.

    settings = rendering.RenderSettings(size=128)
    plan = rendering.plan_renders(
        outputs, ["cup"], 30, assets="both", models_root=models_root, settings=settings
    )
    report = rendering.render(plan)
    table = rendering.read_manifest(plan)
    curated = rendering.curate_store(table, plan.store, min_coverage=0.05)
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
