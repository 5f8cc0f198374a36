"""Keeps figures that were told: numbered statements that come out the same for ever, and why any two of them differ, message by message.

May know reports, decisions and everything below them.
"""
