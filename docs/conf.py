"""How Sphinx builds the documentation."""

from __future__ import annotations

import re
import sys

from importlib.metadata import version as installed_version


project = "etlkit"
author = "The etlkit authors"
copyright = "2026, The etlkit authors"
release = installed_version("etlkit")
version = release

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"etlkit {release}"

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
napoleon_google_docstring = True
napoleon_numpy_docstring = False

# Copying a console example copies what is typed, not what is printed.
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

# The build needs no network, so names of the standard library and of the
# requirements cannot be looked up. Names of etlkit have to resolve.
_foreign = "|".join(map(re.escape, [*sorted(sys.stdlib_module_names), "attr", "attrs", "fsspec"]))
nitpick_ignore_regex = [
    (r"py:.*", rf"({_foreign})(\..*)?"),
    (r"py:.*", r"typing_extensions\..*"),
]
