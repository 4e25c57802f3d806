"""``python -m vestnik.cli``: the same as ``vestnik``."""

from vestnik.cli.main import main

if __name__ == "__main__":
    main()
