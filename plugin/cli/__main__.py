"""`python -m plugin.cli` is the `mosaic` command."""

import sys

from plugin.cli import main

sys.exit(main())
