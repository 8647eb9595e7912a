"""`python -m verbs`, in the folder ``tests``: write the page of the documentation anew."""

from __future__ import annotations

from verbs.page import PAGE, page


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
