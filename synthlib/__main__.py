"""`python -m synthlib`: the same as the command `synthlib`."""

from synthlib.cli import main

if __name__ == "__main__":
    main(prog_name="synthlib")
