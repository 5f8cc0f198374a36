"""What can drift without anybody noticing: the README's maps, the arrows between apps, and which tables only grow."""

import ast
import re
import tomllib
from pathlib import Path

import pytest
from django.apps import apps

from apps.feeds.catalogue import FORMATS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
TOP_LEVEL = {".ci", ".git", ".gitignore", "LICENSE", "README.md", "apps", "config", "manage.py", "pyproject.toml", "static", "templates", "tests"}

APPS = sorted(path.parent.name for path in ROOT.glob("apps/*/__init__.py"))
OURS = [model for model in apps.get_models() if model.__module__.startswith("apps.") and model._meta.managed]

# Each model is in one of the two: a new one must choose.
ONLY_GROWS = {
    "audit.Entry",
    "breaches.Breach",
    "breaches.Step",
    "calls.Answer",
    "calls.Call",
    "handovers.Ending",
    "handovers.Handover",
    "handovers.Offer",
    "handovers.Recall",
    "handovers.Recalled",
    "handovers.Reply",
    "letters.Letter",
    "letters.Printing",
    "letters.Tracking",
    "letters.Wording",
    "statements.Statement",
    "decisions.AnotherLook",
    "decisions.Decision",
    "decisions.Draw",
    "decisions.Drawn",
    "decisions.SecondLook",
    "feeds.DealtWith",
    "incidents.Answer",
    "incidents.Claim",
    "incidents.Freeze",
    "incidents.Loss",
    "incidents.Member",
    "incidents.Question",
    "incidents.Reply",
    "incidents.Review",
    "incidents.Task",
    "feeds.KnownReceipt",
    "feeds.Mapping",
    "feeds.Mishap",
    "feeds.Rejection",
    "feeds.Place",
    "feeds.Repair",
    "feeds.RepairedLine",
    "outages.Outage",
    "readiness.Proof",
    "readiness.Unused",
    "ledger.Canary",
    "ledger.Chunk",
    "ledger.Duplicate",
    "ledger.Event",
    "ledger.StoredBytes",
    "ledger.Tie",
    "ledger.Repeat",
    "ledger.Undoing",
    "ledger.Untie",
    "ledger.Word",
    "watch.Step",
    "reports.Control",
    "worklists.Batch",
    "worklists.Step",
}
MAY_CHANGE = {
    "accounts.Membership",
    "accounts.SignIn",
    "accounts.User",
    "audit.Head",
    "audit.Unsealed",
    "deliveries.Delivery",
    "deliveries.Tally",
    "feeds.Feed",
    "feeds.Fetching",
    "feeds.Handover",
    "feeds.Key",
    "feeds.Preview",
    "feeds.Taken",
    "outages.Usage",
    "ledger.Coverage",
    "ledger.Import",
    "ledger.Owed",
    "ledger.Particulars",
    "ledger.Reference",
    "ledger.Told",
    "registry.District",
    "registry.Municipality",
    "registry.MunicipalityChange",
    "registry.Policy",
    "registry.Service",
    "registry.ServiceArea",
    "worklists.Claim",
    "worklists.Pause",
    "watch.Alarm",
    "watch.Arrangement",
    "watch.Pulse",
    "watch.Rhythm",
    "watch.Telling",
    "worklists.SavedView",
}

# Names in an address that reach nobody: this machine, XML's names for vocabularies, and names that belong to no one (RFC 2606).
REACH_NOBODY = re.compile(r"localhost|127\.0\.0\.1|\[::1\]|\{.*|testserver|www\.w3\.org|schemas\.openxmlformats\.org|(.*\.)?example(\.(com|no|org))?")
ADDRESS = re.compile(r"https?://([^\s\"'/:)>]+)")
WRITTEN_BY_US = [path for folder in ("apps", "config", "templates", "static/css", "static/js", "tests") for path in (ROOT / folder).rglob("*")]


def below():
    """Each app, and the apps in the layers below its own, highest first."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = [[name.strip() for name in layer.split("|")] for layer in next(one["layers"] for one in contracts if one["type"] == "layers")]
    return {name: {lower for layer in layers[number + 1 :] for lower in layer} for number, names in enumerate(layers) for name in names}


def table(heading):
    """The rows of the README's table whose first column is called so."""
    lines = README.split(f"| {heading} |", 1)[1].split("\n\n", 1)[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def docstring(app):
    return ast.get_docstring(ast.parse((ROOT / "apps" / app / "__init__.py").read_text())) or ""


def test_the_readme_maps_every_app_as_the_app_says_itself():
    assert {app: keeps for app, keeps, _ in table("app")} == {app: docstring(app).splitlines()[0] for app in APPS}


def test_the_readme_says_who_may_know_whom_as_the_linter_has_it():
    told = {app: set(knows.split(", ")) - {"nobody"} for app, _, knows in table("app")}

    assert told == below()


def test_the_readme_names_every_command():
    commands = {path.stem for folder in ("apps", "config") for path in (ROOT / folder).glob("**/management/commands/*.py")} - {"__init__"}

    assert {name.strip("`") for name, _ in table("command")} == commands


def test_the_readme_names_every_format_and_the_files_it_is_read_from():
    kinds = {".csv": "CSV", ".json": "JSON", ".xlsx": "XLSX", ".ods": "ODS", ".xml": "XML"}

    assert {name.strip("`"): read_from for name, read_from, _ in table("format")} == {
        format.name: ", ".join(kinds[suffix] for suffix in format.suffixes if suffix in kinds) for format in FORMATS.values()
    }


def test_the_readmes_two_commands_differ_in_nothing_but_what_they_run():
    fenced = [line for line in README.splitlines() if line.startswith("python3 -m venv")]

    demo, tests = (line.replace("dev.txt", "run.txt").rsplit(" && ", 1) for line in fenced)
    assert demo[0] == tests[0]
    assert [demo[1], tests[1]] == [".venv/bin/python manage.py demo", ".venv/bin/python -m pytest"]


@pytest.mark.parametrize("app", APPS)
def test_an_app_says_in_a_few_lines_what_it_keeps_and_knows(app):
    source = (ROOT / "apps" / app / "__init__.py").read_text()

    assert 3 <= len(source.splitlines()) <= 8
    assert source.strip() == f'"""{docstring(app)}\n"""'


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_foreign_keys_point_downwards(model):
    app = model._meta.app_label
    pointed_at = {field.related_model._meta.app_label for field in model._meta.get_fields() if field.concrete and field.related_model}

    assert pointed_at & set(APPS) <= below()[app] | {app}


def test_every_model_has_chosen_whether_its_rows_may_change():
    only_grow = {model._meta.label for model in OURS if getattr(model, "append_only", False)}

    assert only_grow == ONLY_GROWS
    assert {model._meta.label for model in OURS} - only_grow == MAY_CHANGE


@pytest.mark.parametrize("model", [model for model in OURS if getattr(model, "append_only", False)], ids=lambda model: model._meta.label)
def test_what_only_grows_is_guarded_by_triggers(model):
    guarded = {str(operation) for trigger in model._meta.triggers for operation in ("UPDATE", "DELETE", "TRUNCATE") if operation in str(trigger.operation)}

    assert guarded == {"UPDATE", "DELETE", "TRUNCATE"}


def test_nothing_we_write_names_a_host():
    named = {
        (str(path.relative_to(ROOT)), host)
        for path in WRITTEN_BY_US
        if path.suffix in {".py", ".html", ".css", ".js", ".txt"}
        for host in ADDRESS.findall(path.read_text(encoding="utf-8", errors="replace"))
        if not REACH_NOBODY.fullmatch(host)
    }

    assert not named


def test_the_top_of_the_tree_holds_what_belongs_there():
    ignored = {line.rstrip("/") for line in (ROOT / ".gitignore").read_text().splitlines()}

    assert {path.name for path in ROOT.iterdir()} - ignored <= TOP_LEVEL
