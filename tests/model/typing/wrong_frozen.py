"""Values never change, and words stay as they were said."""

from productops import Feedback, PersonRef

ada = PersonRef(name="Ada")
ada.name = "Bo"  # expect: misc
note = Feedback(text="CSV")
note.text = "A spreadsheet"  # expect: misc
