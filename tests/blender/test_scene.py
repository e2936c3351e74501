"""Properties of framing, and real renders compared with what geometry predicts."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, strategies as st
from PIL import Image
from scipy.spatial import ConvexHull

from synthlib import rendering
from synthlib.rendering import framing
from synthlib.rendering.viewpoints import camera_axes
from tests.helpers.shapes_obj import (
    CUBE,
    WEDGE,
    coloured_mtl,
    scene_points,
    write_box,
    write_sphere,
)

SIZE, FILL = 96, 0.95
SETTINGS = rendering.RenderSettings(size=SIZE, samples=8, views=16, fill=FILL)

ANGLES = st.tuples(st.floats(0, 360), st.floats(-90, 90), st.floats(0, 360))
COORDINATES = st.floats(-1, 1, allow_subnormal=False)
CLOUDS = st.lists(st.tuples(COORDINATES, COORDINATES, COORDINATES), min_size=4, max_size=30)


@given(CLOUDS, ANGLES, st.floats(5, 110), st.floats(0.3, 1), st.floats(-6, 6))
def test_framing_fills_and_centres_and_never_clips(cloud, angles, field_of_view, fill, exponent):
    points = np.array(cloud) * 10.0**exponent + 3.0 * 10.0**exponent
    axes = camera_axes(*angles)
    width = np.ptp(points @ axes[:2].T, axis=0).max()
    if width < 0.05 * 10.0**exponent:
        return  # a line seen along itself fills nothing
    position, near, far = framing.fit_camera(points, axes, field_of_view, fill)
    projected = framing.project_points(points, axes, position, field_of_view)
    assert far >= near > 0
    assert np.abs(projected).max() <= fill * (1 + 1e-6)
    np.testing.assert_allclose(projected.max(axis=0) + projected.min(axis=0), 0, atol=1e-6)
    # A needle seen nearly along itself would fill the frame only from inside. The camera then stays
    # a thousandth of the object's size away, and the frame is less full.
    if near > 1.01 * framing.MIN_RELATIVE_DISTANCE * np.ptp(points, axis=0).max():
        assert np.ptp(projected, axis=0).max() == pytest.approx(2 * fill, rel=1e-6)


@given(CLOUDS, ANGLES, st.floats(5, 110), st.floats(0.3, 1), st.floats(0.25, 10))
def test_at_another_distance_the_object_stays_centred_and_shrinks_by_at_most_the_factor(
    cloud, angles, field_of_view, fill, distance
):
    points, axes = np.array(cloud), camera_axes(*angles)
    if np.ptp(points @ axes[:2].T, axis=0).max() < 0.05:
        return
    position_at_1, near_at_1, _ = framing.fit_camera(points, axes, field_of_view, fill)
    position, near, far = framing.fit_camera(points, axes, field_of_view, fill, distance)
    assert far >= near == pytest.approx(distance * near_at_1, rel=1e-6)
    side_at_1 = np.abs(framing.project_points(points, axes, position_at_1, field_of_view)).max()
    projected = framing.project_points(points, axes, position, field_of_view)
    np.testing.assert_allclose(projected.max(axis=0) + projected.min(axis=0), 0, atol=1e-5)
    low, high = sorted([side_at_1, side_at_1 / distance])
    assert low * (1 - 1e-5) <= np.abs(projected).max() <= high * (1 + 1e-5)


PLACES = st.tuples(st.floats(0, 1), st.floats(0, 1))
SQUARE = np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])


@given(PLACES, st.floats(0.02, 0.3), st.floats(0.05, 1), st.floats(10, 60), PLACES)
def test_a_narrowed_lens_shows_the_object_at_its_share_and_nothing_beyond_its_group(
    middle, half_side, share, field_of_view, place
):
    """The group fills the frame [-1, 1]^2, and the object is a square anywhere in it."""
    own = half_side * SQUARE + (2 * np.array(middle) - 1) * (1 - half_side)
    share = max(share, half_side)  # else it is a wider lens
    angle, *shift = framing.narrow_lens(own, SQUARE, field_of_view, share, np.array(place))
    zoom = np.tan(np.radians(field_of_view / 2)) / np.tan(np.radians(angle / 2))
    seen, group = (zoom * points + 2 * np.array(shift) for points in (own, SQUARE))
    assert np.ptp(seen, axis=0).max() / 2 == pytest.approx(share)
    assert np.abs(seen).max() <= 1 + 1e-9
    assert group.min(axis=0).max() <= -1 + 1e-9
    assert group.max(axis=0).min() >= 1 - 1e-9


@given(CLOUDS, ANGLES)
def test_the_hull_frames_like_all_points(cloud, angles):
    points, axes = np.array(cloud), camera_axes(*angles)
    if np.ptp(points @ axes[:2].T, axis=0).max() < 0.05:
        return
    from_points, _, _ = framing.fit_camera(points, axes, 40.0, 0.9)
    from_hull, _, _ = framing.fit_camera(framing.convex_hull(points), axes, 40.0, 0.9)
    np.testing.assert_allclose(from_hull, from_points, atol=1e-5)


@pytest.mark.parametrize("points", [np.zeros((3, 3)), np.full((4, 3), np.nan), np.empty((0, 3))])
def test_points_without_extent_are_refused(points):
    with pytest.raises(ValueError, match="no finite extent"):
        framing.fit_camera(points, camera_axes(0, 0, 0), 40.0, 0.95)


class Renders:
    """The renders of a cube, a wedge and a sphere.

    Attributes:
        table: The manifest of the cube's and the wedge's store.
    """

    def __init__(self, tables: list[pd.DataFrame]):
        self.table = tables[0]
        self._tables = tables

    def image(self, shape: str, view: int) -> np.ndarray:
        """RGBA, uint8 (SIZE, SIZE, 4)."""
        for table in self._tables:
            for row in table.to_dict("records"):
                if row["instance"].startswith(shape) and row["view"] == view:
                    return np.asarray(Image.open(Path(row["store"]) / row["file"]))
        raise LookupError(f"{shape} view {view} was not rendered")


@pytest.fixture(scope="module")
def renders(tmp_path_factory):
    root = tmp_path_factory.mktemp("scene")
    write_sphere(root / "models/ball/sphere/sphere.obj")
    write_box(root / "models/box/cube/cube.obj", CUBE * 7 + 100, mtl=coloured_mtl())
    write_box(root / "models/box/wedge/wedge.obj", WEDGE * 0.01 - 5)
    options = {"assets": "models", "models_root": root / "models"}
    one_view = rendering.RenderSettings(size=SIZE, samples=8, views=1, fill=FILL)
    boxes = rendering.plan_renders(root, ["box"], 2, settings=SETTINGS, **options)
    ball = rendering.plan_renders(root, ["ball"], 1, settings=one_view, **options)
    tables = []
    for plan in (boxes, ball):
        report = rendering.render(plan, rendering.RenderOptions(progress=False))
        assert report.failed == []
        tables.append(rendering.read_manifest(plan).assign(store=plan.store))
    return Renders(tables)


def test_a_sphere_covers_pi_r_squared(renders):
    alpha = renders.image("sphere", 0)[:, :, 3] / 255.0
    radius = FILL * SIZE / 2
    assert alpha.sum() == pytest.approx(np.pi * radius**2, rel=0.015)


def test_edges_are_straight_alpha(renders):
    image = renders.image("sphere", 0).astype(float)
    alpha = image[:, :, 3] / 255.0
    edge = (alpha > 0.15) & (alpha < 0.85)
    inside = alpha == 1.0
    assert edge.sum() > 50
    assert image[inside][:, :3].mean() > 235
    # With premultiplied alpha, an edge would be half as bright as the inside.
    assert image[edge][:, :3].mean() == pytest.approx(image[inside][:, :3].mean(), rel=0.04)


def expected_mask(shape: str, row: pd.Series) -> np.ndarray:
    """Pixels whose centres show the shape in a pinhole camera at the row's pose.

    Returns:
        bool (SIZE, SIZE).
    """
    axes = camera_axes(*row[["azimuth", "elevation", "roll"]])
    points = scene_points({"cube": CUBE, "wedge": WEDGE}[shape])
    angle = row["field_of_view"]
    position, _, _ = framing.fit_camera(points, axes, angle, FILL, row["distance"])
    # Perspective projection, with x to the right and y up, around a centre moved by the lens shift.
    x, y, back = axes @ (points - position).T
    focal_length = SIZE / 2 / np.tan(np.radians(angle / 2))
    centre_x = SIZE * (0.5 + row["shift_x"])
    centre_y = SIZE * (0.5 - row["shift_y"])
    corners = np.stack(
        [centre_x - focal_length * x / back, centre_y + focal_length * y / back], axis=1
    )
    pixels = np.stack(np.meshgrid(np.arange(SIZE), np.arange(SIZE)), axis=-1) + 0.5
    planes = ConvexHull(corners).equations
    return (pixels @ planes[:, :2].T + planes[:, 2] < 0).all(axis=-1)


@pytest.mark.parametrize("view", range(16))
@pytest.mark.parametrize("shape", ["cube", "wedge"])
def test_the_silhouette_is_that_of_a_pinhole_camera(renders, shape, view):
    row = renders.table[
        renders.table.instance.str.startswith(shape) & (renders.table["view"] == view)
    ]
    expected = expected_mask(shape, row.iloc[0])
    covered = renders.image(shape, view)[:, :, 3] > 127
    assert (expected & covered).sum() / (expected | covered).sum() > 0.975


def test_the_silhouette_is_that_of_a_pinhole_camera_when_all_ranges_vary(tmp_path):
    write_box(tmp_path / "models/box/wedge/wedge.obj", WEDGE)
    varied = rendering.RenderSettings(
        size=SIZE,
        samples=8,
        views=12,
        fill=FILL,
        field_of_view_range=(15, 80),
        roll_range=(-180, 180),
        lens_shift=0.3,
        distance_range=(0.7, 3),
    )
    plan = rendering.plan_renders(
        tmp_path, ["box"], 1, assets="models", models_root=tmp_path / "models", settings=varied
    )
    rendering.render(plan, rendering.RenderOptions(progress=False))
    table = rendering.read_manifest(plan)
    poses = table[["field_of_view", "roll", "shift_x", "shift_y", "distance"]]
    assert (poses.nunique() == 12).all()
    truncated_count = 0
    for _, row in table.iterrows():
        expected = expected_mask("wedge", row)
        covered = np.asarray(Image.open(plan.store / row["file"]))[:, :, 3] > 127
        assert (expected & covered).sum() / (expected | covered).sum() > 0.97
        truncated_count += bool(covered[[0, -1]].any() or covered[:, [0, -1]].any())
    assert 0 < truncated_count < 12  # with a lens shift, the frame may truncate the object


def test_a_close_up_shows_a_part_of_the_object_in_the_middle_of_the_frame(tmp_path):
    write_box(tmp_path / "models/pc_keyboard/wedge/wedge.obj", WEDGE)
    settings = rendering.RenderSettings(
        size=SIZE, samples=8, views=12, fill=FILL, poses="photographed", close_ups=True
    )
    plan = rendering.plan_renders(
        tmp_path,
        ["pc_keyboard"],
        1,
        assets="models",
        models_root=tmp_path / "models",
        settings=settings,
    )
    rendering.render(plan, rendering.RenderOptions(progress=False))
    table = rendering.read_manifest(plan)
    is_near = table["distance"] < 1
    assert 3 <= is_near.sum() <= 11
    for near, (_, row) in zip(is_near, table.iterrows(), strict=True):
        covered = np.asarray(Image.open(plan.store / row["file"]))[:, :, 3] > 127
        expected = expected_mask("wedge", row)
        assert (expected & covered).sum() / (expected | covered).sum() > 0.97
        assert bool(covered[[0, -1]].any() or covered[:, [0, -1]].any()) == near
        assert covered[SIZE // 2, SIZE // 2]


def test_every_render_fills_its_frame_and_is_not_truncated(renders):
    table = renders.table
    sides = np.maximum(table.right - table.left, table.bottom - table.top) / SIZE
    assert sides.between(FILL - 0.02 - 1 / SIZE, FILL + 0.02 + 1 / SIZE).all()
    assert table[["left", "top"]].min(axis=None) >= 1
    assert table[["right", "bottom"]].max(axis=None) <= SIZE - 1
    for row in table.itertuples():
        shape = "cube" if row.instance.startswith("cube") else "wedge"
        assert row.coverage == pytest.approx((renders.image(shape, row.view)[:, :, 3] > 127).mean())


@pytest.mark.parametrize(
    ("view", "channels"), [(0, [1, 0, 0]), (2, [0, 1, 0]), (4, [1, 1, 0]), (10, [0, 0, 1])]
)
def test_each_side_is_seen_from_its_direction(renders, view, channels):
    """View 0 shows the front (red), 2 (azimuth 100) the right (green), 4 the back, 10 the top."""
    pixel = renders.image("cube", view)[SIZE // 2, SIZE // 2, :3] / 255.0
    assert (pixel > 0.6).astype(int).tolist() == channels


def test_a_png_holds_pixels_only(renders):
    row = renders.table.iloc[0]
    content = (Path(row["store"]) / row["file"]).read_bytes()
    metadata = [kind for kind in (b"tEXt", b"tIME", b"eXIf", b"pHYs", b"iTXt") if kind in content]
    assert metadata == []
    assert Image.open(Path(row["store"]) / row["file"]).mode == "RGBA"
