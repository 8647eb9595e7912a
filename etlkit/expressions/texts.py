"""Expressions as texts for files that people read, where a plain name is a field."""

from __future__ import annotations

import ast

from etlkit.errors import ExpressionError
from etlkit.expressions.expression import Expression
from etlkit.expressions.parsing import MOST_CHARACTERS, parse_expression


def text_of(expression: Expression) -> str | None:
    """The text that ``parse_expression`` makes an equal expression of.

    Returns:
        None where there is none: the text would be longer, or nested deeper, than is read.

    Example:
        >>> from etlkit import F
        >>> text_of(F.price * F.n > F["least amount"])
        "price * n > F['least amount']"
    """
    written = repr(expression)
    if len(written) > MOST_CHARACTERS:
        return None
    try:
        text = ast.unparse(_Plain().visit(ast.parse(written, mode="eval")))
        same = expression.same_as(parse_expression(text))
    except (ExpressionError, RecursionError):
        return None
    return text if same else None


class _Plain(ast.NodeTransformer):
    """Writes ``name`` for ``F.name``."""

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        self.generic_visit(node)
        of_record = isinstance(node.value, ast.Name) and node.value.id == "F"
        return ast.Name(node.attr) if of_record and node.attr != "F" else node
