"""The main job with verbs, without the guard on integers beyond 64 bits.

Nobody should run it like this; the difference to the other one is what the guard costs.
"""

from __future__ import annotations

from functools import partial

from bench.contestants import etlkit_verbs


run = partial(etlkit_verbs.run, exact_integers=False)
