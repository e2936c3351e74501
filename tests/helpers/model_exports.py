"""Model files of every kind for the tests of importers.

Most are written by Blender's exporters, which run in a subprocess, so that no test imports bpy.
"""

import base64
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np

from tests.helpers.shapes_obj import COLOURS, FACES, WEDGE, coloured_mtl, write_box

EXPORT_SCRIPT = r"""
import math, os, sys
from pathlib import Path
import bpy, bmesh
from mathutils import Matrix

root, wedge, trap = Path(sys.argv[1]), sys.argv[2], sys.argv[3]

def path(name):
    return str(root / name)

def load():
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True, load_ui=False)
    bpy.ops.wm.obj_import(filepath=wedge)
    obj = bpy.context.scene.objects[0]
    obj.data.transform(obj.matrix_world)
    obj.matrix_world = Matrix.Identity(4)
    return obj

def add(data, name):
    obj = bpy.data.objects.new(name, data)
    bpy.context.scene.collection.objects.link(obj)
    return obj

def save(name):
    bpy.ops.wm.save_as_mainfile(filepath=path(name), check_existing=False, compress=False)

def export(stem, blend=True):
    bpy.ops.export_scene.gltf(filepath=path(stem + ".glb"))
    bpy.ops.export_scene.gltf(filepath=path(stem + ".gltf"), export_format="GLTF_SEPARATE")
    bpy.ops.export_scene.fbx(filepath=path(stem + ".fbx"), path_mode="RELATIVE")
    bpy.ops.wm.collada_export(filepath=path(stem + ".dae"), use_texture_copies=False)
    for kind in ("usd", "usda", "usdc", "usdz"):
        bpy.ops.wm.usd_export(filepath=path(f"{stem}.{kind}"))
    if blend:
        save(stem + ".blend")

# all kinds, with the object away from the origin, a child of an empty, next to a lamp and a camera
obj = load()
parent = add(None, "parent")
parent.location, parent.scale = (5, 6, 7), (2, 2, 2)
obj.parent = parent
lamp = bpy.data.lights.new("lamp", "POINT")
lamp.energy = 1e6
add(lamp, "lamp").location = (5, 0, 7)
add(bpy.data.cameras.new("camera"), "camera")
bpy.context.view_layer.update()
export("plain")
bpy.ops.wm.usd_export(filepath=path("y_up.usda"), convert_orientation=True)
bpy.ops.wm.stl_export(filepath=path("plain.stl"))
bpy.ops.wm.stl_export(filepath=path("ascii.stl"), ascii_format=True)
mesh = obj.data
colours = mesh.color_attributes.new("Col", "BYTE_COLOR", "CORNER")
for face in mesh.polygons:
    shader = mesh.materials[face.material_index].node_tree.nodes["Principled BSDF"]
    for corner in face.loop_indices:
        colours.data[corner].color = tuple(shader.inputs["Base Color"].default_value)
editable = bmesh.new()
editable.from_mesh(mesh)
bmesh.ops.split_edges(editable, edges=editable.edges)  # a .ply has one colour per vertex
editable.to_mesh(mesh)
bpy.ops.wm.ply_export(filepath=path("plain.ply"), export_colors="SRGB")
bpy.ops.wm.ply_export(filepath=path("ascii.ply"), export_colors="SRGB", ascii_format=True)

for name, size in (("kilometre", 1e3), ("micron", 1e-6)):
    obj = load()
    obj.data.transform(Matrix.Scale(size, 4) @ Matrix.Translation((9, 9, 9)))
    bpy.ops.export_scene.gltf(filepath=path(name + ".glb"))
    bpy.ops.wm.stl_export(filepath=path(name + ".stl"))

# a model with a texture in its folder, and one whose texture is removed after the export
for name in ("textured", "untextured"):
    obj = load()
    image = bpy.data.images.new("paint", 8, 8)
    image.pixels = [0, 1, 0, 1] * 64
    image.filepath_raw, image.file_format = path(f"{name}.png"), "PNG"
    image.save()
    bpy.data.images.remove(image)
    image = bpy.data.images.load(path(f"{name}.png"))
    material = bpy.data.materials.new("painted")
    material.use_nodes = True
    shader = material.node_tree.nodes["Principled BSDF"]
    shader.inputs["Base Color"].default_value = (0.8, 0.8, 0.8, 1)
    node = material.node_tree.nodes.new("ShaderNodeTexImage")
    node.image = image
    material.node_tree.links.new(node.outputs["Color"], shader.inputs["Base Color"])
    obj.data.materials.clear()
    obj.data.materials.append(material)
    obj.data.uv_layers.new()
    bpy.ops.wm.save_as_mainfile(filepath=path(name + ".blend"), relative_remap=True)
    bpy.ops.file.make_paths_relative()
    export(name)
(root / "untextured.png").unlink()
for copy in [*root.glob("textures/untextured*"), root / "painted.png"]:
    copy.unlink(missing_ok=True)

# an image outside the model's folder, of files that are compressed
obj = load()
image = bpy.data.images.load(path("textured.png"))
material = bpy.data.materials["front"]
node = material.node_tree.nodes.new("ShaderNodeTexImage")
node.image = image
shader = material.node_tree.nodes["Principled BSDF"]
material.node_tree.links.new(node.outputs["Color"], shader.inputs["Base Color"])
(root / "own").mkdir()
bpy.ops.wm.save_as_mainfile(filepath=path("own/outside.blend"), compress=True)
obj.data.uv_layers.new()
keep = {"relative_paths": True, "export_textures_mode": "KEEP"}
bpy.ops.wm.usd_export(filepath=path("own/outside.usdc"), **keep)
obj = load()  # an object of a file that is removed
save("library.blend")
bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True, load_ui=False)
with bpy.data.libraries.load(path("library.blend"), link=True) as (source, target):
    target.objects = source.objects
bpy.context.scene.collection.objects.link(target.objects[0])
bpy.ops.mesh.primitive_cube_add()
save("linked.blend")
(root / "library.blend").unlink()

# features that only a .blend has; each file looks like the plain one
obj = load()  # mirrored
obj.data.transform(Matrix.Scale(-1, 4, (1, 0, 0)))
obj.data.flip_normals()
obj.scale = (-1, 1, 1)
save("mirrored.blend")
bpy.ops.export_scene.gltf(filepath=path("mirrored.glb"))

obj = load()  # instanced
collection = bpy.data.collections.new("collection")
bpy.context.scene.collection.objects.unlink(obj)
collection.objects.link(obj)
instancer = add(None, "instancer")
instancer.instance_type, instancer.instance_collection = "COLLECTION", collection
instancer.rotation_euler[2] = -1.0
obj.rotation_euler[2] = 1.0
save("instanced.blend")

obj = load()  # repeated on the vertices of a mesh, here on one
point = bpy.data.meshes.new("point")
point.from_pydata([(0, 0, 0)], [], [])
obj.parent = add(point, "point")
obj.parent.instance_type = "VERTS"
obj.parent.show_instancer_for_viewport = False
save("repeated.blend")

for kind in ("object", "mesh"):  # instanced by geometry nodes, while the object itself is hidden
    obj = load()
    obj.hide_render = True
    point = bpy.data.meshes.new("point")
    point.from_pydata([(0, 0, 0)], [], [])
    tree = bpy.data.node_groups.new("nodes", "GeometryNodeTree")
    for direction in ("INPUT", "OUTPUT"):
        tree.interface.new_socket("Geometry", in_out=direction, socket_type="NodeSocketGeometry")
    points = tree.nodes.new("NodeGroupInput")
    wedge_node = tree.nodes.new("GeometryNodeObjectInfo")
    instances = tree.nodes.new("GeometryNodeInstanceOnPoints")
    wedge_node.inputs["Object"].default_value = obj
    wedge_node.inputs["As Instance"].default_value = kind == "object"
    tree.links.new(points.outputs[0], instances.inputs["Points"])
    tree.links.new(wedge_node.outputs["Geometry"], instances.inputs["Instance"])
    tree.links.new(instances.outputs[0], tree.nodes.new("NodeGroupOutput").inputs[0])
    add(point, "points").modifiers.new("nodes", "NODES").node_group = tree
    save(f"nodes_{kind}.blend")

obj = load()  # hidden
def add_cube(name):
    bpy.ops.mesh.primitive_cube_add(size=50)
    cube = bpy.context.object
    cube.name = name
    return cube
add_cube("not rendered").hide_render = True
add_cube("hole").is_holdout = True
add_cube("only shadows").is_shadow_catcher = True
add_cube("only reflections").visible_camera = False
for name in ("collection", "excluded", "holes", "reflections"):
    cube, collection = add_cube(name), bpy.data.collections.new(name)
    for other in list(cube.users_collection):
        other.objects.unlink(cube)
    collection.objects.link(cube)
    bpy.context.scene.collection.children.link(collection)
    collection.hide_render = name == "collection"
layers = bpy.context.view_layer.layer_collection.children
layers["excluded"].exclude = layers["holes"].holdout = layers["reflections"].indirect_only = True
bpy.data.objects.new("orphan", bpy.data.meshes.new("orphan")).use_fake_user = True
obj.hide_viewport = True  # but rendered
save("hidden.blend")

obj = load()  # posed by an armature, whose modifier only renders show
rig = bpy.data.armatures.new("rig")
armature = add(rig, "armature")
bpy.context.view_layer.objects.active = armature
bpy.ops.object.mode_set(mode="EDIT")
bone = rig.edit_bones.new("bone")
bone.head, bone.tail = (0, 0, 0), (0, 0, 1)
bpy.ops.object.mode_set(mode="POSE")
armature.pose.bones["bone"].rotation_mode = "XYZ"
armature.pose.bones["bone"].rotation_euler[1] = math.pi / 2  # the bone's y is the world's z
bpy.ops.object.mode_set(mode="OBJECT")
obj.data.transform(Matrix.Rotation(-math.pi / 2, 4, "Z"))
obj.vertex_groups.new(name="bone").add(range(8), 1.0, "REPLACE")
obj.modifiers.new("rig", "ARMATURE").object = armature
obj.modifiers["rig"].show_viewport = False
save("posed.blend")

bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True, load_ui=False)
curve = bpy.data.curves.new("ring", "CURVE")  # a curve, and no mesh
curve.dimensions, curve.bevel_depth = "3D", 0.3
spline = curve.splines.new("POLY")
spline.points.add(3)
for point, position in zip(spline.points, [(1, 1, 0), (-1, 1, 0), (-1, -1, 0), (1, -1, 0)]):
    point.co = (*position, 1)
spline.use_cyclic_u = True
add(curve, "ring")
save("curve.blend")
text = bpy.data.curves.new("text", "FONT")
text.body, text.extrude = "W", 0.2
add(text, "text")
ball = bpy.data.metaballs.new("ball")
ball.elements.new()
add(ball, "ball").location[2] = 2
bpy.ops.surface.primitive_nurbs_surface_sphere_add(location=(3, 0, 0))
save("surfaces.blend")

bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True, load_ui=False)
add(bpy.data.cameras.new("camera"), "camera")
save("camera_only.blend")

# a malicious file: a text that is run when the file is opened, and a driver that is a program
obj = load()
text = bpy.data.texts.new("register.py")
text.use_module = True
text.write(f"open({trap + '.text'!r}, 'w').close()\n")
driver = obj.driver_add("location", 0).driver
driver.type = "SCRIPTED"
driver.expression = f"__import__('pathlib').Path({trap + '.driver'!r}).touch() or 0"
save("hostile.blend")
for file in Path(trap).parent.glob(Path(trap).name + ".*"):
    file.unlink()
sys.stdout.flush()
os._exit(0)
"""

OPEN_SCRIPT = """
import os, sys, bpy
bpy.ops.wm.open_mainfile(filepath=sys.argv[1], use_scripts=True)
bpy.context.view_layer.update()
os._exit(0)
"""


def export_models(root: Path, trap: Path) -> None:
    """Write all models that Blender exports into `root`.

    If the code in hostile.blend is run, it creates files that begin with `trap`.
    """
    wedge = write_box(root / "wedge.obj", WEDGE, mtl=coloured_mtl())
    _run_blender(EXPORT_SCRIPT, root, wedge, trap)


def open_with_scripts(path: Path) -> None:
    """Open a .blend file and allow its scripts to run."""
    _run_blender(OPEN_SCRIPT, path)


def _run_blender(script: str, *arguments: Path) -> None:
    command = [sys.executable, "-c", script, *map(str, arguments)]
    environment = os.environ | {"TMPDIR": str(arguments[0].parent)}  # os._exit leaves files there
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]


def write_models_by_hand(root: Path) -> None:
    """Write the coloured wedge by hand, in OBJ's axes (y up, front +z).

    hand.gltf and hand.dae are valid. In glow.obj and glow.gltf the emission image is missing, in
    bare.gltf the images of base colour, metal and transmission too.
    """
    write_gltf(root / "hand.gltf")
    write_dae(root / "hand.dae")
    glowing_mtl = re.sub("(Kd.*)", r"\1\nmap_Ke glow.png", coloured_mtl())
    write_box(root / "glow.obj", WEDGE, mtl=glowing_mtl)
    gltf = json.loads((root / "hand.gltf").read_text())
    gltf |= {"images": [{"uri": "glow.png"}], "textures": [{"source": 0}]}
    for material in gltf["materials"]:
        material |= {"emissiveTexture": {"index": 0}, "emissiveFactor": [1, 0.5, 1]}
    (root / "glow.gltf").write_text(json.dumps(gltf))
    gltf |= {"extensionsUsed": ["KHR_materials_transmission"]}
    for material in gltf["materials"]:
        material["pbrMetallicRoughness"] |= {
            "metallicRoughnessTexture": {"index": 0},
            "baseColorTexture": {"index": 0},
            "metallicFactor": 1,
        }
        glass = {"transmissionFactor": 1, "transmissionTexture": {"index": 0}}
        material["extensions"] = {"KHR_materials_transmission": glass}
        material |= {"alphaMode": "MASK", "alphaCutoff": 0.7}
    (root / "bare.gltf").write_text(json.dumps(gltf))
    _write_nan_normals(root)


def _write_nan_normals(root: Path) -> None:
    """Write copies of the text .ply and of the plain .dae with NaN as normals."""
    ply = (root / "ascii.ply").read_text()
    normals = "".join(f"property float n{axis}\n" for axis in "xyz")
    ply = ply.replace("element face", f"{normals}element face")
    ply = re.sub(r"(?m)^(\S+ \S+ \S+ \d+ \d+ \d+ \d+)$", r"\1 nan nan -inf", ply)
    (root / "nan_normals.ply").write_text(ply)
    dae = (root / "plain.dae").read_text()
    dae = re.sub(r'(normals-array" count="\d+">)\S+ \S+ \S+', r"\1nan NaN INF", dae)
    (root / "nan_normals.dae").write_text(dae)


def _colour(name: str) -> list[float]:
    return [float(part) for part in COLOURS.get(name, "1 1 1").split()] + [1.0]


def _faces() -> dict[str, list[int]]:
    return {name: [corner - 1 for corner in face] for name, face in FACES.items()}


def write_gltf(path: Path) -> None:
    """Write the coloured wedge as a .gltf without other files."""
    faces = _faces()
    points = np.array([WEDGE[face] for face in faces.values()], dtype="<f4")  # 6 faces, 4 corners
    corners = np.array([0, 1, 2, 0, 2, 3], dtype="<u2")
    data = points.tobytes() + corners.tobytes()
    views = [{"buffer": 0, "byteOffset": 48 * k, "byteLength": 48} for k in range(6)]
    views.append({"buffer": 0, "byteOffset": 288, "byteLength": 12})
    accessors: list[dict[str, object]] = [
        {
            "bufferView": k,
            "componentType": 5126,
            "count": 4,
            "type": "VEC3",
            "min": points[k].min(axis=0).tolist(),
            "max": points[k].max(axis=0).tolist(),
        }
        for k in range(6)
    ]
    accessors.append({"bufferView": 6, "componentType": 5123, "count": 6, "type": "SCALAR"})
    primitives = [{"attributes": {"POSITION": k}, "indices": 6, "material": k} for k in range(6)]
    materials = [
        {"pbrMetallicRoughness": {"baseColorFactor": _colour(name), "metallicFactor": 0}}
        for name in faces
    ]
    uri = "data:application/octet-stream;base64," + base64.b64encode(data).decode()
    content = {
        "asset": {"version": "2.0"},
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": primitives}],
        "materials": materials,
        "accessors": accessors,
        "bufferViews": views,
        "buffers": [{"uri": uri, "byteLength": len(data)}],
    }
    path.write_text(json.dumps(content))


def write_dae(path: Path) -> None:
    """Write the coloured wedge as a .dae."""
    faces = _faces()
    effects = "".join(
        f'<effect id="{name}-fx"><profile_COMMON><technique sid="common"><lambert><diffuse><color>'
        f"{' '.join(map(str, _colour(name)))}</color></diffuse></lambert></technique>"
        "</profile_COMMON></effect>"
        for name in faces
    )
    materials = "".join(
        f'<material id="{name}" name="{name}"><instance_effect url="#{name}-fx"/></material>'
        for name in faces
    )
    polygons = "".join(
        f'<polylist material="{name}" count="1"><input semantic="VERTEX" source="#v" offset="0"/>'
        f"<vcount>4</vcount><p>{' '.join(map(str, face))}</p></polylist>"
        for name, face in faces.items()
    )
    bindings = "".join(f'<instance_material symbol="{name}" target="#{name}"/>' for name in faces)
    positions = " ".join(f"{x:.9g}" for x in WEDGE.ravel())
    path.write_text(
        '<?xml version="1.0"?><COLLADA xmlns="http://www.collada.org/2005/11/COLLADASchema" '
        'version="1.4.1"><asset><up_axis>Y_UP</up_axis></asset>'
        f"<library_effects>{effects}</library_effects>"
        f"<library_materials>{materials}</library_materials>"
        '<library_geometries><geometry id="g"><mesh><source id="p"><float_array id="pa" '
        f'count="24">{positions}</float_array><technique_common><accessor source="#pa" count="8" '
        'stride="3"><param name="X" type="float"/><param name="Y" type="float"/>'
        '<param name="Z" type="float"/></accessor></technique_common></source><vertices id="v">'
        f'<input semantic="POSITION" source="#p"/></vertices>{polygons}</mesh></geometry>'
        '</library_geometries><library_visual_scenes><visual_scene id="s"><node id="n">'
        '<instance_geometry url="#g"><bind_material><technique_common>'
        f"{bindings}</technique_common></bind_material></instance_geometry></node></visual_scene>"
        '</library_visual_scenes><scene><instance_visual_scene url="#s"/></scene></COLLADA>'
    )
