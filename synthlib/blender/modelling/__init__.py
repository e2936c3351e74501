"""Tools that generators are written with: shapes, meshes, node graphs, materials and colours."""
