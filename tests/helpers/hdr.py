"""High dynamic range images, written by hand."""

from pathlib import Path

import numpy as np


def write_hdr(path: Path, radiance: np.ndarray) -> Path:
    """Write a Radiance file without compression (RGBE, top row first).

    Args:
        path: The file; its folder is made.
        radiance: float (height, width, 3), above 0.
    """
    exponent = np.floor(np.log2(radiance.max(axis=2))) + 1
    mantissa = radiance / 2.0 ** exponent[:, :, None] * 256.0
    rgbe = np.concatenate([mantissa, exponent[:, :, None] + 128], axis=2)
    height, width, _ = radiance.shape
    head = f"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y {height} +X {width}\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(head.encode() + np.clip(rgbe, 0, 255).astype(np.uint8).tobytes())
    return path
