"""Values of properties: every type written and read, long lists cut, what is computed, and what is refused."""

import pytest

from notion_shapes import words
from productops.testing.sandbox.notion.reads import CUT


@pytest.fixture
def page(ideas):
    return ideas.rows()[0]["#"]


@pytest.mark.parametrize(
    ("name", "sent", "said"),
    [
        ("Name", {"title": words("Light mode")}, "Light mode"),
        ("Name", {"title": []}, ""),
        ("Notes", {"rich_text": words("so")}, "so"),
        ("Notes", {"rich_text": [{"type": "equation", "equation": {"expression": "e=mc^2"}}]}, "e=mc^2"),
        ("Stage", {"select": {"name": "Building"}}, "Building"),
        ("Stage", {"select": {"name": "New one"}}, "New one"),
        ("Stage", {"select": None}, None),
        ("State", {"status": {"name": "Done"}}, "Done"),
        ("State", {"status": None}, "Open"),
        ("Tags", {"multi_select": [{"name": "mobile"}, {"name": "web"}]}, ["mobile", "web"]),
        ("Votes", {"number": 2.5}, 2.5),
        ("Votes", {"number": None}, None),
        ("Due", {"date": {"start": "2026-02-03"}}, "2026-02-03"),
        ("Due", {"date": None}, None),
        ("Ready", {"checkbox": True}, True),
        ("Link", {"url": "https://example.com"}, "https://example.com"),
        ("Mail", {"email": "ada@example.com"}, "ada@example.com"),
        ("Phone", {"phone_number": "+49 30 1"}, "+49 30 1"),
    ],
)
def test_a_value_goes_in_and_comes_out(client, ideas, page, name, sent, said):
    shown = client.pages.update(page, properties={name: sent})["properties"][name]
    assert ideas.row(page)[name] == said
    assert client.pages.retrieve(page)["properties"][name] == shown
    # and what was read may be written, by the property's id
    again = client.pages.update(page, properties={shown["id"]: {shown["type"]: shown[shown["type"]]}})
    assert again["properties"][name] == shown


def test_people_files_places_and_verification(client, page, notion):
    bo = next(one for one in notion.world.users.values() if one.name == "Bo Falk")
    files = [{"name": "plan.pdf", "external": {"url": "https://example.com/plan.pdf"}}]
    where = {"lat": 52.5, "lon": 13.4, "address": "Berlin"}
    shown = client.pages.update(
        page,
        properties={
            "Owner": {"people": [{"object": "user", "id": bo.id}]},
            "Files": {"files": files},
            "Where": {"place": where},
            "Checked": {"verification": {"state": "verified", "date": {"start": "2026-01-01"}}},
        },
    )["properties"]
    assert shown["Owner"]["people"][0]["person"] == {"email": "bo@example.com"}
    assert shown["Files"]["files"] == [{"name": "plan.pdf", "type": "external", "external": files[0]["external"]}]
    nothing = {"name": None, "aws_place_id": None, "google_place_id": None}
    assert shown["Where"]["place"] == {**where, **nothing}
    assert shown["Checked"]["verification"]["verified_by"]["name"] == "Ada Lind"


def test_moments_come_back_to_the_minute_with_their_offset(client, page):
    def due(**date):
        return client.pages.update(page, properties={"Due": {"date": date}})["properties"]["Due"]["date"]

    assert due(start="2026-06-27T18:01:15.377824", time_zone="Europe/London") == {
        "start": "2026-06-27T18:01:00.000+01:00", "end": None, "time_zone": None,
    }  # fmt: skip
    assert due(start="2024-11-25T14:08:00Z", end="2024-11-26T01:00:00+02:00") == {
        "start": "2024-11-25T14:08:00.000+00:00", "end": "2024-11-26T01:00:00.000+02:00", "time_zone": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "sent", "said"),
    [
        ("Nothing", {"number": 1}, "Nothing is not a property that exists."),
        ("Votes", {"title": words("x")}, "Votes is expected to be number."),
        ("Votes", {"number": "3"}, "body.properties.Votes.number should be a number or `null`"),
        ("Link", {"url": ""}, "body.properties.Link.url.length should be ≥ `1`, instead was `0`."),
        ("Link", {"url": "https://" + "x" * 2000}, "body.properties.Link.url.length should be ≤ `2000`"),
        ("Mail", {"email": "x" * 201}, "body.properties.Mail.email.length should be ≤ `200`, instead was `201`."),
        ("Phone", {"phone_number": "1" * 201}, "≤ `200`"),
        ("Tags", {"multi_select": [{"name": "a"}] * 101}, "should be ≤ `100`, instead was `101`."),
        ("Stage", {"select": {"name": "a, b"}}, "commas not allowed"),
        ("State", {"status": {"name": "Nowhere"}}, 'Status option "Nowhere" does not exist'),
        ("Due", {"date": {"start": "soon"}}, "body.properties.Due.date.start should be a valid ISO 8601 date string"),
        ("Due", {"date": {"start": "2026-01-01", "end": "2026-01-02T10:00:00Z"}}, "date.end"),
        ("Ready", {"checkbox": "yes"}, "should be a boolean"),
        ("Owner", {"people": [{"id": "00000000-0000-4000-8000-000000000001"}]}, "Could not find user with ID"),
        ("Name", {"title": words("x" * 2001)}, "Name.title[0].text.content.length should be ≤ `2000`"),
        ("Name", {"title": words("😀" * 1001)}, "instead was `2002`."),
        ("Notes", {"rich_text": words("x") * 101}, "rich_text.length should be ≤ `100`, instead was `101`."),
        ("Notes", {"rich_text": [{"equation": {"expression": "x" * 1001}}]}, "≤ `1000`"),
        ("Notes", {"rich_text": [{"text": {"content": "x", "link": {"url": "nowhere"}}}]}, "a valid URL"),
        ("Label", {"formula": {}}, "cannot be written"),
        ("ID", {"unique_id": {"number": 3}}, "cannot be written"),
        ("Made", {"created_time": "2026-01-01T00:00:00Z"}, "cannot be written"),
    ],
)  # fmt: skip
def test_a_value_is_refused(client, page, refused, ideas, name, sent, said):
    before = ideas.row(page)
    status, code, message = refused(client.pages.update, page, properties={name: sent})
    assert (status, code) == (400, "validation_error")
    assert said in message
    assert ideas.row(page) == before


def test_a_related_page_must_be_there_shared_and_of_the_right_source(client, notion, page, refused):
    def relate(found):
        return refused(client.pages.update, page, properties={"Theme": {"relation": [{"id": found}]}})[:2]

    assert relate("00000000-0000-4000-8000-000000000001") == (404, "object_not_found")
    assert relate(page) == (400, "validation_error")
    notion.hands.revoke("Speed")
    assert relate(notion.hands.page("Speed")) == (404, "object_not_found")


def test_lists_are_cut_at_25_and_whole_at_the_property(client, notion, ideas, page):
    themes = notion.source("Themes")
    pages = [themes.add({"Name": f"t{number}"}) for number in range(30)]
    links = {"relation": [{"id": one} for one in pages]}
    shown = client.pages.update(page, properties={"Theme": links})["properties"]["Theme"]
    assert (len(shown["relation"]), shown["has_more"]) == (CUT, True)
    found, cursor = [], None
    while True:
        more = {"start_cursor": cursor} if cursor else {}
        part = client.pages.properties.retrieve(page, shown["id"], page_size=12, **more)
        assert part["property_item"]["type"] == "relation"
        found += [one["relation"]["id"] for one in part["results"]]
        cursor = part["next_cursor"]
        if not part["has_more"]:
            break
    assert found == pages
    # writing back what a page shows loses the rest: the list is replaced
    client.pages.update(page, properties={"Theme": {"relation": shown["relation"]}})
    assert len(ideas.row(page)["Theme"]) == CUT


def test_people_are_cut_too_and_say_nothing_of_it(client, notion, ideas, page):
    from productops.testing.sandbox.notion.world import User

    for number in range(30):
        new = notion.world.ids.new()
        notion.world.users[new] = User(new, f"P{number}", f"p{number}@example.com")
    ideas.edit(page, {"Owner": [f"P{number}" for number in range(30)]})
    shown = client.pages.retrieve(page)["properties"]["Owner"]
    assert (len(shown["people"]), "has_more" in shown) == (25, False)
    assert len(client.pages.properties.retrieve(page, shown["id"])["results"]) == 30


def test_both_sides_of_a_relation_know(client, notion, ideas, page):
    themes = notion.source("Themes")
    speed = notion.hands.page("Speed")
    client.pages.update(page, properties={"Theme": {"relation": [{"id": speed}]}})
    assert themes.row("Speed")["Ideas"] == ["Dark mode"]
    themes.edit("Speed", {"Ideas": []})
    assert ideas.row(page)["Theme"] == []


def test_what_cannot_be_seen_is_not_in_a_list(client, notion, ideas, page):
    ideas.edit(page, {"Theme": ["Speed", "Trust"]})
    notion.hands.revoke("Speed")
    assert len(client.pages.retrieve(page)["properties"]["Theme"]["relation"]) == 1
    notion.hands.grant("Speed")
    notion.source("Themes").trash("Trust")
    assert len(client.pages.retrieve(page)["properties"]["Theme"]["relation"]) == 1


def test_computed_values(client, notion, ideas, page):
    ideas.edit(page, {"Theme": ["Speed", "Trust"], "Votes": 8, "Tags": ["api"]})
    shown = client.pages.retrieve(page)["properties"]
    assert shown["Label"]["formula"] == {"type": "string", "string": "Dark mode (8)"}
    assert shown["Hot"]["formula"] == {"type": "boolean", "boolean": True}
    assert shown["Weight"]["rollup"] == {"type": "number", "number": 7.5, "function": "sum"}
    said = shown["Themes said"]["rollup"]
    assert [one["title"][0]["plain_text"] for one in said["array"]] == ["Speed", "Trust"]
    assert "id" not in said["array"][0]
    assert shown["ID"]["unique_id"] == {"prefix": "IDEA", "number": 1}
    assert shown["Press"]["button"] == {}
    assert shown["Maker"]["created_by"]["name"] == "Ada Lind"
    assert shown["Made"]["created_time"] == shown["Changed"]["last_edited_time"] == "2026-01-05T09:00:00.000Z"
    item = client.pages.properties.retrieve(page, shown["Label"]["id"])
    assert item["formula"] == shown["Label"]["formula"]
    rolled = client.pages.properties.retrieve(page, shown["Themes said"]["id"])
    assert (len(rolled["results"]), rolled["property_item"]["rollup"]["function"]) == (2, "show_original")


@pytest.mark.parametrize(
    ("function", "value"),
    [
        ("sum", 7.5), ("average", 3.75), ("median", 3.75), ("min", 3), ("max", 4.5), ("range", 1.5), ("count", 3),
        ("count_values", 2), ("empty", 1), ("not_empty", 2), ("percent_empty", 1 / 3), ("unique", 2),
    ],
)  # fmt: skip
def test_rollups(notion, ideas, page, function, value):
    notion.source("Themes").add({"Name": "Empty"})
    ideas.edit(page, {"Theme": ["Speed", "Trust", "Empty"]})
    given = {"relation_property_name": "Theme", "rollup_property_name": "Weight", "function": function}
    ideas.add_property("R", {"rollup": given})
    assert ideas.row(page)["R"] == pytest.approx(value)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("1 + 2 * 3 ^ 2", 19), ("(1 + 2) * 3", 9), ("-2 + 3", 1), ("7 % 4", 3), ("1 / 0", None), ("1/4", 0.25),
        ('if(prop("Votes") >= 3, "many", "few")', "many"), ('prop("Votes") > 3 ? 1 : 2', 2),
        ('ifs(false, 1, true, 2, 3)', 2), ('not true or 1 == 1', True), ('"a" != "b" && !false', True),
        ('length(prop("Name"))', 9), ('prop("Name").upper()', "DARK MODE"), ('concat("a", "b")', "ab"),
        ('round(2.345, 2)', 2.35), ('[1, 2, 3].sum()', 6), ('max(1, [5, 2])', 5), ('toNumber("4") + 1', 5),
        ('prop("Tags").includes("api")', False), ('empty(prop("Due"))', True), ('join(["a", "b"], "-")', "a-b"),
        ('substring(prop("Name"), 0, 4)', "Dark"), ('replaceAll("aba", "a", "c")', "cbc"), ('today() == today()', True),
        ('prop("ID")', "IDEA-1"), ('prop("Stage") == "Inbox"', True), ('"say \\"hi\\""', 'say "hi"'),
    ],
)  # fmt: skip
def test_formulas(ideas, page, expression, value):
    ideas.add_property("F", {"formula": {"expression": expression}})
    assert ideas.row(page)["F"] == value


@pytest.mark.parametrize("expression", ["1 +", "frobnicate(1)", 'prop("Nothing")', "(1", "#"])
def test_a_formula_that_makes_no_sense(client, ideas, refused, expression):
    wanted = {"F": {"formula": {"expression": expression}}}
    status, _, message = refused(client.data_sources.update, ideas.id, properties=wanted)
    assert (status, "Type error with formula" in message) == (400, True)


def test_columns_are_added_renamed_and_removed(client, ideas, notion, refused, page):
    update = client.data_sources.update
    shown = update(ideas.id, properties={"Size": {"number": {"format": "euro"}}, "Votes": {"name": "Points"}})
    assert shown["properties"]["Size"]["number"] == {"format": "euro"}
    assert ideas.row(page)["Points"] == 3
    assert "Size" not in update(ideas.id, properties={"Size": None})["properties"]
    options = client.data_sources.retrieve(ideas.id)["properties"]["Stage"]["select"]["options"]
    wanted = [*({"name": one["name"]} for one in options), {"name": "Shipped", "color": "green"}]
    shown = update(ideas.id, properties={"Stage": {"select": {"options": wanted}}})["properties"]["Stage"]["select"]
    assert [one["name"] for one in shown["options"]] == ["Inbox", "Building", "Shipped"]
    assert [one["id"] for one in shown["options"]][:2] == [one["id"] for one in options]
    # what is left out goes, and with it the value
    update(ideas.id, properties={"Stage": {"select": {"options": [{"name": "Shipped"}]}}})
    assert ideas.row(page)["Stage"] is None
    for wrong in (
        {"Name": None},
        {"Other": {"title": {}}},
        {"State": {"status": {"options": [{"name": "More"}]}}},
        {"Points": {"name": "Stage"}},
        {"X": {"nonsense": {}}},
        {"Nothing": None},
    ):
        assert refused(update, ideas.id, properties=wrong)[:2] == (400, "validation_error")
