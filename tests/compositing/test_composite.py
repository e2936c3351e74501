"""The batched composite against one image at a time in Pillow, and its edges, boxes and masks."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings, strategies as st
from PIL import Image, ImageDraw
from torchvision.transforms import InterpolationMode
from torchvision.transforms.functional import affine

from synthlib.compositing.augmentation import MATCHED, THESIS_SYNTHETIC
from synthlib.compositing.composite import (
    boxes,
    make_composites,
    paste,
    render_on_black,
    uncropped,
)
from synthlib.compositing.placement import PLACEMENT_DRAWS, Placement, sample_placements
from synthlib.data.packs import build_or_open_pack
from synthlib.data.preprocess import crop_to_alpha
from synthlib.data.samples import ImageSet
from synthlib.photographs.photographs import photograph_side
from synthlib.seeding import uniforms

SIDE, SIZE, FINE = 64, 48, 8
RANGES = {"thesis": THESIS_SYNTHETIC.placement, "matched": MATCHED.placement}


def _render(shape):
    """An RGBA render of SIDE px with soft edges: a shaded disc off the middle, a table's top and
    legs, 8 px wide, or two bars of 3 and 2 px."""
    image = Image.new("RGBA", (SIDE * 4, SIDE * 4))
    draw = ImageDraw.Draw(image)
    if shape == "disc":
        for i in range(60):
            shade = (40 + 3 * i, 200 - 2 * i, 90, 255)
            draw.ellipse((10 + i, 10 + i, 245 - i, 235 - i), fill=shade)
    elif shape == "legs":
        draw.rectangle((12, 20, 240, 52), fill=(200, 170, 120, 255))
        draw.rectangle((30, 20, 62, 250), fill=(90, 60, 40, 255))
        draw.rectangle((190, 20, 222, 250), fill=(120, 80, 50, 255))
    else:
        draw.rectangle((8, 120, 248, 131), fill=(250, 240, 20, 255))
        draw.rectangle((40, 10, 47, 250), fill=(30, 60, 220, 255))
    return image.resize((SIDE, SIDE), Image.Resampling.BOX)


def _background():
    noise = np.random.default_rng(1).integers(0, 256, (6, 6, 3), dtype=np.uint8)
    return Image.fromarray(noise).resize((SIZE, SIZE), Image.Resampling.BICUBIC)


def _planes(image, n):
    """uint8 (n, 3, H, W): the image, n times."""
    return torch.from_numpy(np.asarray(image).copy()).permute(2, 0, 1).expand(n, -1, -1, -1)


def _renders(image, n):
    """The render, n times, whole."""
    return uncropped(torch.from_numpy(np.asarray(image).copy()).expand(n, -1, -1, -1))


def _placements(n, ranges="thesis", seed=0):
    u = uniforms(seed, ranges, ids=np.arange(n), n=PLACEMENT_DRAWS)
    return sample_placements(u, RANGES[ranges])


def _whole(n, **changed):
    """Placements that fill the output with the render as it is."""
    values = {"affine_scale": 1.0, "scale": 1.0} | changed
    return Placement(
        *(torch.full((n,), values.get(name, 0.0)) for name in Placement.__dataclass_fields__)
    )


def _pillow(render, row):
    """The object's layer, float (SIZE, SIZE, 4) premultiplied, result step by step as the thesis
    does (RandomAffine, rotate, resize, paste) at FINE times the resolution, then averaged."""
    side = SIDE * FINE
    shift = [round(row["affine_dx"] * side), round(row["affine_dy"] * side)]
    canvas = affine(
        render.resize((side, side), Image.Resampling.BILINEAR),
        row["affine_angle"],
        shift,
        row["affine_scale"],
        [0.0],
        InterpolationMode.BILINEAR,
    )
    turned = canvas.rotate(row["rotation"], Image.Resampling.BILINEAR, expand=True)
    across = round(row["scale"] * SIZE * FINE)
    room = SIZE * FINE - across
    layer = Image.new("RGBA", (SIZE * FINE, SIZE * FINE))
    layer.paste(
        turned.resize((across, across), Image.Resampling.BILINEAR),
        (round(row["x"] * room), round(row["y"] * room)),
    )
    pixels = np.asarray(layer).astype(float)
    pixels[..., :3] *= pixels[..., 3:] / 255
    return pixels.reshape(SIZE, FINE, SIZE, FINE, 4).mean(axis=(1, 3))


@pytest.mark.parametrize("ranges", RANGES)
@pytest.mark.parametrize(("shape", "tolerance"), [("disc", 2), ("legs", 4), ("bars", 5)])
def test_a_composite_equals_pillow_s(shape, tolerance, ranges):
    """Grey levels of difference, on average, over the pixels that the object touches, and inside
    it. (Bars a pixel wide have no inside, and their edges are all there is to compare.)"""
    n, background, render = 20, _background(), _render(shape)
    placement = _placements(n, ranges)
    result = make_composites(_renders(render, n), _planes(background, n), placement)
    touched, inside = [], []
    for i, row in enumerate(placement.to_json_rows()):
        layer = _pillow(render, json.loads(row))
        alpha = layer[..., 3:] / 255
        image = layer[..., :3] + np.asarray(background) * (1 - alpha)
        error = np.abs(result.images[i].permute(1, 2, 0).numpy() * 255 - image).mean(axis=2)
        touched += list(error[alpha[..., 0] > 0.01])
        inside += list(error[alpha[..., 0] > 0.99])
        assert result.masks[i].sum().item() == pytest.approx(alpha.sum(), rel=0.03, abs=2)
    assert np.mean(touched) <= tolerance
    assert shape == "bars" or np.mean(inside) <= (1 if shape == "disc" else 2)


def test_the_own_mask_is_pasted_apart_from_alpha():
    """A fifth channel changes no colour; the mask is that of a render with that alpha."""
    n, background, render = 12, _background(), np.asarray(_render("disc"))
    own = np.where(np.arange(render.shape[1]) < render.shape[1] // 2, render[..., 3], 0)
    five = np.dstack([render, own]).astype(np.uint8)
    alone = np.dstack([render[..., :3], own]).astype(np.uint8)
    for ranges in RANGES:
        placement = _placements(n, ranges)
        plain, masked, object_alone = (
            make_composites(_renders(pixels, n), _planes(background, n), placement)
            for pixels in (render, five, alone)
        )
        assert torch.equal(masked.images, plain.images)
        assert torch.equal(masked.masks, object_alone.masks)
        assert (masked.masks.sum() / plain.masks.sum()).item() == pytest.approx(0.5, abs=0.1)
        images = _planes(background, n).float() / 255  # without a channel for the mask
        paste(_renders(five, n), images, placement)
        assert torch.equal(images, plain.images)


def test_no_fringe_whatever_colour_transparent_pixels_have():
    """White on white is white and black on black black, also over the edge of the object."""
    n = 32
    for level in (255, 0):
        alpha = np.asarray(_render("disc"))[..., 3]
        render = np.dstack([np.where(alpha == 0, 255 - level, level)] * 3 + [alpha])
        background = torch.full((n, 3, SIZE, SIZE), level, dtype=torch.uint8)
        for ranges in RANGES:
            renders = _renders(render.astype(np.uint8), n)
            result = make_composites(renders, background, _placements(n, ranges)).images
            torch.testing.assert_close(
                result, torch.full_like(result, level / 255), atol=1e-5, rtol=0
            )


def test_a_render_placed_at_full_size_is_unchanged():
    render = _renders(_render("disc"), 2)
    black = torch.zeros(2, 3, SIDE, SIDE)
    result = make_composites(render, black, _whole(2))
    flat = render_on_black(render, SIDE)
    # 2 x 2 readings per pixel soften edges by less than a pixel
    assert (result.images - flat).abs().mean() < 2 / 255
    turned = make_composites(render, black, _whole(2, rotation=90.0)).images
    torch.testing.assert_close(turned, result.images.rot90(1, (2, 3)), atol=1e-3, rtol=0)
    clockwise = make_composites(render, black, _whole(2, affine_angle=90.0)).images
    torch.testing.assert_close(clockwise, result.images.rot90(-1, (2, 3)), atol=1e-3, rtol=0)


def test_the_object_is_where_the_placement_puts_it():
    render = uncropped(torch.full((4, SIDE, SIDE, 4), 255, dtype=torch.uint8))
    placement = _whole(4, scale=0.5)
    corners = torch.tensor([(0, 0), (1, 0), (0, 1), (0.5, 0.5)])
    placement = replace(placement, x=corners[:, 0], y=corners[:, 1])
    result = make_composites(render, torch.zeros(4, 3, SIZE, SIZE), placement)
    half, quarter = SIZE // 2, SIZE // 4
    assert result.boxes.tolist() == [
        [0, 0, half, half],
        [half, 0, SIZE, half],
        [0, half, half, SIZE],
        [quarter, quarter, SIZE - quarter, SIZE - quarter],
    ]
    assert result.masks.sum((1, 2)).tolist() == pytest.approx([half * half] * 4, rel=1e-3)


def test_the_affine_s_canvas_cuts_the_object():
    """A full canvas moved by a third keeps two thirds, and only those are pasted."""
    render = uncropped(torch.full((1, SIDE, SIDE, 4), 255, dtype=torch.uint8))
    placement = _whole(1, scale=0.5, x=0.5, y=0.5, affine_dx=1 / 3)
    result = make_composites(render, torch.zeros(1, 3, SIZE, SIZE), placement)
    assert result.masks.sum().item() == pytest.approx((SIZE / 2) ** 2 * 2 / 3, rel=0.01)
    x0, y0, x1, y1 = result.boxes[0].tolist()
    assert (x0, y0, x1, y1) == (SIZE / 4 + SIZE / 6, SIZE / 4, SIZE * 3 / 4, SIZE * 3 / 4)


def _centres(masks):
    """(N, 2): the objects' centres of mass, x and y in pixels."""
    at = torch.arange(SIZE) + 0.5
    area = masks.sum((1, 2)).clamp(min=1e-6)
    return torch.stack([(masks.sum(1) * at).sum(1), (masks.sum(2) * at).sum(1)], 1) / area[:, None]


@pytest.mark.parametrize("side", [33, 64, 100, 200])
def test_any_render_size_gives_the_same_composite(side):
    """Sides that do not halve evenly are padded, and must not move the object."""
    big = _render("disc").resize((400, 400), Image.Resampling.BICUBIC)
    n = 16
    background, placement = _planes(_background(), n), _placements(n)
    reference = make_composites(_renders(big, n), background, placement)
    small = big.resize((side, side), Image.Resampling.BOX)
    result = make_composites(_renders(small, n), background, placement)
    assert (result.images - reference.images).abs().mean() < 0.5 / 255
    area = reference.masks.sum((1, 2))
    assert ((result.masks.sum((1, 2)) - area).abs() <= 0.03 * area + 1).all()
    moved = (_centres(result.masks) - _centres(reference.masks))[area > 3]
    assert moved.norm(dim=1).max() < 0.1


def test_a_sample_does_not_depend_on_its_batch():
    n, background = 12, _background()
    render, placement = _render("bars"), _placements(n)
    together = make_composites(_renders(render, n), _planes(background, n), placement).images
    for i in (0, 5, 11):
        alone = Placement.from_json_rows(placement.to_json_rows()[i : i + 1])
        image = make_composites(_renders(render, 1), _planes(background, 1), alone).images[0]
        torch.testing.assert_close(image, together[i], atol=1e-5, rtol=0)


def test_float_and_uint8_backgrounds_are_equivalent_and_unchanged():
    n, placement = 3, _placements(3)
    bytes_ = _planes(_background(), n).contiguous()
    kept = bytes_.clone()
    shares = bytes_.float() / 255
    renders = _renders(_render("disc"), n)
    one = make_composites(renders, bytes_, placement).images
    torch.testing.assert_close(one, make_composites(renders, shares, placement).images)
    assert torch.equal(bytes_, kept)
    rows = np.arange(n)
    assert torch.equal(
        renders[0].load_pixels(rows), _renders(_render("disc"), n)[0].load_pixels(rows)
    )
    assert one.min() >= 0
    assert one.max() <= 1 + 1e-5


@given(st.integers(0, 2**16))
@settings(max_examples=40)
def test_placements_stay_in_range_and_survive_json(seed):
    for name, ranges in RANGES.items():
        placement = _placements(5, name, seed)
        assert len(placement) == 5
        bounds = {
            "affine_angle": ranges.affine_angle,
            "affine_dx": (-ranges.affine_shift, ranges.affine_shift),
            "affine_dy": (-ranges.affine_shift, ranges.affine_shift),
            "affine_scale": ranges.affine_scale,
            "rotation": ranges.rotation,
            "scale": ranges.scale,
            "x": (0, 1),
            "y": (0, 1),
        }
        back = Placement.from_json_rows(placement.to_json_rows())
        for field, (low, high) in bounds.items():
            values = getattr(placement, field)
            assert values.dtype == torch.float32
            assert (values >= np.float32(low)).all()
            assert (values <= np.float32(high)).all()
            assert torch.equal(getattr(back, field), values)


def test_boxes_surround_what_is_more_than_half_covered():
    masks = torch.zeros(3, 5, 7)
    masks[0, 1:3, 2:6] = 0.6
    masks[0, 4, 0] = 0.5
    masks[1, 4, 6] = 1
    assert boxes(masks).tolist() == [[2, 1, 6, 3], [6, 4, 7, 5], [0, 0, 0, 0]]


def test_flat_on_black_is_pillows_resize():
    render = _render("disc")
    black = Image.new("RGBA", render.size, (0, 0, 0, 255))
    black.alpha_composite(render)
    expected = np.asarray(black.convert("RGB").resize((24, 24), Image.Resampling.BILINEAR))
    result = render_on_black(_renders(render, 1), 24)[0].permute(1, 2, 0).numpy() * 255
    assert np.abs(result - expected).max() <= 2


def _packed(render, side, tmp_path):
    """The render as runs have it: packed at three scales, cut to its box."""
    file = tmp_path / f"{side}.png"
    render.save(file)
    packs = [
        build_or_open_pack(
            tmp_path / "packs",
            [file],
            ["x"],
            transform=crop_to_alpha(round(side / k)),
            recipe=f"cutout{side / k}",
            mode="RGBA",
        )
        for k in (1, 2, 4)
    ]
    names = np.array(["x"], object)
    zeros = np.zeros(1, np.int64)
    return ImageSet(packs[0], names, zeros, zeros, zeros.astype(np.uint64), names, tuple(packs[1:]))


@pytest.mark.parametrize("ranges", RANGES)
@pytest.mark.parametrize(("shape", "tolerance"), [("disc", 2), ("legs", 4), ("bars", 6)])
def test_a_packed_cutout_is_placed_as_the_whole_render(shape, tolerance, ranges, tmp_path):
    """From a pack at photographs' size, half and quarter of it: Pillow's image still."""
    n, background, render = 30, _background(), _render(shape)
    objects = _packed(render, photograph_side(SIZE), tmp_path)
    assert objects.pack.canvas_sides[0] == 55
    placement = _placements(n, ranges, seed=1)
    scales = objects.cutouts(np.zeros(n, np.int64), torch.device("cpu"))
    result = make_composites(scales, _planes(background, n), placement)
    touched, inside = [], []
    for i, row in enumerate(placement.to_json_rows()):
        layer = _pillow(render, json.loads(row))
        alpha = layer[..., 3:] / 255
        image = layer[..., :3] + np.asarray(background) * (1 - alpha)
        error = np.abs(result.images[i].permute(1, 2, 0).numpy() * 255 - image).mean(axis=2)
        touched += list(error[alpha[..., 0] > 0.01])
        inside += list(error[alpha[..., 0] > 0.99])
        assert result.masks[i].sum().item() == pytest.approx(alpha.sum(), rel=0.04, abs=2)
    assert np.mean(touched) <= tolerance
    assert shape == "bars" or np.mean(inside) <= 2
    whole_render = make_composites(_renders(render, n), _planes(background, n), placement)
    area = whole_render.masks.sum((1, 2))
    moved = (_centres(result.masks) - _centres(whole_render.masks))[area > 15]
    assert moved.norm(dim=1).max() < 0.15


def test_no_fringe_from_a_pack(tmp_path):
    """White on white stays white and black on black black, through packing and placing."""
    n = 24
    for level in (255, 0):
        alpha = np.asarray(_render("disc"))[..., 3]
        pixels = np.dstack([np.where(alpha == 0, 255 - level, level)] * 3 + [alpha])
        render = Image.fromarray(pixels.astype(np.uint8))
        (folder := tmp_path / str(level)).mkdir()
        scales = _packed(render, 40, folder).cutouts(np.zeros(n, np.int64), torch.device("cpu"))
        background = torch.full((n, 3, SIZE, SIZE), level, dtype=torch.uint8)
        for ranges in RANGES:
            result = make_composites(scales, background, _placements(n, ranges)).images
            # premultiplied colours are rounded to a grey level, so that is what may show
            torch.testing.assert_close(
                result, torch.full_like(result, level / 255), atol=1.5 / 255, rtol=0
            )


def test_flat_on_black_from_a_pack_is_the_whole_render_s(tmp_path):
    render = _render("disc")
    objects = _packed(render, SIDE, tmp_path)
    scales = objects.cutouts(np.zeros(2, np.int64), torch.device("cpu"))
    for size in (SIDE, 40):
        expected = render_on_black(_renders(render, 2), size)
        torch.testing.assert_close(render_on_black(scales, size), expected, atol=2 / 255, rtol=0)
