"""Scenes of the demo's stand-in photographs and backgrounds, and the camera that takes them."""
