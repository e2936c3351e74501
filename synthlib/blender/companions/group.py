"""A group: an object with further ones of its class and other things around it.

`classes.yaml` lists the companions of each class. Those that a generator builds are new objects,
whose random streams are named by the instance that they accompany, so that no instance of a plan is
ever a companion of another. All have their real size. A model file has no unit; its object counts
as large as a generated one of its class.
"""

import importlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import bpy
import numpy as np
from mathutils import Matrix

from synthlib.blender import scene
from synthlib.blender.companions import people, things
from synthlib.blender.companions.occluder import Occluder
from synthlib.blender.modelling import meshes
from synthlib.blender.modelling.shapes import Shape
from synthlib.classes import class_or_default, generator_names
from synthlib.rendering.footprints import clear_distance, footprint
from synthlib.rendering.framing import convex_hull
from synthlib.rendering.viewpoints import VIEWS_PER_INSTANCE
from synthlib.seeding import rng_for

MAX_COMPANIONS = 4
"""Most companions of an object."""

_MEAN_GAP = 0.06
"""Mean distance between things, as a share of the object's size."""

_STANDING = things.BESIDE | {"person": people.person}
_HOLDERS = {name: getattr(people, name) for name in ("hand", "hoop", "player", "wearer")}
_LIFTERS = ("hoop", "player", "wearer")
_ON_WALL = ("framed_print", "wall_clock")

MAX_SPREAD = 2.5
"""Size of a group on its plane, as a multiple of the object's, up to which things are added next to
it: in a larger one the object would be small. People may be larger."""

_GROUND, _WALL = (0, 1), (0, 2)
"""Axes of the planes in which companions are placed side by side."""


@dataclass
class Group:
    """An object and what was placed around it.

    Attributes:
        unit: Length of a metre in the scene.
        hulls: Points of the convex hulls of what stands here, float64 (N, 3); the first is the
            object's.
        companions: Names of what was placed, in this order.
        others: Those of the companions that are not of the object's class.
    """

    unit: float
    hulls: list[np.ndarray]
    companions: list[str] = field(default_factory=list)
    others: list[things.Thing] = field(default_factory=list)

    @property
    def is_lifted(self) -> bool:
        """True if a companion holds the object above the ground."""
        return any(name in _LIFTERS for name in self.companions)


@dataclass(frozen=True)
class ObjectFrame:
    """Frame of a view in which the whole group would leave the object small.

    Attributes:
        share: Share of the frame's side that the object takes (`framing.narrow_lens`).
        place: Which part of the group the frame shows, float64 (2,) in [0, 1].
    """

    share: float
    place: np.ndarray


@dataclass(frozen=True)
class Surroundings:
    """Companions and occluder of an object, which can be in its views.

    Attributes:
        companions: Companions and distractors, in all views.
        occluder: The thing in front of it, if there is one.
        is_lifted: Something holds the object above the ground.
        frames: Frame of each of the 26 views in which the object would be small; empty if there are
            no companions.
    """

    companions: list[things.Thing]
    occluder: Occluder | None
    is_lifted: bool = False
    frames: tuple[ObjectFrame, ...] = ()

    def show(self, *, companions: bool) -> list[things.Thing]:
        """Show the companions or hide them, hide the occluder, and return what is shown."""
        if self.occluder is not None:
            self.occluder.hide(True)
        for thing in self.companions:
            thing.hide(not companions)
        return self.companions if companions else []


def group_of_object() -> Group:
    """The group of an object alone, which is all that the scene contains."""
    return Group(1.0, [convex_hull(scene.evaluated_vertices())])


def add_companions(
    seed: int, cls: str, instance: str, listed: Sequence[str], *, own: str, is_model: bool
) -> Group:
    """Place companions around the object, which is all that the scene contains.

    From 1 to `MAX_COMPANIONS` entries of the list are drawn. A plate below the object is placed
    first. Then come things next to it, in random directions, those that are taller than the object
    behind it, then a bowl or a board below all of them, and last a hand. Where something lifts the
    object from the ground, there is nothing else.

    Args:
        seed: The data seed.
        cls: The class of the object.
        instance: Name of the instance; with seed and class it names the random streams.
        listed: Companions of the class, at least one (`classes.ObjectClass.companions`).
        own: Name of the generator of the object's own class.
        is_model: True if the object is from a model file.
    """
    rng = rng_for(seed, "companions", cls, instance)
    group = group_of_object()
    if is_model:
        group.unit = _unit(group.hulls[0], own, rng)
    count = int(rng.integers(1, min(MAX_COMPANIONS, len(listed)) + 1))
    names = [str(name) for name in rng.permutation(list(listed))[:count]]
    for number, name in enumerate(_compatible(names)):
        objects = _add_companion(name, group, rng_for(seed, "companion", cls, instance, number))
        if not objects:
            continue
        group.companions.append(name)
        if name != own:
            group.others.append(things.Thing(name, objects))
    return group


def object_frames(seed: int, cls: str, instance: str) -> tuple[ObjectFrame, ...]:
    """Draw the frames of the 26 views of an object in a group.

    The object's share is from the sizes that it has in photographs (`classes.ObjectClass.size`).
    """
    low, high = class_or_default(cls).size
    draws = rng_for(seed, "group frames", cls, instance).random((VIEWS_PER_INSTANCE, 3))
    return tuple(ObjectFrame(low + (high - low) * float(row[0]), row[1:]) for row in draws)


def add_distractors(
    group: Group, seed: int, cls: str, instance: str, names: Sequence[str], count: int
) -> None:
    """Place objects that are of no class of the run next to an object or its group.

    Their size is free, as an image shows no distance: 0.4 to 1.2 times the object's. There are none
    where something lifts the object from the ground.

    Args:
        group: The group, which is added to.
        seed: The data seed.
        cls: The class of the object.
        instance: Name of the instance; with seed and class it names the random streams.
        names: Generators, or things of `COMPANION_THINGS`, to choose from.
        count: Number of distractors.
    """
    if group.is_lifted:
        return
    for number in range(count):
        rng = rng_for(seed, "distractor", cls, instance, number)
        name = str(rng.choice(list(names)))
        objects = _build(name, rng)
        points = np.concatenate([scene.face_vertices(obj.data) for obj in objects])
        size = float(np.ptp(group.hulls[0], axis=0).max()) * rng.uniform(0.4, 1.2)
        scale = size / float(np.ptp(points, axis=0).max())
        if _place_beside(name, objects, group, rng, scale):
            group.others.append(things.Thing(name, objects))


def _compatible(names: Sequence[str]) -> list[str]:
    """Order names by when they are placed, without those that exclude each other."""
    if lifters := [name for name in names if name in _LIFTERS]:
        return lifters[:1]
    carriers = [name for name in names if name in things.CARRIERS][:1]
    neighbours = [name for name in names if name not in things.CARRIERS and name not in _HOLDERS]
    hands = [name for name in names if name in _HOLDERS][:1]
    if carriers == ["plate"]:
        return carriers + neighbours + hands
    return neighbours + carriers + hands


def _unit(hull: np.ndarray, own: str, rng: np.random.Generator) -> float:
    """Length of a metre, if the object with this hull is as large as a generated one."""
    if own not in generator_names():
        return 1.0
    objects = _generate(own, rng)
    points = np.concatenate([scene.face_vertices(obj.data) for obj in objects])
    for obj in objects:
        bpy.data.meshes.remove(obj.data)  # and the object
    return float(np.linalg.norm(np.ptp(hull, axis=0)) / np.linalg.norm(np.ptp(points, axis=0)))


def _add_companion(name: str, group: Group, rng: np.random.Generator) -> list[bpy.types.Object]:
    """Build a companion and move it to its place; none if the group would become too large."""
    if name in things.CARRIERS:
        points = np.concatenate(group.hulls) / group.unit
        shapes = things.CARRIERS[name](rng, things.make_plain_paints(), points)
        group.hulls.append(group.unit * np.concatenate([shape.vertices for shape in shapes]))
        return _assemble(name, shapes, group.unit)
    if name in _HOLDERS:
        shapes = _HOLDERS[name](rng, things.make_plain_paints(), group.hulls[0] / group.unit)
        return _assemble(name, shapes, group.unit)
    objects = _build(name, rng)
    return objects if _place_beside(name, objects, group, rng, group.unit) else []


def _build(name: str, rng: np.random.Generator) -> list[bpy.types.Object]:
    """Build a thing that stands next to objects, by its builder or a generator."""
    if name in _STANDING:
        return meshes.assemble(name, _STANDING[name](rng, things.make_plain_paints()))
    return _generate(name, rng)


def _generate(name: str, rng: np.random.Generator) -> list[bpy.types.Object]:
    return importlib.import_module(f"synthlib.blender.generators.{name}").build(rng)


def _assemble(name: str, shapes: Sequence[Shape], unit: float) -> list[bpy.types.Object]:
    """Join shapes, given in metres, to an object at the same place in the scene."""
    points = np.concatenate([shape.vertices for shape in shapes])
    low, high = points.min(axis=0), points.max(axis=0)
    objects = meshes.assemble(name, shapes)  # which moves them to the origin
    place = unit * np.array([*(low + high)[:2] / 2, low[2]])
    for obj in objects:
        obj.matrix_world = Matrix.Translation(place.tolist()) @ Matrix.Scale(unit, 4)
    return objects


def _place_beside(
    name: str,
    objects: list[bpy.types.Object],
    group: Group,
    rng: np.random.Generator,
    scale: float,
) -> bool:
    """Scale objects, turn them a little and move them to a random side of all that stands there; if
    the group would become too large, remove them and return False."""
    on_wall = name in _ON_WALL
    plane, up = (_WALL, 1) if on_wall else (_GROUND, 2)
    turn = Matrix.Identity(4) if on_wall else Matrix.Rotation(rng.normal(0.0, 0.35), 4, "Z")
    for obj in objects:
        obj.matrix_world = turn @ Matrix.Scale(scale, 4)
    hull = convex_hull(np.concatenate([_world_vertices(obj) for obj in objects]))
    is_tall = np.ptp(hull[:, up]) > 1.3 * np.ptp(group.hulls[0][:, up])
    angle = np.radians(rng.uniform(20.0, 160.0) if is_tall else rng.uniform(0.0, 360.0))
    direction = np.array([np.cos(angle), np.sin(angle)])
    gap = float(rng.exponential(_MEAN_GAP)) * float(np.ptp(group.hulls[0], axis=0).max())
    placed = [footprint(other, plane) for other in group.hulls]
    distance = clear_distance(placed, footprint(hull, plane), direction, gap)
    offset = np.zeros(3)
    offset[list(plane)] = distance * direction
    if on_wall:
        offset[1] = group.hulls[0][:, 1].max() - hull[:, 1].max()
    for obj in objects:
        obj.matrix_world = Matrix.Translation(offset.tolist()) @ obj.matrix_world
    spread = np.ptp(np.concatenate([*group.hulls, hull + offset])[:, plane], axis=0).max()
    if name != "person" and spread > MAX_SPREAD * np.ptp(group.hulls[0], axis=0).max():
        for obj in objects:
            bpy.data.meshes.remove(obj.data)  # and the object
        return False
    group.hulls.append(hull + offset)
    return True


def _world_vertices(obj: bpy.types.Object) -> np.ndarray:
    matrix = np.array(obj.matrix_world)
    return scene.face_vertices(obj.data) @ matrix[:3, :3].T + matrix[:3, 3]
