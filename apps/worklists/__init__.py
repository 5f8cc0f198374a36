"""The deliveries that need a person, list by list, in the order in which something can still be saved; who works on them, and what is put aside.

Keeps claims, pauses, what was done to many at once, and ways of looking at a list. May know deliveries, feeds and everything below them; never decisions.
"""
