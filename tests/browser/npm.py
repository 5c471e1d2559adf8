"""Packages of npm that tests need and the product does not."""

import subprocess


def install(folder, *packages):
    """Answers the folder that holds them. Runs nothing of theirs."""
    answer = subprocess.run(
        ["npm", "install", "--prefix", str(folder), "--ignore-scripts", "--no-audit", "--no-fund",
         "--cache", str(folder / "cache"), *packages],
        capture_output=True, encoding="utf-8", timeout=300, check=False)
    assert answer.returncode == 0, (
        f"npm could not install {packages}; this test needs the npm registry.\n" + answer.stderr)
    return folder / "node_modules"
