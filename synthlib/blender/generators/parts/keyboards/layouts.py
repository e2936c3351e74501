"""Layouts of keyboards: which keys there are, their places and their clusters.

Lengths are in key units (u) of 19 mm; x to the right, y away from the user; the lower left key of
the main cluster begins at (0, 0).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

# Rows from the back: a label is a key of 1 u, "label:2.25" a wider key, "_:0.5" a gap.
_MAIN_ROWS = (
    "1 2 3 4 5 6 7 8 9 0 - = Backspace:2".split(),
    "Tab:1.5 Q W E R T Y U I O P [ ] \\:1.5".split(),
    "Caps:1.75 A S D F G H J K L ; ' Enter:2.25".split(),
    "Shift:2.25 Z X C V B N M , . / Shift:2.75".split(),
    "Ctrl:1.25 Fn:1.25 Alt:1.25 :6.25 Alt:1.25 Fn:1.25 Menu:1.25 Ctrl:1.25".split(),
)
_LAPTOP_LAST_ROW = "Ctrl Fn Alt Cmd:1.25 :5.25 Cmd:1.25 Alt:1.25".split()
_TYPEWRITER_ROWS = (
    "2 3 4 5 6 7 8 9 0 - =".split(),
    "_:0.5 Q W E R T Y U I O P".split(),
    "_:0.75 A S D F G H J K L ;".split(),
    "_:0.25 ^ Z X C V B N M , . ^".split(),
    "_:2.5 :6.5".split(),
)
_FUNCTION_ROW = "Esc _:1 F1 F2 F3 F4 _:0.5 F5 F6 F7 F8 _:0.5 F9 F10 F11 F12".split()
_EDIT_ROWS = ("Ins Home PgUp".split(), "Del End PgDn".split(), [], "_:1 ^".split(), "< v >".split())
_NUMBER_PAD_ROWS = (
    "Num / * -".split(),
    "7 8 9".split(),
    "4 5 6".split(),
    "1 2 3".split(),
    "0:2 .".split(),
)
_TALL_PAD_KEYS = ((3.0, 2.0, "+"), (3.0, 0.0, "Enter"))
_ACCENT_KEYS = ("Esc", "Enter", "Backspace", "Caps", "Ctrl")
_SPLIT_X = 6.9
"""x between the keys of the left and of the right hand, in u."""


@dataclass(frozen=True)
class Key:
    """A key by its lower left corner and size, in u.

    Attributes:
        tone: Number of the material of its cap: 0 for letters, 1 for other keys, 2 for accented
            ones, 3 and more for keys of colours of their own.
    """

    x: float
    y: float
    width: float
    height: float
    label: str
    tone: int

    @property
    def centre(self) -> tuple[float, float]:
        """Centre (x, y), in u."""
        return self.x + self.width / 2, self.y + self.height / 2


Cluster = list[Key]
"""Keys over one common bed."""


def desktop(rng: np.random.Generator, size: str) -> list[Cluster]:
    """Lay out a "full", "tenkeyless" or "compact" keyboard; the main cluster comes first."""
    accents = _sample_accents(rng)
    function_y = 5.0 + float(rng.choice([0.2, 0.35, 0.5]))
    function_row = _key_row(_FUNCTION_ROW, 0.0, function_y, accents)
    function_clusters = [function_row[:1], function_row[1:5], function_row[5:9], function_row[9:]]
    no_function_row = size == "compact" and rng.random() < 0.7  # no function keys: Esc moves down
    main_keys = _main_keys(_MAIN_ROWS, accents, "Esc" if no_function_row else "`")
    if size == "compact":
        return [main_keys] if no_function_row else [main_keys, *function_clusters]
    clusters = [main_keys, *function_clusters, *_edit_clusters(accents)]
    if rng.random() < 0.8:
        clusters.append(_key_row("Prt Scr Brk".split(), 15.35, function_y, accents))
    if size == "full":
        clusters.append(_number_pad(18.7, accents))
    return clusters


def split_for_two_hands(clusters: Sequence[Cluster], gap: float) -> tuple[list[Cluster], ...]:
    """Split a desktop layout between the hands: the right part moves, the space bar is cut.

    Args:
        gap: Width of the gap in u.

    Returns:
        The clusters of the left and of the right hand.
    """
    halves: tuple[list[Cluster], list[Cluster]] = ([], [])
    for cluster in clusters:
        keys = [part for key in cluster for part in _cut_space_bar(key)]
        left = [key for key in keys if key.centre[0] < _SPLIT_X]
        right = [replace(key, x=key.x + gap) for key in keys if key.centre[0] >= _SPLIT_X]
        for half, part in zip(halves, (left, right), strict=True):
            if part:
                half.append(part)
    return halves


def _cut_space_bar(key: Key) -> list[Key]:
    """Cut a key of more than 4 u into two."""
    if key.width < 4.0:
        return [key]
    left = replace(key, width=_SPLIT_X - 0.1 - key.x)
    right_x = _SPLIT_X + 0.1
    return [left, replace(key, x=right_x, width=key.x + key.width - right_x)]


def laptop(rng: np.random.Generator) -> list[Cluster]:
    """Lay out a laptop's keyboard: no gaps, flat function keys, small arrows; sometimes a pad."""
    accents = np.array([])
    keys = _main_keys((*_MAIN_ROWS[:-1], _LAPTOP_LAST_ROW), accents, "`")
    keys += [
        Key(12.0, 0.0, 1.0, 0.5, "<", 1),
        Key(13.0, 0.5, 1.0, 0.5, "^", 1),
        Key(13.0, 0.0, 1.0, 0.5, "v", 1),
        Key(14.0, 0.0, 1.0, 0.5, ">", 1),
    ]
    labels = ["Esc", *(f"F{k}" for k in range(1, 13)), "Del"]
    width = 15.0 / len(labels)
    height = rng.uniform(0.5, 1.0)
    keys += [Key(k * width, 5.0, width, height, label, 1) for k, label in enumerate(labels)]
    if rng.random() < 0.15:
        return [keys, _number_pad(15.3, accents)]
    return [keys]


def terminal(rng: np.random.Generator) -> list[Cluster]:
    """Lay out a keyboard of the 1980s: function keys in two columns, or one row of wide ones."""
    accents = _sample_accents(rng)
    main_keys = _main_keys(_MAIN_ROWS, accents, "Esc")
    clusters = [main_keys]
    if rng.random() < 0.5:
        rows = [[f"F{2 * k + 1}", f"F{2 * k + 2}"] for k in range(5)]
        clusters.append(_rows_of_keys(rows, -2.4, accents))
    else:
        keys = [Key(1.0 + 1.3 * k, 5.4, 1.3, 1.0, f"F{k}", 2) for k in range(10)]
        clusters.append(keys)
    if rng.random() < 0.6:
        clusters.append(_number_pad(15.5, accents))
    return clusters


def typewriter() -> list[Cluster]:
    """Lay out the letters and digits of a typewriter, each key 1.15 u apart."""
    keys = _rows_of_keys(_TYPEWRITER_ROWS, 0.0, np.array([]))
    return [[replace(key, x=1.15 * key.x, y=1.15 * key.y) for key in keys]]


def macro_keys(count: int) -> Cluster:
    """Lay out a column of programmable keys left of the main cluster."""
    return [Key(-1.5, 4.0 - k, 1.0, 1.0, f"G{k + 1}", 1) for k in range(count)]


def corners(keys: Iterable[Key]) -> tuple[np.ndarray, np.ndarray]:
    """Return the lower left and the upper right corner of some keys, (2,) each, in u."""
    extents = np.array([(k.x, k.y, k.x + k.width, k.y + k.height) for k in keys])
    return extents[:, :2].min(axis=0), extents[:, 2:].max(axis=0)


def _sample_accents(rng: np.random.Generator) -> np.ndarray:
    """Sample the labels of one to three accented keys."""
    return rng.choice(_ACCENT_KEYS, rng.integers(1, 4), replace=False)


def _main_keys(rows: Sequence[list[str]], accents: np.ndarray, first: str) -> Cluster:
    """Lay out the main cluster, its first key labelled `first`."""
    return _rows_of_keys([[first, *rows[0]], *rows[1:]], 0.0, accents)


def _rows_of_keys(rows: Sequence[list[str]], x: float, accents: np.ndarray) -> Cluster:
    """Lay out rows of labels from the back to y = 0."""
    last = len(rows) - 1
    return [key for k, row in enumerate(rows) for key in _key_row(row, x, float(last - k), accents)]


def _edit_clusters(accents: np.ndarray) -> list[Cluster]:
    """Lay out Ins to PgDn, the arrow up, and the other arrows."""
    keys = _rows_of_keys(_EDIT_ROWS, 15.35, accents)
    return [keys[:6], keys[6:7], keys[7:]]


def _number_pad(x: float, accents: np.ndarray) -> Cluster:
    """Lay out the number pad from x on."""
    keys = _rows_of_keys(_NUMBER_PAD_ROWS, x, accents)
    return keys + [Key(x + dx, y, 1.0, 2.0, label, 1) for dx, y, label in _TALL_PAD_KEYS]


def _key_row(row: list[str], x: float, y: float, accents: np.ndarray) -> Cluster:
    """Parse one row of labels into keys from x to the right, at height y, in u."""
    keys = []
    for entry in row:
        label, _, width = entry.partition(":") if len(entry) > 1 else (entry, "", "")
        size = float(width or 1.0)
        if label != "_":
            tone = 0 if len(label) < 2 else 2 if label in accents else 1
            keys.append(Key(x, y, size, 1.0, label, tone))
        x += size
    return keys
