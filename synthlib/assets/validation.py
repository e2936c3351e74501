"""What is wrong with a model file, as far as its own bytes tell; no bpy.

Asked before an importer meets the file: some importers take junk for an empty scene, a half file
for a whole one, and a coordinate that is no number for 0.
"""

import base64
import json
import re
import struct
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import numpy as np

from synthlib.assets.formats import is_binary_stl

NOT_FINITE = "is broken: it has coordinates that are no finite numbers."

_MAGIC_BYTES = {
    ".glb": (b"glTF",),
    ".usdz": (b"PK\x03\x04",),
    ".usdc": (b"PXR-USDC",),
    ".usda": (b"#usda",),
    ".usd": (b"PXR-USDC", b"#usda"),
    ".blend": (b"BLENDER", b"\x28\xb5\x2f\xfd", b"\x1f\x8b"),  # plain, zstd, gzip
    ".ply": (b"ply\n", b"ply\r"),
}
_NON_FINITE_PATTERN = rb"(?i)(?<!\S)[+-]?(nan|inf)"
_PLY_TYPES = {
    name: code
    for code, names in {
        "i1": b"char int8", "u1": b"uchar uint8", "i2": b"short int16", "u2": b"ushort uint16",
        "i4": b"int int32", "u4": b"uint uint32", "f4": b"float float32", "f8": b"double float64",
    }.items()
    for name in names.split()
}  # fmt: skip
_GLTF_FLOAT32 = 5126
"""glTF's code of a float32."""


def find_fault(path: Path) -> str | None:
    """What is wrong with a model file; None if nothing that can be seen without Blender.

    The words complete a sentence that begins with the file's name. Raises OSError.
    """
    kind, size = path.suffix.lower(), path.stat().st_size
    if size == 0:
        return "has no faces: it is empty."
    with path.open("rb") as file:
        head = file.read(1 << 16)
    starts = _MAGIC_BYTES.get(kind)
    if starts and not head.startswith(starts):
        return f"is no {kind} file: it begins with {head[:8]!r}."
    if kind == ".fbx" and not (head.startswith(b"Kaydara FBX Binary") or b"FBX" in head[:1024]):
        return f"is no .fbx file: it begins with {head[:8]!r}."
    if kind in (".glb", ".gltf"):
        return _gltf_fault(path)
    if kind == ".stl":
        return _stl_fault(path, head)
    if kind == ".dae" and b"<COLLADA" not in head:
        return "is no .dae file: it has no COLLADA element."
    if kind == ".dae" and b"</COLLADA" not in _tail(path):
        return "is cut off: its COLLADA element does not end."
    if (kind == ".ply" and _ply_has_nan(path)) or (kind == ".dae" and _dae_has_nan(path)):
        return NOT_FINITE
    return None


def _stl_fault(path: Path, head: bytes) -> str | None:
    if is_binary_stl(path):
        return None
    if not head.lstrip().lower().startswith(b"solid"):
        return "is no whole .stl file: its length is not what its header says."
    return None if b"endsolid" in _tail(path).lower() else "is cut off: its solid does not end."


def _tail(path: Path) -> bytes:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 1024))
        return file.read()


def _gltf_fault(path: Path) -> str | None:
    """Of .gltf and .glb: cut off, not JSON, without its buffers, or with NaN for coordinates."""
    content, rest = path.read_bytes(), b""
    if path.suffix.lower() == ".glb":
        length = struct.unpack_from("<I", content.ljust(12, b"\0"), 8)[0]
        if len(content) < max(length, 20):
            return f"is cut off: it has {len(content)} of its {length} bytes."
        end = 20 + struct.unpack_from("<I", content, 12)[0]
        content, rest = content[20:end], content[end + 8 :]
    try:
        gltf = json.loads(content)
    except (ValueError, RecursionError) as error:
        return f"is no whole glTF file: {error}."
    if not isinstance(gltf, dict) or "asset" not in gltf:
        return "is no glTF file: it has no asset."
    try:
        buffers = [_buffer(path, buffer.get("uri", ""), rest) for buffer in gltf.get("buffers", ())]
        finite = all(np.isfinite(points).all() for points in _positions(gltf, buffers))
    except OSError as error:
        return f"lacks its buffer {Path(str(error.filename)).name}."
    except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        return f"is broken: its buffers are not what it says ({error})."
    return None if finite else NOT_FINITE


def _buffer(path: Path, uri: str, rest: bytes) -> bytes:
    """A buffer's bytes: beside the file, within its text, or the `rest` of a .glb."""
    if not uri:
        return rest
    if uri.startswith("data:"):
        return base64.b64decode(uri.partition(",")[2])
    return (path.parent / unquote(uri)).read_bytes()


def _positions(gltf: dict, buffers: list[bytes]) -> Iterator[np.ndarray]:
    """float32 (N, 3) of all vertices that are stored plainly (not compressed, not sparse)."""
    parts = [part["attributes"] for mesh in gltf.get("meshes", ()) for part in mesh["primitives"]]
    for place in sorted({part["POSITION"] for part in parts if "POSITION" in part}):
        accessor = gltf["accessors"][place]
        view = gltf["bufferViews"][accessor["bufferView"]] if "bufferView" in accessor else None
        if view is None or "extensions" in view or accessor["componentType"] != _GLTF_FLOAT32:
            continue
        start = view.get("byteOffset", 0) + accessor.get("byteOffset", 0)
        stride = max(view.get("byteStride", 12), 12)
        data = buffers[view["buffer"]][start : start + accessor["count"] * stride]
        row = np.dtype({"names": ["at"], "formats": [("<f4", 3)], "itemsize": stride})
        if len(data) < (accessor["count"] - 1) * stride + 12:
            raise ValueError("one ends early")
        yield np.frombuffer(data.ljust(accessor["count"] * stride, b"\0"), row)["at"]


def _dae_has_nan(path: Path) -> bool:
    """Whether a position is no finite number; normals may be so, which then don't count."""
    content = path.read_bytes()
    inputs = re.findall(rb"<input\b[^>]*[\"']POSITION[\"'][^>]*>", content)
    named = set(re.findall(rb"source\s*=\s*[\"']#([^\"']+)", b"".join(inputs)))
    array = rb"<source\b[^>]*?\bid\s*=\s*[\"']([^\"']+)[^>]*>\s*<float_array[^>]*>([^<]*)"
    found = re.findall(array, content)
    return any(name in named and re.search(_NON_FINITE_PATTERN, numbers) for name, numbers in found)


def _ply_has_nan(path: Path) -> bool:
    """Whether a vertex's x, y or z is no finite number."""
    head, _, body = path.read_bytes().partition(b"end_header")
    found = re.search(rb"element\s+vertex\s+(\d+)\s+((?:property\s+\w+\s+\w+\s+)*)", head)
    properties = re.findall(rb"property\s+(\w+)\s+(\w+)", found[2]) if found else []
    if not found or not properties or any(kind not in _PLY_TYPES for kind, _ in properties):
        return False  # lists at vertices: the importer will say
    if b"format ascii" in head:
        names, lines = [name for _, name in properties], body.splitlines()[1 : int(found[1]) + 1]
        return re.search(_NON_FINITE_PATTERN, body) is not None and _ascii_has_nan(lines, names)
    order = ">" if b"binary_big_endian" in head else "<"
    row = np.dtype([(name.decode(), order + _PLY_TYPES[kind]) for kind, name in properties])
    body = body.removeprefix(b"\r").removeprefix(b"\n")
    rows = np.frombuffer(body, row, min(int(found[1]), len(body) // row.itemsize))
    return not all(np.isfinite(rows[axis]).all() for axis in "xyz" if axis in (row.names or ()))


def _ascii_has_nan(lines: list[bytes], properties: list[bytes]) -> bool:
    """Whether x, y or z is no finite number in a line of values, one for each of `properties`."""
    places = [place for place, name in enumerate(properties) if name in (b"x", b"y", b"z")]
    words = (line.split() for line in lines)
    return any(
        re.match(_NON_FINITE_PATTERN, row[place])
        for row in words
        for place in places
        if place < len(row)
    )
