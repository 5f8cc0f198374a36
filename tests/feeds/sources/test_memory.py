"""A file ten times as long takes no more memory: parsers stream. Measured from outside, in a process of its own."""

import subprocess
import sys

import pytest

MEASURE = """
import io, resource, sys
from collections import deque
from apps.feeds import catalogue
from apps.feeds.record import Reading

HEADING, LINE, END = {
    "portal-history": ("bekymringsmeldingId;tidspunkt;tilstand\\n", "{id};2023-05-{day:02}T{hour:02}:00:00;LEVERT\\n", ""),
    "register-xml": ("<Barnevern><Sak>", '<Melding Id="{id}" StartDato="2023-05-{day:02}"><Melder Kode="{hour}"/></Melding>', "</Sak></Barnevern>"),
    "altinn": ("", '{{"correspondenceId": "{id}", "recipient": "964338531", "statusHistory": [{{"status": "Read", "statusChanged": "2023-05-01T10:00:00Z"}}]}}\\n', ""),
    "eformidling": ("", '{{"messageId": "{id}", "messageStatuses": [{{"status": "SENDT", "lastUpdate": "2023-05-01T10:00:00Z"}}], "x": {{"y": []}}}}\\n', ""),
    "svarinn": ("", '{{"id": "{id}", "date": 1706778000398, "status": "LEST", "mottaker": {{"orgnr": null, "x": [[1]]}}}}\\n', ""),
}[sys.argv[1]]
COUNT = int(sys.argv[2])


class Made(io.RawIOBase):
    def __init__(self):
        self.left = iter(range(COUNT))
        self.held = bytearray(HEADING.encode())
        self.end = END.encode()

    def readable(self):
        return True

    def readinto(self, buffer):
        while len(self.held) < len(buffer) and (n := next(self.left, None)) is not None:
            self.held += LINE.format(id=f"{n:08x}-0000-4000-8000-{n:012x}", day=n % 28 + 1, hour=n % 24).encode()
        if len(self.held) < len(buffer):
            self.held, self.end = self.held + self.end, b""
        piece = bytes(self.held[: len(buffer)])
        del self.held[: len(buffer)]
        buffer[: len(piece)] = piece
        return len(piece)


reading = Reading(open=lambda: io.BufferedReader(Made()))
deque(catalogue.FORMATS[sys.argv[1]].parse(reading), maxlen=0)
assert reading.counted == COUNT
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def peak(format, count):
    return int(subprocess.run([sys.executable, "-c", MEASURE, format, str(count)], check=True, capture_output=True, text=True).stdout)


@pytest.mark.parametrize("format", ["portal-history", "altinn", "register-xml", "eformidling", "svarinn"])
def test_memory_does_not_grow_with_the_file(format):
    assert peak(format, 150_000) <= peak(format, 15_000) + 8
