"""``python -m productops`` is ``productops``."""

from productops.cli import main

if __name__ == "__main__":
    main()
