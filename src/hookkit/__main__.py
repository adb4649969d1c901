"""``python -m hookkit``."""

import sys

from hookkit.cli import main

sys.exit(main())
