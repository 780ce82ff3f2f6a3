"""How good is it on your own labelled notes? Each task as one function that returns its figures."""
