"""`python -m autograd_zoo` is the command `autograd-zoo`."""

import sys

from .cli import main

sys.exit(main())
