"""What a model can be refused for."""


class ModelError(ValueError):
    """A model cannot be rendered. The message is a sentence that names the file and the fault."""
