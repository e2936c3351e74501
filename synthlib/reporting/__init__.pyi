from . import figures as figures
from . import sheets as sheets
from . import tables as tables
from . import thesis as thesis
from .save import Report as Report
