"""A file is added to in its own encoding, or not at all."""

from __future__ import annotations

import pytest

from hypothesis import given
from hypothesis import strategies as st

from etlkit.errors import ConfigurationError
from etlkit.formats.text.adding import check_addable


ELSE = "or replace it, or load into another file"


@pytest.mark.parametrize(
    ("before", "encoding"),
    [
        pytest.param(b"n\nAda\n", "utf-8", id="ASCII"),
        pytest.param(b"n\nAda\n", "cp1252", id="ASCII, which most encodings have"),
        pytest.param("n\nZoë\n".encode(), "utf-8", id="UTF-8"),
        pytest.param("\ufeffn\nZoë\n".encode(), "utf-8", id="UTF-8 with a mark"),
        pytest.param("n\nZoë\n".encode("cp1252"), "cp1252", id="one byte a character"),
        pytest.param("名\n猫\n".encode("shift_jis"), "shift_jis", id="several bytes a character"),
        pytest.param("\ufeffn\n".encode("utf-16-le"), "utf-16-le", id="UTF-16 with a mark"),
        pytest.param("n\n".encode("utf-16-be"), "utf-16-be", id="UTF-16 without a mark"),
        pytest.param("\ufeffn\n".encode("utf-32-le"), "utf-32-le", id="UTF-32 with a mark"),
        pytest.param("n\nZoë".encode()[:-1], "utf-8", id="cut off within a character"),
    ],
)
def test_a_file_in_the_same_encoding_is_added_to(before: bytes, encoding: str) -> None:
    """So is one that no byte tells the encoding of."""
    check_addable("out.csv", before, encoding)


@given(
    text=st.text(st.characters(codec="cp1252", exclude_characters="\0"), min_size=1),
    encoding=st.sampled_from(["utf-8", "utf-16-le", "utf-16-be", "utf-32-le"]),
)
def test_what_is_written_in_unicode_can_be_added_to(text: str, encoding: str) -> None:
    """A header is there, with its line end, as whatever is written has one."""
    check_addable("out.csv", f"{text}\n".encode(encoding), encoding)


@pytest.mark.parametrize(
    ("before", "encoding", "message"),
    [
        pytest.param(
            "n\nZoë\n".encode(),
            "cp1252",
            "out.csv: cannot be added to in cp1252, since its content looks like utf-8; pass "
            f"encoding='utf-8', {ELSE}",
            id="UTF-8 as another one",
        ),
        pytest.param(
            "n\nZoë\n".encode("cp1252"),
            "utf-8",
            "out.csv: cannot be added to in utf-8, since its content is not utf-8: 'utf-8' codec "
            "can't decode byte 0xeb in position 4: invalid continuation byte; pass the encoding of "
            f"the file as encoding=..., {ELSE}",
            id="another one as UTF-8",
        ),
        pytest.param(
            "\ufeffn\n".encode("utf-16-be"),
            "utf-16-le",
            "out.csv: cannot be added to in utf-16-le, since it begins with the byte order mark of "
            f"utf-16-be; pass encoding='utf-16-be', {ELSE}",
            id="the other byte order",
        ),
        pytest.param(
            "\ufeffn\n".encode("utf-32-le"),
            "utf-16-le",
            "out.csv: cannot be added to in utf-16-le, since it begins with the byte order mark of "
            f"utf-32-le; pass encoding='utf-32-le', {ELSE}",
            id="UTF-32, whose mark begins as that of UTF-16",
        ),
        pytest.param(
            "\ufeffn\n".encode(),
            "cp1252",
            "out.csv: cannot be added to in cp1252, since it begins with the byte order mark of "
            f"utf-8; pass encoding='utf-8', {ELSE}",
            id="a mark and ASCII",
        ),
        pytest.param(
            b"n\nAda\n",
            "utf-16-le",
            "out.csv: cannot be added to in utf-16-le, since its content looks like utf-8; pass "
            f"encoding='utf-8', {ELSE}",
            id="ASCII as UTF-16",
        ),
        pytest.param(
            "n\n".encode("utf-16-le"),
            "utf-8",
            "out.csv: cannot be added to in utf-8, since its content looks like utf-16-le; pass "
            f"encoding='utf-16-le', {ELSE}",
            id="UTF-16 without a mark",
        ),
    ],
)
def test_a_file_in_another_encoding_is_not_added_to(
    before: bytes, encoding: str, message: str
) -> None:
    """Nobody could read all of it afterwards."""
    with pytest.raises(ConfigurationError) as caught:
        check_addable("out.csv", before, encoding)

    assert str(caught.value) == message


def test_a_format_of_one_encoding_says_so() -> None:
    """There is no option to pass."""
    with pytest.raises(ConfigurationError) as caught:
        check_addable("out.jsonl", b"\xff\xfe{\0}\0", "utf-8", has_choice=False)

    assert str(caught.value) == (
        "out.jsonl: cannot be added to in utf-8, since it begins with the byte order mark of "
        "utf-16-le; replace it, or load into another file; the format is written in utf-8 only"
    )
