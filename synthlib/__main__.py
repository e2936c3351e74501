"""`python -m synthlib`, equivalent to the command `synthlib`."""

from synthlib.cli import main

if __name__ == "__main__":
    main(prog_name="synthlib")
