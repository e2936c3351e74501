from .browsers import CompositeBrowser as CompositeBrowser, RenderBrowser as RenderBrowser
from .explorer import (
    Explorer as Explorer,
    explore as explore,
    flag_path as flag_path,
    read_flags as read_flags,
)
from .interactive import show_widget as show_widget
from .live_curves import live_training_curves as live_training_curves
