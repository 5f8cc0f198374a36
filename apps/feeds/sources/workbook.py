"""What stands in each sheet of a workbook, found by reading its XML without the spreadsheet library: so that the library can be held to it, and so that
nothing is opened with it that would fill the memory.
"""

from typing import BinaryIO

from apps.feeds.record import Refused
from apps.feeds.sources import ods, packages, xlsx
from apps.feeds.sources.extent import Sheet

_ODS = b"application/vnd.oasis.opendocument.spreadsheet"


def survey(stream: BinaryIO) -> list[Sheet]:
    """Every sheet in the workbook's order; raises Refused when the file is no .xlsx or .ods workbook that can be opened safely."""
    package = packages.opened(stream)
    names = set(package.namelist())
    if "xl/vbaProject.bin" in names:
        raise Refused("workbook_with_macros")
    if "xl/workbook.xml" in names:
        return xlsx.sheets(package)
    if "content.xml" in names and b"".join(packages.pieces(package, "mimetype"))[:100].strip() == _ODS:
        if b"encryption-data" in b"".join(packages.pieces(package, "META-INF/manifest.xml")):
            raise Refused("old_or_encrypted_workbook")
        return ods.sheets(package)
    raise Refused("not_a_workbook")
