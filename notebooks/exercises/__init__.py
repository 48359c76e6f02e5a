"""Checks of the exercises, a module a chapter; each says what is wrong with an answer."""
