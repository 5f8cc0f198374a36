"""Keeps the reviews of incidents: from one proven loss the messages that the same fault may have hit, frozen, and what each service answered.

Which messages they are stays within each service; across services only numbers are told. May know every app below it.
"""
