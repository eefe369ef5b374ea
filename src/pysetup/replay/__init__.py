"""Answers that were found once, given again: the short way through a command.

What a command decides depends on its words, on the files that it names, on the
environment and on what indexes said a moment ago. The long way keeps its decision with
all of that (``keeping``); as long as nothing of it has changed, the short way carries
the same decision out again, without deciding: nothing is resolved, opened or parsed.
Where anything is different or unusual it gives way to the long way.

Its modules import nothing of the house and next to nothing of the standard library:
the start of Python is most of what a small command costs.
"""
