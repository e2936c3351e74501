"""Depth of the scene's surfaces, found by a ray through the centre of each pixel.

Surfaces are those of the meshes as they are rendered, whatever their materials let through.
Displacement by a material is left out.
"""

import bpy
import numpy as np
from mathutils import Vector
from mathutils.bvhtree import BVHTree

from synthlib.blender.scene import rendered_meshes


class Surfaces:
    """All faces of the scene's meshes, in a tree that finds the first one on a ray."""

    def __init__(self) -> None:
        """Collect the faces of the current scene."""
        vertices: list[np.ndarray] = []
        triangles: list[np.ndarray] = []
        n_vertices = 0
        for mesh, matrix in rendered_meshes():
            points = np.empty(len(mesh.vertices) * 3, np.float32)
            mesh.vertices.foreach_get("co", points)
            vertices.append(points.reshape(-1, 3) @ matrix[:3, :3].T + matrix[:3, 3])
            triangles.append(_triangles(mesh) + n_vertices)
            n_vertices += len(mesh.vertices)
        self._tree = BVHTree.FromPolygons(
            np.concatenate(vertices).tolist(),
            np.concatenate(triangles).tolist(),
            all_triangles=True,
        )

    def depths(self, position: np.ndarray, rays: np.ndarray) -> np.ndarray:
        """Depth of the first surface on each ray.

        Args:
            position: The camera's position, float64 (3,) in metres.
            rays: From `framing.pixel_rays`, float64 (height, width, 3).

        Returns:
            Metres along the camera's axis, inf where there is no surface, float64 (height, width).
        """
        origin, first_hit = Vector(position.tolist()), self._tree.ray_cast
        lengths = np.linalg.norm(rays, axis=2)  # of rays to depth 1
        distances = [first_hit(origin, ray)[3] for ray in rays.reshape(-1, 3).tolist()]
        values = [np.inf if distance is None else distance for distance in distances]
        return np.array(values).reshape(lengths.shape) / lengths


def _triangles(mesh: bpy.types.Mesh) -> np.ndarray:
    """Vertices of a mesh's triangles, int32 (N, 3)."""
    mesh.calc_loop_triangles()
    triangles = np.empty(len(mesh.loop_triangles) * 3, np.int32)
    mesh.loop_triangles.foreach_get("vertices", triangles)
    return triangles.reshape(-1, 3)
