"""Faults of model files that can be found without Blender.

They are looked for before an import, because some importers read arbitrary bytes as an empty scene,
accept a truncated file, or read a coordinate that is not a number as 0.
"""

import base64
import json
import re
import struct
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import numpy as np
from PIL import Image, UnidentifiedImageError

from synthlib.assets.formats import is_binary_stl, read_xml

NOT_FINITE = "is broken: it has coordinates that are not finite numbers."

_MAGIC_BYTES = {
    ".glb": (b"glTF",),
    ".usdz": (b"PK\x03\x04",),
    ".usdc": (b"PXR-USDC",),
    ".usda": (b"#usda",),
    ".usd": (b"PXR-USDC", b"#usda"),
    ".blend": (b"BLENDER", b"\x28\xb5\x2f\xfd", b"\x1f\x8b"),  # plain, zstd, gzip
    ".ply": (b"ply\n", b"ply\r"),
}
_LFS_POINTER = b"version https://git-lfs"
_IS_LFS_POINTER = "is a Git LFS pointer: run git lfs pull"
_NON_FINITE_PATTERN = rb"(?i)(?<!\S)[+-]?(nan|inf)"
_PLY_TYPES = {
    name: code
    for code, names in {
        "i1": b"char int8",
        "u1": b"uchar uint8",
        "i2": b"short int16",
        "u2": b"ushort uint16",
        "i4": b"int int32",
        "u4": b"uint uint32",
        "f4": b"float float32",
        "f8": b"double float64",
    }.items()
    for name in names.split()
}
"""NumPy's codes of the scalar types of PLY."""
_GLTF_FLOAT32 = 5126
"""glTF's code of the component type float32."""


def find_fault(path: Path) -> str | None:
    """Find a fault of a model file.

    Args:
        path: The model's file; its suffix says which format is expected.

    Returns:
        The rest of a sentence that begins with the file's name; None if no fault was found.

    Raises:
        OSError: The file cannot be read.

    Examples:
        >>> find_fault(Path("empty.stl"))
        'has no faces: it is empty.'
    """
    suffix = path.suffix.lower()
    if path.stat().st_size == 0:
        return "has no faces: it is empty."
    with path.open("rb") as file:
        head = file.read(1 << 16)
    if head.startswith(_LFS_POINTER):
        return f"{_IS_LFS_POINTER}."
    magic = _MAGIC_BYTES.get(suffix)
    if magic and not head.startswith(magic):
        return f"is not a {suffix} file: it begins with {head[:8]!r}."
    if suffix == ".fbx" and not (head.startswith(b"Kaydara FBX Binary") or b"FBX" in head[:1024]):
        return f"is not a .fbx file: it begins with {head[:8]!r}."
    if suffix in (".glb", ".gltf"):
        return _gltf_fault(path)
    if suffix == ".stl":
        return _stl_fault(path, head)
    if suffix == ".dae":
        return _dae_fault(read_xml(path).encode())
    return NOT_FINITE if suffix == ".ply" and _ply_has_nan(path) else None


def image_fault(path: Path) -> str:
    """The reason why Blender cannot read an image: the rest of a sentence after its name."""
    with path.open("rb") as file:
        head = file.read(200)
    if head.startswith(_LFS_POINTER):
        return _IS_LFS_POINTER
    try:
        with Image.open(path) as image:
            image.load()
    except UnidentifiedImageError:
        return f"is no image: it begins with {head[:8]!r}"
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return "is cut off or broken"
    return f"is a {image.format} image, which Blender does not read"


def is_cut_off_jpeg(path: Path) -> bool:
    """True for a JPEG without its end, of which Blender reads the rest as grey."""
    with path.open("rb") as file:
        is_jpeg = file.read(3) == b"\xff\xd8\xff"
    return is_jpeg and b"\xff\xd9" not in _tail(path) and "cut off" in image_fault(path)


def _stl_fault(path: Path, head: bytes) -> str | None:
    if is_binary_stl(path):
        return None
    if not head.lstrip().lower().startswith(b"solid"):
        return "is not a complete .stl file: its length is not what its header says."
    return None if b"endsolid" in _tail(path).lower() else "is cut off: its solid does not end."


def _dae_fault(content: bytes) -> str | None:
    if b"<COLLADA" not in content[: 1 << 16]:
        return "is not a .dae file: it has no COLLADA element."
    if b"</COLLADA" not in content[-1024:]:
        return "is cut off: its COLLADA element does not end."
    return NOT_FINITE if _dae_has_nan(content) else None


def _tail(path: Path) -> bytes:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 1024))
        return file.read()


def _gltf_fault(path: Path) -> str | None:
    """A .gltf or .glb that is cut off, is not JSON, misses buffers, or has NaN coordinates."""
    content, binary_chunk = path.read_bytes(), b""
    if path.suffix.lower() == ".glb":
        length = struct.unpack_from("<I", content.ljust(12, b"\0"), 8)[0]
        if len(content) < max(length, 20):
            return f"is cut off: it has {len(content)} of its {length} bytes."
        end = 20 + struct.unpack_from("<I", content, 12)[0]
        content, binary_chunk = content[20:end], content[end + 8 :]
    try:
        gltf = json.loads(content)
    except (ValueError, RecursionError) as error:
        return f"is not a complete glTF file: {error}."
    if not isinstance(gltf, dict) or not isinstance(gltf.get("asset"), dict):
        return "is not a glTF file: it has no asset."
    if (version := str(gltf["asset"].get("version", "2.0"))).startswith("1"):
        return f"is glTF {version}, which Blender does not read; convert it to glTF 2.0."
    try:
        uris = [buffer.get("uri", "") for buffer in gltf.get("buffers", ())]
        buffers = [_read_buffer(path, uri, binary_chunk) for uri in uris]
        finite = all(np.isfinite(points).all() for points in _positions(gltf, buffers))
    except OSError as error:
        return f"is incomplete: its buffer {Path(str(error.filename)).name} is missing."
    except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        return f"is broken: its buffers are not what it says ({error})."
    return None if finite else NOT_FINITE


def _read_buffer(path: Path, uri: str, binary_chunk: bytes) -> bytes:
    """The bytes of a buffer: in another file, within the text, or in the binary chunk of a .glb."""
    if not uri:
        return binary_chunk
    if uri.startswith("data:"):
        return base64.b64decode(uri.partition(",")[2])
    return (path.parent / unquote(uri)).read_bytes()


def _positions(gltf: dict, buffers: list[bytes]) -> Iterator[np.ndarray]:
    """float32 (N, 3) of the vertices of each accessor that is neither compressed nor sparse."""
    primitives = [part for mesh in gltf.get("meshes", ()) for part in mesh["primitives"]]
    attributes = [primitive["attributes"] for primitive in primitives]
    for index in sorted({names["POSITION"] for names in attributes if "POSITION" in names}):
        accessor = gltf["accessors"][index]
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


def _dae_has_nan(content: bytes) -> bool:
    """True if a position is not a finite number; normals are not checked."""
    inputs = re.findall(rb"<input\b[^>]*[\"']POSITION[\"'][^>]*>", content)
    position_sources = set(re.findall(rb"source\s*=\s*[\"']#([^\"']+)", b"".join(inputs)))
    array = rb"<source\b[^>]*?\bid\s*=\s*[\"']([^\"']+)[^>]*>\s*<float_array[^>]*>([^<]*)"
    return any(
        name in position_sources and re.search(_NON_FINITE_PATTERN, numbers)
        for name, numbers in re.findall(array, content)
    )


def _ply_has_nan(path: Path) -> bool:
    """True if x, y or z of a vertex is not a finite number."""
    head, _, body = path.read_bytes().partition(b"end_header")
    vertices = re.search(rb"element\s+vertex\s+(\d+)\s+((?:property\s+\w+\s+\w+\s+)*)", head)
    properties = re.findall(rb"property\s+(\w+)\s+(\w+)", vertices[2]) if vertices else []
    if not vertices or not properties or any(kind not in _PLY_TYPES for kind, _ in properties):
        return False  # vertices with lists: left to the importer
    count = int(vertices[1])
    if b"format ascii" in head:
        lines = body.splitlines()[1 : count + 1]
        names = [name for _, name in properties]
        return re.search(_NON_FINITE_PATTERN, body) is not None and _ascii_has_nan(lines, names)
    order = ">" if b"binary_big_endian" in head else "<"
    row = np.dtype([(name.decode(), order + _PLY_TYPES[kind]) for kind, name in properties])
    body = body.removeprefix(b"\r").removeprefix(b"\n")
    rows = np.frombuffer(body, row, min(count, len(body) // row.itemsize))
    return not all(np.isfinite(rows[axis]).all() for axis in "xyz" if axis in (row.names or ()))


def _ascii_has_nan(lines: list[bytes], properties: list[bytes]) -> bool:
    """True if x, y or z is not a finite number in a line with one value per property."""
    columns = [i for i, name in enumerate(properties) if name in (b"x", b"y", b"z")]
    return any(
        re.match(_NON_FINITE_PATTERN, row[column])
        for row in (line.split() for line in lines)
        for column in columns
        if column < len(row)
    )
