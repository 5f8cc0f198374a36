"""Keeps which messages were sent once more on paper, with which text, and the numbers by which the post follows them.

A letter that was printed has not arrived: the message stays open. May know deliveries, feeds and everything below them; not calls, which stand beside it.
"""
