"""The directory of people: nobody is guessed, nobody is there twice."""

import itertools
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from productops.errors import ConfigError
from productops.sdk import HeldValueError, People, Row, User

WORD = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
SEEN = st.lists(
    st.tuples(
        st.sampled_from(["jira", "notion", "airtable"]),
        st.builds(
            User,
            st.sampled_from("12345"),
            st.sampled_from([None, "Ada Example", "ADA  example", "Ben", "José", "Jose"]),
            st.sampled_from([None, "ada@example.com", "Ada@Example.com", "ben@example.com"]),
        ),
    ),
    max_size=12,
)


def drafted(*seen: tuple[str, User]) -> People:
    people = People()
    for system, user in seen:
        people.seen(system, user)
    return people


@settings(max_examples=100)
@given(SEEN)
def test_no_id_and_no_e_mail_is_ever_in_two_rows(seen: list[tuple[str, User]]) -> None:
    people = drafted(*seen)
    ids = [(system, id_) for row in people for system, id_ in row.ids.items()]
    assert len(ids) == len(set(ids))
    assert set(ids) == {(system, user.id) for system, user in seen}
    again = People(Row(row.name, row.email, dict(row.ids)) for row in people)  # refuses doubles
    assert again.to_csv() == people.to_csv()


@given(SEEN)
def test_who_was_seen_is_found_again_without_a_new_row(seen: list[tuple[str, User]]) -> None:
    people = drafted(*seen)
    rows = len(people)
    for system, user in seen:
        assert people.seen(system, user).ids[system] == user.id
    assert len(people) == rows


ADA_HIDDEN = ("jira", User("j1", "Ada Example"))
ADA_SHOWN = ("airtable", User("a1", "Ada Example", "ada@example.com"))
ADA_NOTION = ("notion", User("n1", "ADA EXAMPLE", "Ada@Example.com"))


@pytest.mark.parametrize("order", list(itertools.permutations([ADA_HIDDEN, ADA_SHOWN, ADA_NOTION])))
def test_drafting_gives_one_row_in_whatever_order_services_are_read(order: tuple[tuple[str, User], ...]) -> None:
    people = drafted(*order)
    assert [row.ids for row in people] == [{"jira": "j1", "airtable": "a1", "notion": "n1"}]
    assert people.user("jira", "ada@example.com").id == "j1"


def test_a_name_joins_only_when_one_row_has_it() -> None:
    people = drafted(
        ("airtable", User("a1", "Ada Example", "ada@example.com")),
        ("airtable", User("a2", "Ada Example", "ada.two@example.com")),
        ("jira", User("j1", "Ada Example")),
    )
    assert [row.ids for row in people] == [{"airtable": "a1"}, {"airtable": "a2"}, {"jira": "j1"}]


def test_people_of_one_name_and_two_e_mails_stay_two() -> None:
    people = drafted(
        ("airtable", User("a1", "Ada Example", "ada@example.com")),
        ("jira", User("j1", "Ada Example", "ada@other.example.com")),
    )
    assert len(people) == 2
    assert people.find({"name": "Ada Example", "email": "third@example.com"}) is None
    assert people.find({"name": "Ada Example", "email": "ada@other.example.com"}).ids == {"jira": "j1"}


def test_the_wrong_e_mail_is_not_overruled_by_the_right_name() -> None:
    people = drafted(ADA_SHOWN)
    assert people.find({"name": "Ada Example", "email": "another.ada@example.com"}) is None
    assert people.find({"name": "Ada Example", "email": None}) is people.rows[0]


def test_a_second_account_with_the_same_e_mail_keeps_to_itself() -> None:
    people = drafted(
        ("jira", User("old", "Ada", "ada@example.com", active=False)), ("jira", User("new", "Ada", "ada@example.com"))
    )
    assert [(row.email, row.ids) for row in people] == [("ada@example.com", {"jira": "old"}), (None, {"jira": "new"})]
    assert people.user("jira", "ada@example.com").id == "old"


def test_case_and_composition_do_not_count_but_accents_do() -> None:
    people = drafted(("notion", User("n1", "Jose\u0301 GROSS")))
    assert people.find("  josé   groß ") is people.rows[0]
    assert people.find("Jose Gross") is None


def test_a_row_is_completed_when_a_service_shows_more() -> None:
    people = drafted(("jira", User("j1")), ("jira", User("j1", "Ada", "ada@example.com")))
    assert people.rows == [Row("Ada", "ada@example.com", {"jira": "j1"})]
    assert people.find("ada@example.com") is people.find("Ada") is people.rows[0]


def test_a_corrected_row_is_not_overwritten() -> None:
    people = People([Row("Ada Corrected", "ada@example.com", {"jira": "j1"})])
    people.seen("jira", User("j1", "ada.old", "old@example.com"))
    assert people.rows == [Row("Ada Corrected", "ada@example.com", {"jira": "j1"})]


def test_unmatched_people_are_held_and_counted() -> None:
    people = drafted(ADA_SHOWN)
    for _ in range(3):
        with pytest.raises(HeldValueError, match="Ada Example has no jira account in the people directory"):
            people.user("jira", {"name": "Ada Example", "email": "ada@example.com"})
    with pytest.raises(HeldValueError, match=r"zoe@example\.com"):
        people.user("jira", "zoe@example.com")
    with pytest.raises(HeldValueError, match="somebody"):
        people.user("jira", {"name": None, "email": None})
    assert people.unmatched == {("jira", "Ada Example"): 3, ("jira", "zoe@example.com"): 1, ("jira", "somebody"): 1}


def test_a_service_that_takes_e_mails_needs_no_id() -> None:
    people = drafted(ADA_NOTION)
    assert people.user("airtable", "ada@example.com", by_email=True).email == "Ada@Example.com"
    assert people.user("airtable", {"name": "Z", "email": "z@example.com"}, by_email=True).email == "z@example.com"
    with pytest.raises(HeldValueError):
        people.user("airtable", "Zoe", by_email=True)
    assert people.unmatched == {("airtable", "Zoe"): 1}


@pytest.mark.parametrize(
    ("second", "message"),
    [
        (Row("Ben", None, {"jira": "1"}), "Two people have the jira id '1'"),
        (Row("Ben", "ADA@example.com"), "Two people have the e-mail 'ADA@example.com'"),
    ],
)
def test_doubles_are_refused(second: Row, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        People([Row("Ada", "ada@example.com", {"jira": "1"}), second])


def test_rows_read_as_people() -> None:
    assert [
        str(row) for row in (Row("A", "a@example.com"), Row(None, "a@example.com"), Row(ids={"jira": "7"}), Row())
    ] == [
        "A",
        "a@example.com",
        "7",
        "somebody",
    ]
    assert repr(People([Row("A")])) == "<People 1>"


HOSTILE = [
    'Ada "the\nOne", Example',
    '=HYPERLINK("http://example.com")',
    "+1",
    "-2",
    "@SUM(A1)",
    "a\r\nb",
    "a\rb",
    "'quoted'",
    "tab\there",
    "semi;colon",
    "\ufeffBOM inside",
    "日本語",
    "\x00nul",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_survive_the_file_unharmed(tmp_path: Path, name: str) -> None:
    path = tmp_path / "people.csv"
    People([Row(name, "x@example.com", {"jira": name}), Row("Ben", None, {"notion": "2"})]).to_csv(path)
    assert Row(name, "x@example.com", {"jira": name}) in list(People.from_csv(path))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.tuples(WORD, WORD), max_size=4, unique_by=lambda pair: pair[1].strip()))
def test_the_file_keeps_everything_but_outer_spaces(tmp_path: Path, pairs: list[tuple[str, str]]) -> None:
    path = tmp_path / "people.csv"
    people = People(Row(name.strip() or None, None, {"jira": id_.strip()}) for name, id_ in pairs if id_.strip())
    text = people.to_csv(path)
    assert People.from_csv(path).to_csv() == text
    assert path.read_bytes().decode() == text


def test_spreadsheet_programs_may_have_had_the_file(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes("\ufeffName; Email ;jira\r\nAda;ada@example.com; 7 \r\n;;\r\n\r\n".encode())
    assert [(row.name, row.email, row.ids) for row in People.from_csv(path)] == [
        ("Ada", "ada@example.com", {"jira": "7"})
    ]
    path.write_text("name,email,jira\nAda\n", encoding="utf-8")
    assert list(People.from_csv(path)) == [Row("Ada")]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"who,mail\n", "is not a people directory"),
        (b"", "is not a people directory"),
        (b"name,email\nJos\xe9,\n", "CSV UTF-8"),
        (b"name,email\nAda,a@example.com,,7\n", "line 2: The line has more columns"),
        (b'name,email\n"A\nda",a@example.com\nB,A@example.com\n', r"line 4: Two people have the e-mail"),
    ],
)
def test_a_file_that_is_none_says_what_to_do(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=message):
        People.from_csv(path)


def test_a_failed_save_leaves_the_corrected_file(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    People([Row("Ada")]).to_csv(path)
    with pytest.raises(UnicodeEncodeError):
        People([Row("\ud800")]).to_csv(path)
    assert list(People.from_csv(path)) == [Row("Ada")]
