from . import figures as figures, sheets as sheets, tables as tables, thesis as thesis
from .save import Report as Report
