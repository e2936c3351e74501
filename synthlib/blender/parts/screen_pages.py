"""Programs on a screen: documents, code, tables, web pages, films, galleries, terminals."""

from dataclasses import dataclass, replace

import numpy as np

from synthlib.blender.colours import Colour, any_colour, scaled, srgb, tinted
from synthlib.blender.parts import pictures
from synthlib.blender.parts.screen_sheets import Box, bars, sheet, within, words
from synthlib.blender.shapes import Shape


@dataclass(frozen=True)
class Chrome:
    """The colours of a system's windows; bar is of the running programs, top whether above."""

    bar: Colour
    title: Colour
    page: Colour
    tool: Colour
    words: Colour
    top: bool


@dataclass(frozen=True)
class Pane:
    """Where a program is shown; em is the height of a line, layer the lowest."""

    box: Box
    em: float
    layer: int
    chrome: Chrome


def _tools(rng: np.random.Generator, on: Pane, tall: float) -> list[Shape]:
    """A strip of buttons along the top, `tall` lines high."""
    strip = (on.box[0], on.box[3] - tall * on.em, on.box[2], on.box[3])
    at = np.arange(strip[0] + on.em, strip[2] - 1.5 * on.em, 1.7 * on.em)
    at = at[rng.random(len(at)) < 0.7]
    hues = np.array([any_colour(rng, (0.0, 0.7), (0.15, 0.7)) for _ in at]).reshape(-1, 3)
    low = strip[1] + 0.4 * on.em
    icons = [(x, low, x + on.em, low + min(1.1, tall - 0.8) * on.em) for x in at]
    return [sheet(strip, on.layer, on.chrome.tool), bars(icons, on.layer + 1, hues)]


def _document(rng: np.random.Generator, on: Pane) -> list[Shape]:
    """Paper with words on it between grey margins."""
    rim = rng.uniform(0.04, 0.25)
    paper = within(on.box, rim, -0.0, 1 - rim, 0.97)
    tools = rng.uniform(1.8, 4.5)
    paper = (paper[0], paper[1], paper[2], max(paper[3] - tools * on.em, paper[1] + on.em))
    boxes, _ = words(rng, within(paper, 0.1, 0.03, 0.9, 0.93), on.em)
    grey = scaled(on.chrome.tool, rng.uniform(0.35, 0.95))
    made = [sheet(on.box, on.layer, grey), *_tools(rng, replace(on, layer=on.layer + 1), tools)]
    return [
        *made,
        sheet(paper, on.layer + 1, (0.9, 0.9, 0.9)),
        bars(boxes, on.layer + 2, (0.06,) * 3),
    ]


def _code(rng: np.random.Generator, on: Pane) -> list[Shape]:
    """A program's text in colours, mostly on black, beside a list of files."""
    code, ground = ("1e1e1e", "272822", "0d2a35", "101418", "f8f8f4")[rng.integers(5)], 0.0
    ground, side = tinted(rng, code, 0.5), rng.uniform(0.05, 0.25)
    hues = np.array([any_colour(rng, (0.3, 0.75), (0.4, 0.85)) for _ in range(4)] + [(0.6,) * 3])
    if code == "f8f8f4":
        hues *= 0.35
    boxes, drawn = words(rng, within(on.box, side + 0.06, 0.02, 0.98, 0.98), on.em, indented=True)
    numbers = np.arange(on.box[1] + on.em, on.box[3] - 0.5 * on.em, 1.05 * on.em)
    x = within(on.box, side + 0.015, 0, 1, 1)[0]
    files, _ = words(rng, within(on.box, 0.02, 0.1, side, 0.96), on.em, indented=True)
    return [
        sheet(on.box, on.layer, ground),
        sheet(within(on.box, 0, 0, side, 1), on.layer + 1, scaled(ground, 1.8)),
        bars(boxes, on.layer + 1, hues[(drawn * 5).astype(int)]),
        bars(
            [(x, y, x + 0.8 * on.em, y + 0.5 * on.em) for y in numbers],
            on.layer + 1,
            (0.2, 0.2, 0.22),
        ),
        bars(files, on.layer + 2, (0.4, 0.4, 0.42)),
    ]


def _terminal(rng: np.random.Generator, on: Pane) -> list[Shape]:
    """Words of one colour on black or blue."""
    ground, ink = (("050505", "c8c8c8"), ("050805", "40e060"), ("0a1a9a", "e8e8f0"))[
        rng.integers(3)
    ]
    boxes, _ = words(rng, within(on.box, 0.03, rng.uniform(0.05, 0.5), 0.97, 0.97), on.em, True)
    return [sheet(on.box, on.layer, srgb(ground)), bars(boxes, on.layer + 1, srgb(ink))]


def _table(rng: np.random.Generator, on: Pane) -> list[Shape]:
    """Cells, some coloured, with a chart over them."""
    tools = rng.uniform(1.8, 4.0)
    inner = (on.box[0], on.box[1], on.box[2], max(on.box[3] - tools * on.em, on.box[1] + on.em))
    tall, wide = 1.5 * on.em, rng.uniform(4.0, 8.0) * on.em
    ys, xs = np.arange(inner[1], inner[3], tall), np.arange(inner[0], inner[2], wide)
    line = 0.1 * on.em
    made = [*_tools(rng, on, tools)]
    hue = any_colour(rng, (0.3, 0.8), (0.2, 0.6))
    made += [sheet((inner[0], y, inner[2], y + line), on.layer, (0.45,) * 3) for y in ys]
    made += [sheet((x, inner[1], x + line, inner[3]), on.layer + 1, (0.45,) * 3) for x in xs]
    made.append(sheet((inner[0], inner[3] - tall, inner[2], inner[3]), on.layer + 2, hue))
    spots = [(x, y) for x in xs[:-1] for y in ys[:-1] if rng.random() < 0.7]
    cells = [
        (x + 0.4 * on.em, y + 0.45 * on.em, x + rng.uniform(0.3, 0.85) * wide, y + on.em)
        for x, y in spots
    ]
    made.append(bars(cells, on.layer + 2, on.chrome.words))
    if rng.random() < 0.75:
        left, low = rng.uniform(0.1, 0.5), rng.uniform(0.05, 0.3)
        made += _chart(rng, within(inner, left, low, left + 0.48, low + 0.55), on.layer + 3)
    return made


def _chart(rng: np.random.Generator, box: Box, layer: int) -> list[Shape]:
    """Columns on white."""
    count, groups = int(rng.integers(4, 10)), int(rng.integers(1, 4))
    hues = np.array([any_colour(rng, (0.5, 0.95), (0.3, 0.8)) for _ in range(groups)])
    high, step = rng.uniform(0.1, 0.85, (count, groups)), 0.9 / count
    columns = [
        within(box, x, 0.08, x + 0.7 * step / groups, 0.08 + high[c, g])
        for c in range(count)
        for g in range(groups)
        for x in [0.06 + c * step + g * 0.75 * step / groups]
    ]
    return [
        sheet(box, layer, (0.8, 0.8, 0.8)),
        sheet(within(box, 0.01, 0.01, 0.99, 0.99), layer + 1, (0.93, 0.93, 0.93)),
        bars(columns, layer + 2, np.tile(hues, (count, 1))),
    ]


def _web(rng: np.random.Generator, on: Pane) -> list[Shape]:
    """An address, a coloured head, a large picture, columns of words with small pictures."""
    tools, hue = rng.uniform(1.8, 3.2), any_colour(rng, (0.0, 0.9), (0.05, 0.7))
    page = (on.box[0], on.box[1], on.box[2], max(on.box[3] - tools * on.em, on.box[1] + on.em))
    rim = float(rng.choice([0.0, rng.uniform(0.05, 0.2)]))
    page = within(page, rim, 0.0, 1 - rim, 1.0)
    head = 1.0 - rng.uniform(0.05, 0.14)
    made = [*_tools(rng, on, tools)]
    made.append(sheet(within(page, 0.0, head, 1.0, 1.0), on.layer, hue))
    if rng.random() < 0.65:
        low = head - rng.uniform(0.25, 0.5)
        hero = within(page, 0.02, low, 0.98, head - 0.02)
        made.append(sheet(hero, on.layer, pictures.any_picture(rng), 44))
        head = low
    columns = int(rng.integers(2, 5))
    for k in range(columns):
        part = within(page, k / columns + 0.02, 0.02, (k + 1) / columns - 0.02, head - 0.03)
        if rng.random() < 0.6:
            cut = rng.uniform(0.4, 0.7)
            image = within(part, 0.0, cut, 1.0, 1.0)
            made.append(sheet(image, on.layer, pictures.any_picture(rng), 14))
            part = within(part, 0.0, 0.0, 1.0, cut - 0.03)
        boxes, drawn = words(rng, part, on.em)
        link = np.where(drawn[:, None] < 0.12, [0.05, 0.15, 0.7], on.chrome.words)
        made.append(bars(boxes, on.layer, link))
    return made


def _film(rng: np.random.Generator, on: Pane) -> list[Shape]:
    """A picture between black bands, with the player's line below."""
    band, at = rng.uniform(0.0, 0.14), rng.uniform(0.1, 0.9)
    frame = within(on.box, 0.0, band, 1.0, 1.0 - band)
    return [
        sheet(on.box, on.layer, (0.004, 0.004, 0.004)),
        sheet(frame, on.layer + 1, pictures.any_picture(rng), 72),
        sheet(within(on.box, 0.03, 0.05, 0.97, 0.062), on.layer + 2, (0.35, 0.35, 0.35)),
        sheet(within(on.box, 0.03, 0.05, at, 0.062), on.layer + 3, (0.8, 0.03, 0.03)),
    ]


def _gallery(rng: np.random.Generator, on: Pane) -> list[Shape]:
    """Pictures in rows: an album, or people talking."""
    columns, rows = int(rng.integers(2, 6)), int(rng.integers(2, 4))
    talk = rng.random() < 0.4
    made = [sheet(on.box, on.layer, srgb(("16181a", "f2f2f2", "3a3d42")[rng.integers(3)]))]
    for c in range(columns):
        for r in range(rows):
            cell = (c / columns, r / rows, (c + 1) / columns, (r + 1) / rows)
            part = within(within(on.box, *cell), 0.04, 0.05, 0.96, 0.95)
            picture = pictures.portrait(rng) if talk else pictures.any_picture(rng)
            made.append(sheet(part, on.layer + 1, picture, 18))
    return made


def _picture(rng: np.random.Generator, on: Pane) -> list[Shape]:
    """One picture over all, tools beside it or none."""
    side = float(rng.choice([0.0, rng.uniform(0.05, 0.2)]))
    boxes, _ = words(rng, within(on.box, 0.02, 0.1, side, 0.9), on.em) if side else ([], None)
    return [
        sheet(on.box, on.layer, scaled(on.chrome.tool, 0.3)),
        sheet(within(on.box, side, 0.0, 1.0, 1.0), on.layer + 1, pictures.any_picture(rng), 76),
        bars(boxes, on.layer + 1, (0.5, 0.5, 0.5)),
    ]


_KINDS = {
    _document: 0.18,
    _code: 0.14,
    _table: 0.13,
    _web: 0.21,
    _film: 0.09,
    _gallery: 0.08,
    _picture: 0.12,
    _terminal: 0.05,
}
"""Kinds of program and how often each is met."""


def page(rng: np.random.Generator, on: Pane) -> list[Shape]:
    """A program filling the on.box, over a sheet of the page's colour at `on.layer` - 1."""
    kind = rng.choice(len(_KINDS), p=list(_KINDS.values()))
    return list(_KINDS)[kind](rng, on)
