"""Tables, figures, sheets of images and pages for people.

In: the numbers of `evaluation`, and a study's images. Out: the thesis's tables and figures with
measured and published values, saved by one `Report` as CSV, PNG and one HTML page.

    report = Report(params)
    report.thesis_table(10)
    report.figure(figures.learning_curves_figure(params), "06_answer")
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
