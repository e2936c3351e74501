from .composite_browser import CompositeBrowser as CompositeBrowser
from .explorer import (
    Explorer as Explorer,
    explore as explore,
    flag_path as flag_path,
    read_flags as read_flags,
)
from .interactive import show_widget as show_widget
from .live_curves import live_training_curves as live_training_curves
from .render_browser import RenderBrowser as RenderBrowser
