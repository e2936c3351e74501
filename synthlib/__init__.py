"""synthlib: how much real data can rendered data replace?

Renders 3D objects, composites them into photographs while a model trains, trains ResNets from
scratch on real, synthetic and mixed data, and tests them on real photographs: the study of the
thesis "Benchmarking Visual Synthetic vs Real data in DL models", rerun beside its numbers.
"""

__version__ = "0.1.0"
