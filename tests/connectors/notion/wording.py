"""Rich text as Notion shows it."""

MARKS = ("bold", "italic", "strikethrough", "underline", "code")


def words(text, **marks):
    """One run of text with these marks."""
    return [shown_run({"type": "text", "text": {"content": text}, "annotations": marks})] if text else []


def shown_run(run):
    """A run with everything that Notion fills in."""
    standard = {**dict.fromkeys(MARKS, False), "color": "default"}
    found = {**run, "annotations": {**standard, **(run.get("annotations") or {})}}
    if run["type"] == "text":
        link = run["text"].get("link")
        found |= {"text": {"content": run["text"]["content"], "link": link}, "plain_text": run["text"]["content"]}
        found["href"] = link["url"] if link else None
    return found
