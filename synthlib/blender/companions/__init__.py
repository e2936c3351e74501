"""Companions of an object, and occluders: the other things in photographs of its class.

`group` chooses and places them, `placement` finds places where they do not intersect, and `things`
and `people` build those that no generator of a class builds.
"""
