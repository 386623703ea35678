"""What a visit is worth, as the owner's file says it: read, or refused line by line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.values_file import MOST_FAULTS, read_values
from recommender.errors import ConfigError

SITE = "https://site.test/"


def values(folder: Path, text: str) -> dict[str, float]:
    file = folder / "values.csv"
    file.write_bytes(text.encode())
    return read_values(file, SITE)


def faults(folder: Path, text: str) -> list[str]:
    with pytest.raises(ConfigError) as raised:
        values(folder, text)
    assert raised.value.exit_code == 2
    return [problem.removeprefix(f"{folder}/") for problem in raised.value.problems]


@pytest.mark.parametrize(
    "text",
    [
        "url,value\nhttps://site.test/shop/,2.5\n/blog,0\n",
        "\ufeffURL , Value\r\nhttps://site.test/shop/,2.5\r\n\r\n/blog,0\r\n",
        "value;url\n2.5;https://site.test/shop/\n0;/blog\n",
        'url,note,value\nhttps://site.test/shop/,"a, b\nc",2.5\n/blog,,0,\n',
        "url,value\nhttps://site.test/shop/,2.5\n,\n/blog,0",
    ],
)
def test_a_file_gives_each_url_its_value(tmp_path: Path, text: str) -> None:
    assert values(tmp_path, text) == {SITE + "shop/": 2.5, SITE + "blog": 0.0}


def test_a_file_without_rows_gives_nothing(tmp_path: Path) -> None:
    assert values(tmp_path, "url,value\n") == {}


def test_all_faults_are_told_at_once_each_with_its_line(tmp_path: Path) -> None:
    text = (
        "url,note,value\n"
        "/a,x,1\n"
        "/b,x,dear\n"
        "/c,x,-1\n"
        "/d,x,nan\n"
        "/e,x,1001\n"
        "shop,x,2\n"
        "/f,x\n"
        "/a,x,3\n"
        "/g,x,\n"
    )
    assert faults(tmp_path, text) == [
        "values.csv:3: value 'dear' is not a number such as 2.5",
        "values.csv:4: value '-1' is not between 0 and 1000",
        "values.csv:5: value 'nan' is not between 0 and 1000",
        "values.csv:6: value '1001' is not between 0 and 1000",
        "values.csv:7: 'shop' is not an address such as https://site.test/ or /path",
        "values.csv:8: has 2 of the columns that the first line names",
        "values.csv:9: https://site.test/a stands on line 2 already",
        "values.csv:10: value '' is not a number such as 2.5",
    ]


def test_a_fault_after_a_cell_of_two_lines_is_told_with_the_line_of_the_file(
    tmp_path: Path,
) -> None:
    (fault,) = faults(tmp_path, 'url,note,value\n/a,"x\ny",1\n/b,,z\n')
    assert fault.startswith("values.csv:4: ")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "values.csv:1: the first line must name the column url and value"),
        ("url,vlaue\n/a,1\n", "the column value; it names url, vlaue"),
        ("/a,1\n/b,2\n", "the column url and value; it names /a, 1"),
        ('url,value\n"/a,1\n', "values.csv:2: is not CSV: unexpected end of data"),
    ],
)
def test_a_file_of_another_shape_is_refused(tmp_path: Path, text: str, expected: str) -> None:
    (fault,) = faults(tmp_path, text)
    assert expected in fault


def test_a_long_list_of_faults_is_cut(tmp_path: Path) -> None:
    found = faults(tmp_path, "url,value\n" + "".join(f"/{n},x\n" for n in range(99)))
    assert len(found) == MOST_FAULTS + 1
    assert found[-1] == "and 79 more"


def test_a_missing_file_is_named_with_its_key(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"recommend\.values .*none\.csv cannot be read"):
        read_values(tmp_path / "none.csv", SITE)


def test_a_file_in_another_encoding_is_a_clear_error(tmp_path: Path) -> None:
    file = tmp_path / "values.csv"
    file.write_bytes("url,value\n/stra\xdfe,1\n".encode("latin-1"))
    with pytest.raises(ConfigError, match="not UTF-8"):
        read_values(file, SITE)


@given(st.text(max_size=60))
def test_any_text_is_either_values_or_a_config_error(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    try:
        found = values(tmp_path_factory.getbasetemp(), f"url,value\n/a,{text}\n")
    except (ConfigError, UnicodeEncodeError):
        return
    assert all(0 <= value <= 1000 for value in found.values())
