"""A list's address says all that it shows."""

from django.http import QueryDict

from apps.ui import links


def test_a_link_changes_only_what_it_names():
    assert links.replaced(QueryDict("channel=portal&sort=-first_at&page=3"), page=None) == "?channel=portal&sort=-first_at"
    assert links.replaced(QueryDict("channel=portal"), page=2, channel="altinn") == "?page=2&channel=altinn"


def test_empty_parameters_stay_out_of_a_link():
    assert links.replaced(QueryDict("channel=&left=7")) == "?left=7"
