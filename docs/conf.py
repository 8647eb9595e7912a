"""How Sphinx builds the documentation."""

from __future__ import annotations

import re
import sys

from importlib.metadata import version as installed_version
from typing import TYPE_CHECKING

from sphinx.addnodes import pending_xref
from sphinx.util.nodes import make_refnode


if TYPE_CHECKING:
    from docutils.nodes import Element, document
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment


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
autodoc_preserve_defaults = True
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
    (r"py:class", "AbstractContextManager"),  # from contextlib
    (r"py:class", "timedelta"),  # from datetime
    # formats have one of this name, too, which the page on them describes
    (r"py:class", r"etlkit\.expressions\.writing\.KernelCode"),
]


# of two public names that end alike, the one that signatures mean
_meant = {"Batch": "etlkit.records.Batch"}  # the other one is a verb


def say_which_is_meant(_: Sphinx, doctree: document) -> None:
    """Give short names in full where two classes have them."""
    for node in doctree.findall(pending_xref):
        node["reftarget"] = _meant.get(node["reftarget"], node["reftarget"])


def resolve_short_name(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, content: Element
) -> Element | None:
    """Find a public name that a signature or a docstring writes without its module.

    Signatures say ``Record`` and ``Raises:`` says ``SourceNotFound``, as the sources do. A
    name that no page describes stays a broken reference.
    """
    found = {
        (entry.docname, entry.node_id)
        for name, entry in env.get_domain("py").objects.items()
        if name.rpartition(".")[2] == node["reftarget"]
        and entry.objtype in {"class", "data", "exception"}
        and not entry.aliased
    }
    if node.get("refdomain") != "py" or len(found) != 1:
        return None
    ((page, anchor),) = found
    return make_refnode(app.builder, node["refdoc"], page, anchor, content)


def keep_sentences(_: Sphinx, what: str, *args: object) -> None:
    """Keep napoleon from taking the beginning of a sentence with a colon for a type.

    Types are in signatures only, so what stands before a colon is never one. A line that
    begins with a colon says that the type is empty.
    """
    lines = args[-1]
    assert isinstance(lines, list)  # noqa: S101 -- what Sphinx promises
    starts = [0] if what in {"attribute", "data", "property"} else []
    starts += [number for number, line in enumerate(lines, 1) if line.strip() == "Returns:"]
    for number in starts:
        text = lines[number].lstrip()
        lines[number] = lines[number].removesuffix(text) + f": {text}"


def setup(app: Sphinx) -> None:
    """Called by Sphinx once the settings above are read."""
    app.connect("autodoc-process-docstring", keep_sentences, priority=400)  # napoleon has 500
    app.connect("doctree-read", say_which_is_meant)
    app.connect("missing-reference", resolve_short_name)
