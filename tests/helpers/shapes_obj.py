"""Tiny OBJ models for the render tests, and their geometry."""

from pathlib import Path

import numpy as np

CUBE = np.array([[x, y, z] for y in (-1.0, 1.0) for x, z in [(-1, 1), (1, 1), (1, -1), (-1, -1)]])
# without symmetry, so that it looks different when mirrored or turned; its faces are flat
WEDGE = CUBE * [1.0, 0.8, 0.7] / (1.6 + CUBE @ [0.3, 0.5, -0.25])[:, None] + CUBE[:, [1]] * 0.1
FACES = {  # corner numbers from 1, in OBJ's axes (y up, front +z)
    "bottom": (4, 3, 2, 1),
    "top": (5, 6, 7, 8),
    "front": (1, 2, 6, 5),
    "right": (2, 3, 7, 6),
    "back": (3, 4, 8, 7),
    "left": (4, 1, 5, 8),
}
COLOURS = {"front": "1 0 0", "right": "0 1 0", "top": "0 0 1", "back": "1 1 0"}


def write_box(path: Path, corners: np.ndarray, *, mtl: str = "", usemtl: str = "") -> Path:
    """Write an OBJ of six faces.

    Args:
        path: The OBJ file.
        corners: float (8, 3), in the order of `CUBE`.
        mtl: Content of its MTL file; empty: no MTL.
        usemtl: Material of all faces; empty: each face has a material of its name.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [f"mtllib {path.stem}.mtl"] if mtl else []
    lines += ["v " + " ".join(f"{x:.9g}" for x in corner) for corner in corners]
    for name, face in FACES.items():
        lines += [f"usemtl {usemtl or name}"] if mtl else []
        lines.append("f " + " ".join(map(str, face)))
    path.write_text("\n".join(lines) + "\n")
    if mtl:
        path.with_suffix(".mtl").write_text(mtl)
    return path


def coloured_mtl() -> str:
    return "".join(f"newmtl {name}\nKd {COLOURS.get(name, '1 1 1')}\n" for name in FACES)


def write_sphere(path: Path, *, segments: int = 64, mtl: str = "newmtl white\nKd 1 1 1\n") -> Path:
    """Write a sphere of radius 1 made of quads."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rings = segments // 2
    lines = ["mtllib sphere.mtl"]
    for ring in range(rings + 1):
        for step in range(segments):
            a, b = np.pi * ring / rings, 2 * np.pi * step / segments
            y, x, z = np.cos(a), np.sin(a) * np.cos(b), np.sin(a) * np.sin(b)
            lines.append(f"v {x:.9f} {y:.9f} {z:.9f}")
    lines.append("usemtl white")
    for ring in range(rings):
        for step in range(segments):
            one, two = ring * segments + step + 1, ring * segments + (step + 1) % segments + 1
            lines.append(f"f {one} {two} {two + segments} {one + segments}")
    path.write_text("\n".join(lines) + "\n")
    (path.parent / "sphere.mtl").write_text(mtl)
    return path


def scene_points(corners: np.ndarray) -> np.ndarray:
    """Positions of an OBJ's points in the scene: z up, front -y, on the floor, largest side 1."""
    x, y, z = corners.T
    points = np.stack([x, -z, y], axis=1)
    low, high = points.min(axis=0), points.max(axis=0)
    foot = np.array([(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, low[2]])
    return (points - foot) / (high - low).max()
