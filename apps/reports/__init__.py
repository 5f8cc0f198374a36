"""Counts what the others keep: the start page with the few numbers that matter today, and the figures.

Keeps no table yet. May know every app below it.
"""
