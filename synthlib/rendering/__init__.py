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

- `plan`: the instances to render and their store, rendering, and the manifest. Read this first.
- `settings`, `viewpoints`, `framing`: parameters of renders, camera directions, camera positions.
- `lighting`, `ground_shadow`, `footprints`: light, shadows, places of objects next to each other.
- `view_files`: the files of a view: render, own mask, depth.
- `estimate`: disk space and time of what is missing.
- `supervisor`, `worker_process`, `items`, `progress`: worker processes and what they are given.
- `interpreters`: Pythons of this machine that have Blender's module.
- `store`: checks and statistics of a store.
- `curation`: near-duplicates and sparse views, left out of training.
- `problems`: warnings and failures of a plan, and a check of models before a render.
- `from_params`: the store of a run's parameters, rendered and curated.
- `contact_sheets`: images of a class's instances, to look at before a study.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
