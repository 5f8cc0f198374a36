"""Keeps what one service hands over to another: what was offered, to whom and until when, and the answer, each side behind its own wall.

Nothing crosses but by the worker, in the scope of both. May know deliveries, feeds and everything below them; not calls or letters, which stand beside it.
"""
