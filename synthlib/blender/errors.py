"""The error of a model that cannot be rendered."""

from synthlib.utils.errors import SynthlibError


class ModelError(SynthlibError):
    """A model cannot be rendered; the message is a sentence that names the file and the fault."""
