"""Who takes part in the journey. Read before Django is ready, so it knows nothing of the program."""

PASSWORD = "en-lang-prøve-2024"
ADMINISTRATOR, CASEWORKER, REVIEWER, AUDITOR = "anne@example.no", "kari@example.no", "siri@example.no", "petra@example.no"
MANAGER = "mads@example.no"  # of another service than the others
COORDINATOR = "nina@example.no"  # of none
PEOPLE = {
    ADMINISTRATOR: ("Anne Adler", "import_administrator"),
    CASEWORKER: ("Kari Kvam", "caseworker"),
    REVIEWER: ("Siri Sand", "reviewer"),
    AUDITOR: ("Petra Prang", "auditor"),
}
