from . import figures as figures, sheets as sheets, tables as tables, thesis as thesis
from .save import HOW_TO_READ as HOW_TO_READ, Report as Report
