"""Small OBJ models for the tests of renders, and the positions of their vertices in the scene."""

from pathlib import Path

import numpy as np

CUBE = np.array([[x, y, z] for y in (-1.0, 1.0) for x, z in [(-1, 1), (1, 1), (1, -1), (-1, -1)]])

# Without symmetry, so that it looks different if mirrored, rotated or upside down. Faces stay flat.
WEDGE = CUBE * [1.0, 0.8, 0.7] / (1.6 + CUBE @ [0.3, 0.5, -0.25])[:, None] + CUBE[:, [1]] * 0.1

# Corner numbers, from 1, of both shapes' faces, in OBJ's axes (y up, front +z).
FACES = {
    "bottom": (4, 3, 2, 1),
    "top": (5, 6, 7, 8),
    "front": (1, 2, 6, 5),
    "right": (2, 3, 7, 6),
    "back": (3, 4, 8, 7),
    "left": (4, 1, 5, 8),
}
COLOURS = {"front": "1 0 0", "right": "0 1 0", "top": "0 0 1", "back": "1 1 0"}


def write_box(path: Path, corners: np.ndarray, *, mtl: str = "", usemtl: str = "") -> Path:
    """Write an OBJ with six faces.

    Args:
        path: The OBJ; its folder is created.
        corners: float (8, 3), in the order of `CUBE`.
        mtl: Content of the material library; empty: no materials.
        usemtl: Material of all faces; empty: each face has the material of its own name.
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
    """Write a sphere of radius 1 with quadrilateral faces and one material named "white"."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rings = segments // 2
    lines = ["mtllib sphere.mtl"]
    for ring in range(rings + 1):
        for step in range(segments):
            polar = np.pi * ring / rings
            azimuth = 2 * np.pi * step / segments
            x = np.sin(polar) * np.cos(azimuth)
            z = np.sin(polar) * np.sin(azimuth)
            lines.append(f"v {x:.9f} {np.cos(polar):.9f} {z:.9f}")
    lines.append("usemtl white")
    for ring in range(rings):
        for step in range(segments):
            corner = ring * segments + step + 1
            next_corner = ring * segments + (step + 1) % segments + 1
            below, next_below = corner + segments, next_corner + segments
            lines.append(f"f {corner} {next_corner} {next_below} {below}")
    path.write_text("\n".join(lines) + "\n")
    (path.parent / "sphere.mtl").write_text(mtl)
    return path


def scene_points(corners: np.ndarray) -> np.ndarray:
    """Positions of an OBJ's points after the import: z up, front -y, on z = 0, largest side 1."""
    x, y, z = corners.T
    points = np.stack([x, -z, y], axis=1)
    low, high = points.min(axis=0), points.max(axis=0)
    base_centre = np.array([(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, low[2]])
    return (points - base_centre) / (high - low).max()
