"""Packages share the border records and the compiled core, not each other; `run` wires them and `cli` calls `run`."""

from __future__ import annotations

import ast
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "python" / "spinal"
SHARED = {"records", "errors", "_core"}
MAY_IMPORT_ALL = {"run", "cli", "__main__"}


def spinal_imports(source: str) -> set[str]:
    """Return the first-level names below `spinal` that the source imports."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            parts = node.module.split(".")
            if parts[0] == "spinal":
                found |= {parts[1]} if len(parts) > 1 else {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level > 0:
            raise AssertionError(f"relative import of {node.module}: write the whole name")
        elif isinstance(node, ast.Import):
            found |= {alias.name.split(".")[1] for alias in node.names if alias.name.startswith("spinal.")}
    return found


def test_packages_import_only_the_shared_borders() -> None:
    wrong = []
    for file in sorted(PACKAGE.rglob("*.py")):
        owner = file.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if owner in MAY_IMPORT_ALL:
            continue
        wrong += [
            f"{file.relative_to(PACKAGE)} imports spinal.{name}"
            for name in spinal_imports(file.read_text(encoding="utf-8")) - SHARED - {owner}
        ]
    assert not wrong, "\n".join(wrong)


def test_only_the_command_line_imports_run() -> None:
    wrong = [
        str(file.relative_to(PACKAGE))
        for file in sorted(PACKAGE.rglob("*.py"))
        if file.relative_to(PACKAGE).parts[0] not in MAY_IMPORT_ALL
        and "run" in spinal_imports(file.read_text(encoding="utf-8"))
    ]
    assert not wrong, "\n".join(wrong)


def test_the_rule_sees_a_forbidden_import() -> None:
    assert spinal_imports("from spinal.sim.scene import Scene\nimport spinal.floor.store") == {"sim", "floor"}


def test_environment_variables_are_read_in_the_command_line_only() -> None:
    wrong = [
        str(file.relative_to(PACKAGE))
        for file in sorted(PACKAGE.rglob("*.py"))
        if file.relative_to(PACKAGE).parts[0] != "cli"
        and any(word in file.read_text(encoding="utf-8") for word in ("os.environ.get", "os.getenv", "getenv("))
    ]
    assert not wrong, "\n".join(wrong)


def test_no_file_passes_400_lines() -> None:
    long = [
        f"{file.relative_to(PACKAGE.parents[1])}: {count}"
        for folder in (PACKAGE, PACKAGE.parents[1] / "crates")
        for file in sorted([*folder.rglob("*.py"), *folder.rglob("src/**/*.rs")])
        if (count := len(file.read_text(encoding="utf-8").splitlines())) > 400
    ]
    assert not long, "split by noun: " + ", ".join(long)
