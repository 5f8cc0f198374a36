from apps.ledger import codes, wording


def test_every_code_of_an_event_has_its_words():
    assert set(wording.CODES) == set(codes.ALL)
