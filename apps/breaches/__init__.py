"""Keeps breaches of personal data: when the service became aware, the 72 hours in which the supervisory authority must be told, and what was told to whom.

The numbers in a notice are those of a statement where one is named. May know every app below it.
"""
