"""A book from jupytext pairs: what a chapter shows, how it is built, checked and handed on."""
