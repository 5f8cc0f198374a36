"""A zip of files: each is an import of its own, and what would harm is refused before anything is read."""

import errno
import io
import struct
import zipfile
import zlib

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.accounts.roles import Role
from apps.feeds import bundles, reasons
from apps.ledger.models import Import
from tests import scenes
from tests.pages import signed_in

pytestmark = pytest.mark.django_db

LIST = "bekymringsmeldingId;innsendt;kommunenummer\n{};2024-02-01T10:12:00;4601\n"
ONE, OTHER = (LIST.format(f"{digit * 8}-1111-4111-8111-111111111111") for digit in "12")


def zipped(*files, compression=zipfile.ZIP_DEFLATED):
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", compression) as bundle:
        for name, text in files:
            bundle.writestr(name, text)
    return body.getvalue()


def encrypted(body):
    """The flag of a password in every header."""
    changed = bytearray(body)
    for signature, flag in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = changed.find(signature)
        while at >= 0:
            changed[at + flag] |= 1
            at = changed.find(signature, at + 4)
    return bytes(changed)


def damaged(body):
    """A byte of the first file turned over."""
    at = body.index(b"PK\x03\x04") + 30 + struct.unpack("<H", body[26:28])[0] + 5
    return body[:at] + bytes([body[at] ^ 0xFF]) + body[at + 1 :]


def lying(body, *, size):
    """The first file says that it is so large."""
    directory = body.index(b"PK\x01\x02")
    return body[: directory + 24] + struct.pack("<I", size) + body[directory + 28 :]


def workbook():
    body = io.BytesIO()
    with xlsxwriter.Workbook(body) as book:
        book.add_worksheet().write_row(0, 0, ["bekymringsmeldingId", "innsendt", "kommunenummer"])
    return body.getvalue()


def handed(body, *, name="files.zip"):
    """Names and contents in order, or the code of why not."""
    return [(each.name, each.refusal.code if each.refusal else each.stream.read()) for each in bundles.each(io.BytesIO(body), name=name)]


@pytest.fixture
def administrator():
    return scenes.person("Anne", Role.IMPORT_ADMINISTRATOR, of=scenes.service("4601"))


def upload(user, body, *, name="files.zip", format="from-the-file"):
    client = signed_in(user)
    client.cookies["django_language"] = "en"
    service = user.memberships.get().service_id
    return client.post("/imports/new/", {"format": format, "service": service, "files": [SimpleUploadedFile(name, body)], "at_once": "on"})


def test_each_file_of_a_zip_is_an_import_of_its_own(administrator):
    response = upload(administrator, zipped(("february/a.csv", ONE), ("../../etc/b.csv", OTHER), ("__MACOSX/._a.csv", "x")))

    assert response.status_code == 302
    assert list(Import.objects.order_by("pk").values_list("file_name", "format")) == [("a.csv", "portal-list"), ("b.csv", "portal-list")]


def test_what_cannot_be_told_in_a_zip_is_named_and_the_other_files_are_received(administrator):
    response = upload(administrator, zipped(("a.csv", ONE), ("letter.json", '{"title": "Hei"}'), ("inner.zip", zipped(("b.csv", OTHER)))))

    errors = response.context["form"].errors["files"]
    assert errors[0].startswith("letter.json was not received, because it could not be told what it is.")
    assert errors[1] == "inner.zip was not received. This file of the zip is a zip again. Take it out, and hand it in by itself."
    assert Import.objects.count() == 1


def test_the_same_file_in_two_zips_is_one_import(administrator):
    upload(administrator, zipped(("a.csv", ONE)))
    upload(administrator, zipped(("renamed.csv", ONE), ("b.csv", OTHER)))

    assert Import.objects.count() == 2


def test_a_zip_with_a_password_is_refused_in_a_sentence(administrator):
    response = upload(administrator, encrypted(zipped(("a.csv", ONE))))

    assert response.status_code == 422
    assert response.context["form"].errors["files"] == ["files.zip was not received. The zip is protected by a password. Make it again without one."]
    assert not Import.objects.exists()


def test_a_workbook_is_a_zip_and_no_bundle():
    assert len(handed(workbook(), name="log.xlsx")) == 1
    assert not bundles.is_bundle(io.BytesIO(workbook()), name="log.zip")


def test_what_is_no_zip_is_one_file_whatever_it_is_called():
    assert handed(ONE.encode(), name="list.zip") == [("list.zip", ONE.encode())]


HARMFUL = {
    "zip_broken": zipped(("a.csv", ONE))[:-10],
    "zip_empty": zipped(("folder/", "")),
    "zip_of_too_many": zipped(*((f"{number}.csv", "") for number in range(bundles.MOST_FILES + 1))),
    "zip_encrypted": encrypted(zipped(("a.csv", ONE))),
    "zip_too_large": zipped(("zeros.csv", b"\0" * (20 << 20))),
    "zip_file_damaged": damaged(zipped(("a.csv", ONE), compression=zipfile.ZIP_STORED)),
    "zip_within_zip": zipped(("inner", zipped(("a.csv", ONE)))),
}


@pytest.mark.parametrize("code", HARMFUL)
def test_what_would_harm_is_refused(code):
    assert [said for _name, said in handed(HARMFUL[code])] == [code]
    assert code in reasons.REASONS


def test_a_zip_of_millions_is_refused_before_they_are_listed():
    entry = struct.pack("<4s6H3I5H2I", b"PK\x01\x02", 20, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    listed = entry * (bundles.LARGEST_DIRECTORY // len(entry) + 1)
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, len(listed), 4, 0)

    assert [said for _name, said in handed(b"PK\x03\x04" + listed + end)] == ["zip_of_too_many"]


def test_a_file_that_is_larger_than_it_says_is_damaged():
    body = zipped(("a.csv", ONE * 40))

    assert [said for _name, said in handed(lying(body, size=10))] == ["zip_file_damaged"]


def test_a_zip_larger_than_anything_that_is_read_is_refused_whatever_its_ratio(settings):
    settings.FEED_FILE_LIMIT = 100

    assert [said for _name, said in handed(zipped(("a.csv", ONE), ("b.csv", OTHER)))] == ["zip_too_large"]


def test_methods_of_packing_that_are_rare_are_not_read():
    assert [said for _name, said in handed(zipped(("a.csv", ONE), compression=zipfile.ZIP_LZMA))] == ["zip_file_damaged"]


def test_the_checksum_is_held_against_what_was_unpacked():
    body = zipped(("a.csv", ONE))
    directory = body.index(b"PK\x01\x02")
    wrong = body[: directory + 16] + struct.pack("<I", zlib.crc32(b"other")) + body[directory + 20 :]

    assert [said for _name, said in handed(wrong)] == ["zip_file_damaged"]


def test_a_disk_of_ours_that_is_full_is_no_damage_of_the_file():
    class Full(io.BytesIO):
        def write(self, _piece):
            raise OSError(errno.ENOSPC, "No space left on device")

    bundle, [member] = bundles.opened(io.BytesIO(zipped(("a.csv", b"1;2"))))

    with pytest.raises(OSError, match="No space left"):
        bundles.taken_out(bundle, member, Full())
