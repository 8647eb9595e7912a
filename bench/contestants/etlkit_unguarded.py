"""etlkit without the guard on integers beyond 64 bits, which would then turn into floats unseen.

Nobody should run it like this; the difference to the other one is what the guard costs.
"""

from __future__ import annotations

from functools import partial

from bench.contestants import etlkit_job


run = partial(etlkit_job.run, exact_integers=False)
