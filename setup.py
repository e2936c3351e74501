"""A step of the build that pyproject.toml cannot express: the study's own files go into the wheel.

A wheel has them as `synthlib/study_files/`, from where `synthlib init` copies them. A checkout is
read as it is, so an editable install has no such folder.
"""

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

STUDY_FILES = ("notebooks/*.ipynb", "params/**/*.yaml", "constraints.txt")


class BuildWithStudyFiles(build_py):
    """Build the modules, then copy the study's files next to them."""

    def run(self) -> None:
        """Run the step; `build_lib` is the folder that becomes the wheel."""
        super().run()
        if self.editable_mode:
            return
        for path in sorted(path for pattern in STUDY_FILES for path in Path().glob(pattern)):
            target = Path(self.build_lib, "synthlib", "study_files", path)
            self.mkpath(str(target.parent))
            self.copy_file(str(path), str(target))


setup(cmdclass={"build_py": BuildWithStudyFiles})
