"""What all pages share: the list page as a declaration, lean tables, times and chips in words, files that a spreadsheet opens safely.

Keeps no table of its own. Knows no other app: no service, no delivery, no person.
"""
