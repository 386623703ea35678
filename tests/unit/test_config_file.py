"""The configuration is strict, and tells every fault with its line and its remedy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from jobs.config_faults import PATTERNS, keys_of, pattern_choices
from jobs.config_file import choose, parse_config, read_config, smtp_password
from recommender.config import Config, PageType, PropertyConfig, SmtpConfig
from recommender.errors import ConfigError

EXAMPLE = Path(__file__).parents[2] / "config.example.yaml"
PLACE = Path("config.yaml")

SMALLEST = """\
data_dir: ./data
properties:
  - name: example
    site: https://www.example.com/
    search_console: {source: none}
"""


def problems_of(text: str) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as raised:
        parse_config(text, PLACE)
    return raised.value.problems


def with_crawl(line: str) -> str:
    return SMALLEST + f"    crawl:\n      {line}\n"


# --- What works -----------------------------------------------------------------------------


def test_the_smallest_configuration_of_the_design_works() -> None:
    config = parse_config(SMALLEST, PLACE)
    assert [p.name for p in config.properties] == ["example"]
    assert config.properties[0].crawl.max_pages == 100_000


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(SMALLEST, encoding="utf-8-sig")
    assert read_config(file).properties[0].name == "example"


def test_a_time_after_noon_needs_no_quotes() -> None:
    config = parse_config(SMALLEST + "schedule: {weekly_at: 15:30}\n", PLACE)
    assert config.schedule.weekly_at == "15:30"


def test_the_word_no_is_a_word_and_not_false() -> None:
    text = SMALLEST.replace("{source: none}", "{brand_terms: [no, on], countries: [nor]}")
    assert parse_config(text, PLACE).properties[0].search_console.brand_terms == ("no", "on")


def test_an_alias_repeats_what_its_anchor_says() -> None:
    text = (
        "properties:\n  - {name: a, site: https://a.example/, crawl: &slow {delay_s: 5}}\n"
        "  - {name: b, site: https://b.example/, crawl: {<<: *slow, max_depth: 3}}\n"
    )
    second = parse_config(text, PLACE).properties[1].crawl
    assert (second.delay_s, second.max_depth) == (5.0, 3)


def test_relative_paths_start_at_the_folder_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(
        "data_dir: facts\n"
        "properties:\n"
        "  - name: example\n"
        "    site: https://www.example.com/\n"
        "    search_console: {source: api, credentials_file: keys/account.json}\n"
        "    digest: {folder: ../mails}\n"
        "    recommend: {values: values.csv}\n"
        "    crawl: {source: folder, folder: ./pages}\n"
        "smtp: {password_file: /run/secrets/smtp, ca_file: ca.pem}\n"
    )
    config = read_config(file)
    assert config.data_dir == tmp_path / "facts"
    assert config.properties[0].search_console.credentials_file == tmp_path / "keys/account.json"
    assert config.properties[0].digest.folder == tmp_path / "../mails"
    assert config.properties[0].recommend.values == tmp_path / "values.csv"
    assert config.properties[0].crawl.folder == tmp_path / "pages"
    assert config.smtp.password_file == Path("/run/secrets/smtp")
    assert config.smtp.ca_file == tmp_path / "ca.pem"


def test_the_default_data_folder_lies_beside_the_file(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("properties: [{name: a, site: https://a.example/}]\n")
    assert read_config(file).data_dir == tmp_path / "data"


# --- Faults ---------------------------------------------------------------------------------


def test_every_fault_is_told_at_once_in_the_order_of_the_file() -> None:
    text = (
        "dat_dir: ./data\n"
        "properties:\n"
        "  - name: My Site\n"
        "    site: www.example.com\n"
        "    crawl:\n"
        "      dealy_s: 2\n"
        "      timeout_s: 0\n"
        "schedule: {weekly_on: monday}\n"
    )
    assert problems_of(text) == (
        "config.yaml:1: dat_dir: unknown key; did you mean data_dir?",
        (
            "config.yaml:3: properties[0].name: must be lower-case letters, digits, - and _, "
            "with a letter or a digit first (is 'My Site')"
        ),
        (
            "config.yaml:4: properties[0].site: 'www.example.com' is not an address such as "
            "https://www.example.com/"
        ),
        "config.yaml:6: properties[0].crawl.dealy_s: unknown key; did you mean delay_s?",
        "config.yaml:7: properties[0].crawl.timeout_s: must be more than 0 (is 0)",
        (
            "config.yaml:8: schedule.weekly_on: must be mon, tue, wed, thu, fri, sat or sun "
            "(is 'monday'); did you mean mon?"
        ),
    )


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("delay_s: -1", "delay_s: must be at least 0 (is -1)"),
        ("delay_s: 61", "delay_s: must be at most 60 (is 61)"),
        ("max_pages: many", "max_pages: must be a whole number (is 'many')"),
        ("max_pages: 1.5", "max_pages: must be a whole number (is 1.5)"),
        ("max_pages: true", "max_pages: must be a number, not true or false"),
        ("delay_s: False", "delay_s: must be a number, not true or false"),
        ("timeout_s: soon", "timeout_s: must be a number (is 'soon')"),
        ("timeout_s:", "timeout_s: is empty; give it a value or leave the key out"),
        ("user_agent: ''", "user_agent: must not be empty"),
        ("user_agent: 7", "user_agent: must be text; put it in quotes (is 7)"),
        (
            "exclude_selectors: nav",
            "exclude_selectors: must be a list, such as [one, two] (is 'nav')",
        ),
        ("seed: 1", "seed: unknown key here; it belongs under properties.recommend"),
        (
            "timezone: UTC",
            "timezone: unknown key here; it belongs under properties.schedule or under schedule",
        ),
        ("delay_s: 2 # twice\n      delay_s: 3", "delay_s: given twice; first on line 7"),
    ],
)
def test_a_fault_is_a_plain_sentence(line: str, sentence: str) -> None:
    (problem,) = problems_of(with_crawl(line))
    at = 8 if "twice" in line else 7
    assert problem == f"config.yaml:{at}: properties[0].crawl.{sentence}"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("    site: https://www.example.com/\n", "", "3: properties[0].site: is missing"),
        ("{source: none}", "[none]", "5: properties[0].search_console: must be a mapping"),
        ("{source: none}", "{source: apii}", "bigquery or none (is 'apii'); did you mean api?"),
        ("{source: none}", "{countries: [germany]}", "not a three-letter country code"),
        ("./data", "[data]", "1: data_dir: must be a path (is a list)"),
        ("name: example", "name: 2024", "must be text; put it in quotes (is 2024)"),
        ("name: example", "1: example", "properties[0][1]: must be a word"),
    ],
)
def test_a_wrong_shape_is_told_with_its_line(old: str, new: str, expected: str) -> None:
    assert any(expected in problem for problem in problems_of(SMALLEST.replace(old, new)))


@pytest.mark.parametrize(
    ("ban", "expected"),
    [
        ("{from: /blog/*}", "6: properties[0].recommend.bans[0].to: is missing"),
        ("{form: /blog/*, to: /shop/*}", "bans[0].form: unknown key; did you mean from?"),
        ("{from: 7, to: /shop/*}", "bans[0].from: must be text; put it in quotes (is 7)"),
    ],
)
def test_a_wrong_ban_is_told_in_the_words_of_the_file(ban: str, expected: str) -> None:
    problems = problems_of(SMALLEST + f"    recommend: {{bans: [{ban}]}}\n")
    assert any(expected in problem for problem in problems)


def test_a_key_unlike_any_other_is_answered_with_the_known_keys() -> None:
    (problem,) = problems_of(SMALLEST + "zzz: 1\n")
    assert problem == (
        "config.yaml:6: zzz: unknown key; "
        "known are data_dir, database_url, facts_url, engine, spark_master, properties, smtp, "
        "schedule"
    )


def test_no_property_at_all_is_a_fault() -> None:
    (problem,) = problems_of("data_dir: ./data\nproperties: []\n")
    assert problem == ("config.yaml:2: properties: must have at least 1 entry (is an empty list)")


def test_a_name_given_twice_is_told_beside_other_faults() -> None:
    text = SMALLEST + "  - {name: example, site: https://b.example/, crawl: {delay_s: -1}}\n"
    assert problems_of(text) == (
        "config.yaml:6: properties[1].crawl.delay_s: must be at least 0 (is -1)",
        "config.yaml:6: properties[1].name: 'example' is the name of properties[0] too",
    )


def test_a_name_given_twice_is_enough_to_refuse() -> None:
    assert len(problems_of(SMALLEST + "  - {name: example, site: https://b.example/}\n")) == 1


def test_a_password_in_the_file_is_refused_and_never_repeated() -> None:
    (problem,) = problems_of(SMALLEST + "smtp: {password: hunter2}\n")
    assert "did you mean password_" in problem
    assert "hunter2" not in problem


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("properties:\n\t- name: a\n", "config.yaml:2: a tab stands here"),
        ("data_dir: 'open\n", "config.yaml:2: found unexpected end of stream"),
        ("data_dir: a: b\n", "config.yaml:1: mapping values are not allowed here"),
        ("a: 1\n---\nb: 2\n", "config.yaml:2: but found another document"),
        ("a: !!python/name:os.system ''\n", "config.yaml:1: could not determine a constructor"),
        ("? [a]\n: b\n", "config.yaml:1: "),
        ("data_dir: \x07\n", "config.yaml:1: special characters are not allowed"),
        ("- name: example\n", "config.yaml:1: must hold keys"),
        ("just words\n", "config.yaml:1: must hold keys"),
    ],
)
def test_what_is_not_yaml_is_told_with_its_line(text: str, expected: str) -> None:
    (problem,) = problems_of(text)
    assert problem.startswith(expected)


@pytest.mark.parametrize("text", ["", "# only a comment\n", "---\n"])
def test_an_empty_file_is_answered_with_the_command_that_writes_one(text: str) -> None:
    with pytest.raises(ConfigError, match=r"config\.yaml .*\n?.*linkwright init|must hold keys"):
        parse_config(text, PLACE)


def test_a_missing_file_is_answered_with_the_command_that_writes_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no configuration") as raised:
        read_config(tmp_path / "config.yaml")
    assert "linkwright init" in raised.value.hint
    assert raised.value.exit_code == 2


def test_a_folder_in_place_of_the_file_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        read_config(tmp_path)


def test_a_file_in_another_encoding_is_a_clear_error(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_bytes("data_dir: ./données\n".encode("latin-1"))
    with pytest.raises(ConfigError, match="not UTF-8"):
        read_config(file)


@given(st.text(max_size=80))
def test_any_text_is_either_a_configuration_or_a_config_error(text: str) -> None:
    with pytest.raises(ConfigError):
        parse_config(text, PLACE)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["properties", "name", "site", "crawl", "smtp", "page_types", "x"]),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
def test_any_document_is_either_a_configuration_or_faults_with_lines(document: object) -> None:
    text = yaml.safe_dump(document)
    try:
        parse_config(text, PLACE)
    except ConfigError as error:
        lines = text.count("\n") + 1
        for problem in error.problems:
            matched = re.match(r"config\.yaml:(\d+): \S", problem)
            assert matched is not None
            assert 1 <= int(matched[1]) <= lines


def sections_of(section: type[BaseModel]) -> Iterator[type[BaseModel]]:
    yield section
    for field in section.model_fields.values():
        for part in (field.annotation, *getattr(field.annotation, "__args__", ())):
            if isinstance(part, type) and issubclass(part, BaseModel):
                yield from sections_of(part)


def test_every_pattern_of_the_models_is_told_in_words() -> None:
    patterns = {
        constraint.pattern
        for section in sections_of(Config)
        for field in section.model_fields.values()
        for constraint in field.metadata
        if getattr(constraint, "pattern", None)
    }
    assert patterns
    assert all(p in PATTERNS or pattern_choices(p) for p in patterns)


# --- Choosing a property, finding the password ----------------------------------------------

TWO = "properties:\n  - {name: shop, site: https://a.example/}\n  - {name: blog, site: https://b.example/}\n"


def test_without_a_name_all_properties_are_chosen() -> None:
    assert [p.name for p in choose(parse_config(TWO, PLACE), None)] == ["shop", "blog"]


def test_a_name_chooses_its_property() -> None:
    assert [p.name for p in choose(parse_config(TWO, PLACE), "blog")] == ["blog"]


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="did you mean blog") as raised:
        choose(parse_config(TWO, PLACE), "blogg")
    assert raised.value.hint == "the configuration names shop, blog"


def test_a_server_without_login_needs_no_password() -> None:
    assert smtp_password(SmtpConfig(host="mail.example.com"), {}) == ""


def test_the_password_comes_from_the_environment() -> None:
    smtp = SmtpConfig(username="digest", password_env="MAIL_SECRET")
    assert smtp_password(smtp, {"MAIL_SECRET": "a secret"}) == "a secret"


def test_a_password_file_goes_before_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("from the file\n")
    smtp = SmtpConfig(username="digest", password_file=file)
    environ = {"LINKWRIGHT_SMTP_PASSWORD": "from the environment"}
    assert smtp_password(smtp, environ) == "from the file"


def test_a_login_without_password_is_an_error_that_says_where_to_put_it() -> None:
    with pytest.raises(ConfigError, match="LINKWRIGHT_SMTP_PASSWORD holds no password"):
        smtp_password(SmtpConfig(username="digest"), {})


def test_a_missing_password_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    smtp = SmtpConfig(username="digest", password_file=tmp_path / "secret")
    with pytest.raises(ConfigError, match="secret cannot be read"):
        smtp_password(smtp, {})


# --- Several properties -----------------------------------------------------------------------


def test_a_property_runs_when_it_says_and_else_when_the_file_does() -> None:
    config = parse_config(
        "schedule: {timezone: Europe/Berlin, daily_at: '04:00'}\n"
        "properties:\n"
        "  - {name: a, site: https://a.example/}\n"
        "  - {name: b, site: https://b.example/, schedule: {weekly_on: fri, daily_at: '05:30'}}\n",
        PLACE,
    )
    usual, own = map(config.schedule_of, config.properties)
    assert usual == config.schedule
    assert (own.timezone, own.daily_at, own.weekly_on) == ("Europe/Berlin", "05:30", "fri")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("www.example.com", "is not a property such as"),
        ("https://www.example.com", "ends in a slash"),
        ("https://www.example.com/blog", "ends in a slash"),
        ("https://www.example.com/?a=/", "ends in a slash"),
        ("sc-domain:https://example.com/", "is not a domain property such as"),
        ("sc-domain:example", "is not a domain property such as"),
        ("sc_domain:example.com", "is not a property such as"),
    ],
)
def test_a_property_that_search_console_would_not_know_is_a_fault(name: str, said: str) -> None:
    for key in (f"property: '{name}'", f"further_properties: ['{name}']"):
        (problem,) = problems_of(SMALLEST.replace("source: none", key))
        assert problem.startswith("config.yaml:")
        assert f"{name!r} {said}" in problem or f"{name!r} is a URL-prefix property" in problem
        assert said in problem


def test_the_properties_of_a_site_are_named_once_and_the_main_one_first() -> None:
    config = parse_config(
        SMALLEST.replace(
            "source: none",
            "further_properties: ['https://www.example.com/a/', 'https://www.example.com/']",
        ),
        PLACE,
    )
    assert config.properties[0].search_console_properties == (
        "https://www.example.com/",
        "https://www.example.com/a/",
    )


def scope(**section: object) -> str:
    known = {"name": "a", "site": "https://a.example/", "search_console": section}
    return PropertyConfig.model_validate(known).search_scope


def test_the_results_that_count_have_a_name_and_all_of_the_web_none() -> None:
    assert scope() == ""
    assert scope(search_type="image") == "search-image"
    selected = {"search_type": "image", "countries": ["usa", "DEU"], "devices": ["mobile"]}
    assert scope(**selected) == "search-image-deu-usa-mobile"
    assert scope(**selected) == scope(**{**selected, "countries": ["deu", "USA"]})
    many = [f"a{a}{b}" for a in "abcdef" for b in "abcdef"]
    assert len({scope(countries=many[:n]) for n in (30, 31, 36)}) == 3
    assert len(scope(countries=many)) < 100


# --- The example shows everything -----------------------------------------------------------


def everything() -> dict[str, object]:
    """The example with every commented-out key made a key."""
    text = re.sub(r"(?m)^( *)# ( *(?:- )?[a-z_]+:(?: |$))", r"\1\2", EXAMPLE.read_text())
    parse_config(text, EXAMPLE)
    loaded = yaml.safe_load(text)
    assert isinstance(loaded, dict)
    return loaded


def shown_in(value: object, section: type[BaseModel]) -> Iterator[str]:
    """Yield the keys of ``section`` and the sections in it that the example does not show."""
    assert isinstance(value, dict)
    for name, field in keys_of(section).items():
        if name not in value:
            yield f"{section.__name__}.{name}"
            continue
        for part in (field.annotation, *getattr(field.annotation, "__args__", ())):
            if isinstance(part, type) and issubclass(part, BaseModel):
                inner = value[name]
                yield from shown_in(inner[0] if isinstance(inner, list) else inner, part)


def test_the_example_loads() -> None:
    assert read_config(EXAMPLE).properties[0].site == "https://www.example.com/"


def test_the_example_shows_every_key() -> None:
    assert list(shown_in(everything(), Config)) == []


def test_every_value_in_the_example_is_the_default() -> None:
    shown = parse_config(EXAMPLE.read_text(), PLACE)
    plain = parse_config("properties: [{name: example, site: 'https://www.example.com/'}]\n", PLACE)
    assert shown == plain


def test_the_page_type_in_the_example_shows_the_defaults() -> None:
    properties = everything()["properties"]
    assert isinstance(properties, list)
    (entry,) = properties[0]["page_types"]
    assert PageType(**entry) == PageType(pattern=entry["pattern"])


def test_every_key_in_the_example_has_its_sentence() -> None:
    keys = [
        line
        for line in EXAMPLE.read_text().splitlines()
        if re.match(r" *(?:# )? *(?:- )?[a-z_]+: +\S", line)
    ]
    assert len(keys) > 50
    assert [line for line in keys if not re.search(r"\S +# [^\s#].{5,}", line)] == []
