"""PNG compression of renders: time and size by level, and totals at the scale of the thesis.

    python benchmarks/render_png.py [--size 512] [--samples 16] [--denoise]

One frame of a generated instance of each of the 17 classes is written by Blender at every level of
compression, and by Pillow. The mean times and sizes give the totals for all frames of the thesis.
Times are CPU time, which other work on the machine affects little.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from synthlib.classes import CLASSES
from synthlib.rendering.settings import RenderSettings

VIEWS = 422_310  # Tables 6 and 7 together
PERCENTS = [0, 15, 30, 50, 60, 70, 80, 90, 100]
LEVELS = [1, 3, 6, 9]


def main() -> None:
    """Measure, and print a table and a line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=512, help="px")
    parser.add_argument("--samples", type=int, default=16, help="per pixel")
    parser.add_argument("--denoise", action="store_true")
    given = parser.parse_args()
    settings = RenderSettings(size=given.size, samples=given.samples, denoise=given.denoise)
    with tempfile.TemporaryDirectory() as name:
        job = {
            "do": "png",
            "items": [{"cls": cls, "instance": "0000", "source": None} for cls in CLASSES],
            "settings": asdict(settings),
            "views": [18],
            "percents": PERCENTS,
            "levels": LEVELS,
            "out": name,
            "threads": 1,
        }
        file = Path(name, "job.json")
        file.write_text(json.dumps(job))
        command = [sys.executable, str(Path(__file__).with_name("cycles_loop.py")), str(file)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        rows = json.loads(Path(name, "result.json").read_text())
    render, build = rows.pop("render")[0], rows.pop("build")[0]
    hours = (render + build / settings.views) * VIEWS / 3600
    print(
        f"{given.size} px, {given.samples} samples, {'' if given.denoise else 'not '}denoised: "
        f"{render:.2f} s of CPU a frame, {build:.2f} s a scene; {VIEWS:,} frames: {hours:,.0f} "
        f"core hours, {hours / 24 / 2:,.1f} days on 2 cores, {hours / 128:,.1f} h on 16 x 8"
    )
    print(f"{'':38s}{'ms':>8s}{'of it':>8s}{'kB':>8s}{'GB for ' + format(VIEWS, ','):>16s}")
    for way, (seconds, size) in rows.items():
        line = f"{way:38s}{seconds * 1e3:8.1f}{seconds / render:8.1%}{size / 1e3:8.1f}"
        print(f"{line}{size * VIEWS / 1e9:16.1f}")
    whole = rows["Blender, 0 %"][1]
    sizes = {way: round(size / whole, 3) for way, (_, size) in rows.items()}
    print("\n" + json.dumps({"benchmark": "render_png", "size_to_uncompressed": sizes}))


if __name__ == "__main__":
    main()
