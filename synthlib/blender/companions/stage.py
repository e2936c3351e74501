"""The camera of each view, and what stands around the object in it."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import bpy
import numpy as np

from synthlib.blender import scene
from synthlib.blender.companions.group import MAX_SPREAD, Surroundings
from synthlib.blender.companions.occluder import place_occluder
from synthlib.blender.masks import full_mask, visible_mask
from synthlib.rendering import framing
from synthlib.rendering.view_files import mask_extent
from synthlib.rendering.viewpoints import View, camera_axes

MAX_OCCLUDED = 0.6
"""Share of the object above which what hides it is left out of a view."""

MIN_OBJECT_SHARE = 1 / MAX_SPREAD
"""Share of the frame's side below which an object in a group gets a frame of its own."""


@dataclass(frozen=True)
class Aim:
    """A view as it is rendered, with the camera's axes and position, the depths of the nearest and
    the farthest point, and whether the frame cuts off others than the object."""

    view: View
    axes: np.ndarray
    position: np.ndarray
    near: float
    far: float
    cuts_others: bool = False


@dataclass(frozen=True)
class Shot:
    """A view that is ready to be rendered.

    Attributes:
        aim: Where the camera is.
        mask: The visible mask of the object, uint8 (size, size); None: the render's alpha.
        record: For the view's record, if there can be anything else in it: `others` (names of what
            is), `others_cut` (the frame cuts them off), `occluded` (the share of the object in the
            frame that they hide), and where they hide some, `full_coverage` and `full_box` (of the
            mask without them).
        is_alone: True if companions are left out of the view.
    """

    aim: Aim
    mask: np.ndarray | None = None
    record: dict = field(default_factory=dict)
    is_alone: bool = False


_ALONE = {"others": "", "others_cut": False, "occluded": 0.0}
"""Record of a view that shows nothing but the object."""


class Stage:
    """The scene's camera, the object, and what may stand around it."""

    def __init__(
        self,
        camera: bpy.types.Object,
        points: np.ndarray,
        settings: dict,
        folder: Path,
        surroundings: Surroundings | None,
    ) -> None:
        """Find the object's own points.

        Args:
            camera: The scene's camera.
            points: Points of all that the scene contains without an occluder, float64 (N, 3).
            settings: The fields of `RenderSettings`.
            folder: For temporary files.
            surroundings: The object's companions and occluder; None if there can be none.
        """
        self._camera, self._points, self._own_points = camera, points, points
        self._settings, self._folder, self._surroundings = settings, folder, surroundings
        if surroundings is not None and surroundings.companions:
            surroundings.show(companions=False)
            self._own_points = framing.convex_hull(scene.evaluated_vertices())

    @property
    def has_ground(self) -> bool:
        """True if the object stands on its ground, and nobody lifts it."""
        return self._surroundings is None or not self._surroundings.is_lifted

    def show_companions(self) -> None:
        """Show the companions and hide the occluder."""
        if self._surroundings is not None:
            self._surroundings.show(companions=True)

    def compose(self, view: View) -> Shot:
        """Aim the camera at the group, place the occluder, and render the mask of the object.

        Where the others would hide more than `MAX_OCCLUDED` of the object, it is shown alone.
        """
        surroundings, fill = self._surroundings, self._settings["fill"]
        if surroundings is None:
            return Shot(aim_camera(self._camera, view, self._points, fill))
        things = surroundings.show(companions=True)
        aim = self._aim_at_group(view)
        occluder = surroundings.occluder
        if occluder is not None and occluder.is_in(view, self._settings["occluders"]):
            mask = full_mask(self._folder, things)
            front = place_occluder(occluder, aim.view, aim.axes, aim.position, aim.near, mask)
            if front is not None:
                things = [*things, occluder]
                everything = np.concatenate([self._points, front])
                aim = _include_in_frame(self._camera, aim, everything, fill)
        if not things:
            return Shot(aim, None, _ALONE)
        mask, full = visible_mask(self._folder, things), full_mask(self._folder, things)
        occluded = 1.0 - float(mask.sum(dtype=float) / max(full.sum(dtype=float), 1.0))
        if occluded <= MAX_OCCLUDED:
            names = ", ".join(thing.name for thing in things)
            record = {"others": names, "occluded": round(max(occluded, 0.0), 4)}
            record["others_cut"] = aim.cuts_others
            extent = {f"full_{key}": value for key, value in mask_extent(full).items()}
            return Shot(aim, mask, record | extent)
        surroundings.show(companions=False)
        aim = aim_camera(self._camera, view, self._own_points, fill)
        return Shot(aim, None, _ALONE, is_alone=True)

    def _aim_at_group(self, view: View) -> Aim:
        """Aim the camera at the group; a close-up at the object alone, and with a narrower lens
        where the object would be small."""
        fill, surroundings = self._settings["fill"], self._surroundings
        has_companions = surroundings is not None and bool(surroundings.companions)
        if has_companions and view.distance < 1.0:
            aim = aim_camera(self._camera, view, self._own_points, fill)
            depth = -aim.axes[2] @ (self._points - aim.position).T
            aim = replace(aim, far=float(depth.max()), cuts_others=True)
            _set_camera(self._camera, aim, None)
            return aim
        aim = aim_camera(self._camera, view, self._points, fill)
        if not has_companions:
            return aim
        own, everything = (
            framing.project_points(points, aim.axes, aim.position, view.field_of_view)
            for points in (self._own_points, self._points)
        )
        share_in_group = float(np.ptp(own, axis=0).max()) / 2.0
        frame = surroundings.frames[view.index]
        share = min(frame.share, fill)
        if share_in_group >= min(MIN_OBJECT_SHARE, share):
            return aim
        lens = framing.narrow_lens(own, everything, view.field_of_view, share, frame.place)
        aim = replace(aim, view=_with_lens(aim.view, lens), cuts_others=True)
        _set_camera(self._camera, aim, None)
        return aim


def aim_camera(camera: bpy.types.Object, view: View, points: np.ndarray, fill: float) -> Aim:
    """Set the camera such that the points fill the frame of a view."""
    axes = camera_axes(view.azimuth, view.elevation, view.roll)
    position, near, far = framing.fit_camera(points, axes, view.field_of_view, fill, view.distance)
    projected = framing.project_points(points, axes, position, view.field_of_view)
    aim = Aim(_aimed(view, projected), axes, position, near, far)
    _set_camera(camera, aim, projected)
    return aim


def _set_camera(camera: bpy.types.Object, aim: Aim, projected: np.ndarray | None) -> None:
    """Set the camera's lens and pose, and trace rays only around the projected points; in the whole
    frame if they are None."""
    view = aim.view
    scene.set_lens(camera, view.field_of_view, view.shift_x, view.shift_y)
    scene.place_camera(camera, aim.axes, aim.position, aim.near, aim.far)
    shift = 2.0 * np.array([view.shift_x, view.shift_y])  # the frame is 2 units wide
    whole_frame = np.array([[-1.0, -1.0], [1.0, 1.0]])
    scene.set_render_border(whole_frame if projected is None else projected + shift)


def _include_in_frame(camera: bpy.types.Object, aim: Aim, points: np.ndarray, fill: float) -> Aim:
    """Widen the lens such that the points are in the frame, if they are not and the frame does not
    cut things off on purpose."""
    view = aim.view
    depth = -aim.axes[2] @ (points - aim.position).T
    projected = framing.project_points(points, aim.axes, aim.position, view.field_of_view)
    is_inside = np.abs(projected + 2.0 * np.array([view.shift_x, view.shift_y])) <= 1.0
    if view.distance >= 1.0 and not aim.cuts_others and not is_inside.all():
        view = _with_lens(view, framing.widen_lens(projected, view.field_of_view, fill))
        projected = framing.project_points(points, aim.axes, aim.position, view.field_of_view)
    aim = replace(aim, view=view, near=float(depth.min()), far=float(depth.max()))
    _set_camera(camera, aim, None if aim.cuts_others else projected)
    return aim


def _with_lens(view: View, lens: tuple[float, float, float]) -> View:
    """The view with another field of view and shift."""
    field_of_view, shift_x, shift_y = lens
    return replace(view, field_of_view=field_of_view, shift_x=shift_x, shift_y=shift_y)


def _aimed(view: View, projected: np.ndarray) -> View:
    """Shift a close-up's lens, so that the point that it is aimed at is in the frame's centre.

    Args:
        view: The view; others than close-ups are returned unchanged.
        projected: float64 (N, 2), the points of the object's convex hull in the frame [-1, 1]^2,
            without shift.
    """
    if not view.aim:
        return view
    centre = (projected.min(axis=0) + projected.max(axis=0)) / 2.0
    toward = projected[int(view.toward * len(projected))]
    shift_x, shift_y = (-(centre + view.aim * (toward - centre)) / 2.0).tolist()
    return replace(view, shift_x=shift_x, shift_y=shift_y)
