"""Figures: each function draws on the Axes that it is given.

Colours are colour-blind safe (Okabe and Ito's palette; viridis and cividis for magnitudes). Figures
of stand-in photographs carry the word STAND-IN in their pixels.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
