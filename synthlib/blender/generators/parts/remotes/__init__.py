"""Parts of remote controls: bodies, and groups of buttons."""
