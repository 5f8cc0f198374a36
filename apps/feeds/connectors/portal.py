"""The national portal (KS Fiks bekymringsmelding): what became of each report that we know. It gives no list to a sender, so the ledger says what to ask for."""

from functools import partial

from apps.feeds.connectors import svarut

STATUS = "/bekymringsmelding/api/v1/mottak/fagsystem/{organisation}/bekymringsmelding/{message}/status"

pull = partial(svarut.round_of, "portal", partial(svarut.each, STATUS, "hendelser", "bekymringsmeldingId"))
