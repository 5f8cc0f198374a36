"""Counts what the others keep: the start page, the overview for managers with the controls they sign, and the figures.

Keeps the signed controls alone. May know every app below it.
"""
