"""The deliveries that need a person, list by list, in the order in which something can still be saved.

Keeps no table yet. May know deliveries, feeds and everything below them; never decisions.
"""
