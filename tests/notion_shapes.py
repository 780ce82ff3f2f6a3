"""What tests send to Notion: rich text and blocks, written short."""


def words(text):
    return [{"type": "text", "text": {"content": text}}]


def block(kind, text="", *children, **more):
    """Return a block with a text and those inside it."""
    inner = {"rich_text": words(text), **more, **({"children": list(children)} if children else {})}
    return {"object": "block", "type": kind, kind: inner}


def paragraph(text, *children):
    return block("paragraph", text, *children)


def title_of(page):
    """Return the title of a page, whatever its property is called."""
    found = next(one for one in page["properties"].values() if one["type"] == "title")
    return "".join(part["plain_text"] for part in found["title"])
