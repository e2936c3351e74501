"""`python -m synthlib`: the same as the command `synthlib`."""

import sys


def main() -> None:
    """The command line; a file of classes that cannot be read ends it with a sentence."""
    try:
        from synthlib.cli import main as commands
    except ValueError as error:  # synthlib.classes reads the user's file when it is imported
        sys.exit(f"Error: {error}")
    commands(prog_name="synthlib")


if __name__ == "__main__":
    main()
