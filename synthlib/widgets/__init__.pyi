from .browsers import CompositeBrowser as CompositeBrowser
from .browsers import RenderBrowser as RenderBrowser
from .explorer import Explorer as Explorer
from .explorer import explore as explore
from .explorer import flag_path as flag_path
from .explorer import read_flags as read_flags
from .interactive import show_widget as show_widget
from .live_curves import live_training_curves as live_training_curves
