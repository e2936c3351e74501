"""Tools that generators are written with: shapes, meshes, node graphs, materials and colours.

In: dimensions in metres, colours, and a random generator. Out: shapes as numpy arrays, their
materials, and one mesh object of them in Blender's current scene.

- `shapes`: closed shells as numpy arrays, lofted, swept, extruded or lathed. Read this first.
- `meshes`: shapes as one mesh object, and text as a shape.
- `node_graph`: materials written as arithmetic on procedural textures.
- `materials`, `colours`: materials that generators share, and linear RGB colours.
- `random_textures`: random materials instead of an object's own, against texture bias.
"""
