"""`spinal limits`: the safety profile of a cell, checked, signed and shown."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Column, Table

from spinal.cli.output import people, print_json
from spinal.run.limits import Finding, check_limits, describe_limits, sign_limits
from spinal.run.limits.sign import change_line

app = typer.Typer(help="The safety profile of a cell: check, sign, show.", no_args_is_help=True)

CellFolder = Annotated[Path, typer.Argument(help="The cell: a folder with a cell.toml.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
KEY_FILE = "~/.config/spinal/limits-signing-key.pem"
COLOURS = {"error": "red", "warning": "yellow", "looser": "red", "changed": "yellow", "tighter": "green"}


@app.command()
def check(cell: CellFolder, json: Json = False) -> None:
    """Check form, physical sense and signature of a cell's limits. Exit code 1 when one of them is wrong."""
    report = check_limits(cell)
    if json:
        print_json(report.as_dict())
    else:
        _print_findings(report.findings)
        signing = None if report.cell is None else report.cell.signing
        if signing is not None:
            colour = "green" if signing.is_good else "red"
            people.print(f"signature: [{colour}]{signing.state}[/], {escape(signing.what)}")
        if report.is_good:
            people.print(f"[green]good[/]: {'no finding' if not report.findings else 'warnings only'}")
        elif report.is_sound:
            people.print(escape(f"next: {report.as_dict()['next_step']}"))
    if not report.is_good:
        raise typer.Exit(1)


@app.command()
def sign(
    cell: CellFolder,
    key: Annotated[Path, typer.Option(help="File of the private key (Ed25519, PEM, mode 0600).")] = Path(KEY_FILE),
    name: Annotated[str | None, typer.Option(help="Who signs; may be left out when cell.toml knows the key.")] = None,
    reason: Annotated[str | None, typer.Option(help="Why these limits are right.")] = None,
    new_key: Annotated[bool, typer.Option("--new-key", help="Make the key first; never overwrites a file.")] = False,
    json: Json = False,
) -> None:
    """Sign a cell's limits as they stand, after telling what became looser since they were signed before."""
    signed = sign_limits(cell, key_file=key.expanduser(), name=name, reason=reason, is_new_key=new_key)
    if json:
        print_json(
            {
                "path": str(signed.path),
                "profile_hash": signed.profile_hash,
                "signer": signed.signer,
                "key": signed.fingerprint,
                "reason": signed.reason,
                "changes": None if signed.changes is None else [change.as_dict() for change in signed.changes],
                "missing_signer": signed.missing_signer,
            }
        )
        return
    if signed.changes is None:
        people.print("nothing that was signed before can be read: a first signature")
    for change in signed.changes or ():
        people.print(f"  [{COLOURS[change.direction]}]{escape(change_line(change))}[/]")
    _print_findings(signed.warnings)
    people.print(
        f"[bold]signed[/] by {escape(signed.signer)}, key {signed.fingerprint}, profile {signed.profile_hash[:16]}…: "
        f"{escape(signed.reason)}"
    )
    if signed.missing_signer is not None:
        people.print(f"the cell does not trust this key yet; add to [bold]{escape(str(cell / 'cell.toml'))}[/]:")
        people.print(escape(f"[safety]\nsigners = [{signed.missing_signer}]"), soft_wrap=True)


@app.command()
def show(cell: CellFolder, json: Json = False) -> None:
    """Show every limit of a cell, what the limits lead to, and who signed them when."""
    value = describe_limits(cell)
    if json:
        print_json(value)
        return
    _print_signature(value)
    joints, figures = value.pop("joints"), value.pop("at_full_speed_and_at_home")
    body = value.pop("body_regions")
    people.print(_by_joint("limits of the joints", joints))
    people.print(_by_joint("what they lead to: stopping from full speed; torque at home", figures))
    for name, section in value.items():
        if isinstance(section, dict) and name not in ("files", "signature"):
            people.print(_section(name, section))
    people.print(_by_region("what body regions bear, the smallest value of all sources", body["regions"]))
    for name, provenance in body["provenance"].items():
        people.print(escape(f"  {name}: {provenance}"))
    people.print(
        escape(f"  SHA-256 of the table {body['sha256']}: contact is refused until [people.contact] confirms it")
    )


def _print_signature(value: dict[str, Any]) -> None:
    signature = value["signature"]
    colour = "green" if signature["state"] == "signed" else "red"
    people.print(f"[bold]{escape(value['cell'])}[/]: safety profile {value['profile_hash']}")
    people.print(f"signature: [{colour}]{signature['state']}[/], {escape(signature['what'])}")
    if signature["signer"] is not None:
        people.print(
            escape(
                f"  {signature['signed_at']} by {signature['signer']}, key {signature['key']}: {signature['reason']}"
            )
        )


def _by_joint(title: str, joints: dict[str, dict[str, Any]]) -> Table:
    keys = next(iter(joints.values()), {})
    table = _table(title, keys, joints)
    for key in keys:
        table.add_row(key, *(_figure(joints[joint][key]) for joint in joints))
    return table


def _by_region(title: str, regions: dict[str, dict[str, Any]]) -> Table:
    keys = next(iter(regions.values()), {})
    table = _table(title, regions, keys)
    for name, values in regions.items():
        table.add_row(name, *("-" if values[key] is None else _figure(values[key]) for key in keys))
    return table


def _table(title: str, rows: Iterable[str], columns: Iterable[str]) -> Table:
    """Return an empty table that is narrow by folding its headers: a key ends in its unit and is never cut."""
    key = Column("", no_wrap=True, min_width=max(map(len, rows), default=0))
    return Table(key, *(Column(name, overflow="fold") for name in columns), title=title, title_justify="left", box=None)


def _section(name: str, section: dict[str, Any]) -> Table:
    table = Table(Column("", no_wrap=True), "", title=name, title_justify="left", show_header=False, box=None)
    for key, value in section.items():
        for label, part in _flat(key, value):
            table.add_row(label, "-" if part is None else _figure(part))
    return table


def _flat(key: str, value: Any) -> list[tuple[str, Any]]:
    """Return what stands under a key, each with its whole name; entries of a list by their own names."""
    if isinstance(value, list) and any(isinstance(item, dict) for item in value):
        value = {str(item.get("name", at)): item for at, item in enumerate(value)}
    if not isinstance(value, dict):
        return [(key, value)]
    return [row for inner, part in value.items() if inner != "name" for row in _flat(f"{key}.{inner}", part)]


def _figure(value: Any) -> str:
    return f"{round(value, 9):.4g}" if isinstance(value, float) else escape(str(value))


def _print_findings(findings: tuple[Finding, ...]) -> None:
    for finding in findings:
        where = f"{finding.key}: " if finding.key else ""
        people.print(f"[{COLOURS[finding.severity]}]{finding.severity}[/]: {escape(where + finding.what)}")
        for label, part in (("value:", finding.value), ("allowed:", finding.allowed), ("next:", finding.next_step)):
            if part is not None:
                people.print(escape(f"  {label:8} {part}"))
