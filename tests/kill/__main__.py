"""Entry point: ``python tests/kill``; alone in its file, as worker processes of a build import the running script."""

import sys

from rounds import main

if __name__ == "__main__":
    sys.exit(main())
