"""COCO's run-length encoding of masks."""

import numpy as np


def encode_mask(mask: np.ndarray) -> dict[str, list[int]]:
    """Encode a mask as COCO's uncompressed run-length encoding.

    Args:
        mask: bool (height, width).

    Returns:
        `size`, [height, width], and `counts`, the lengths of runs of pixels column by column, which
        are alternately outside and inside. The first run is outside and may have length 0.

    Examples:
        >>> encode_mask(np.array([[True, True], [False, True]]))
        {'size': [2, 2], 'counts': [0, 1, 1, 2]}
    """
    pixels = mask.ravel(order="F")
    changes = np.flatnonzero(np.diff(pixels, prepend=False)) if pixels.size else pixels
    counts = np.diff(changes, prepend=0, append=pixels.size)
    return {"size": list(mask.shape), "counts": counts.tolist()}
