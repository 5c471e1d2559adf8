"""What is in the package, for whom it may be read, and what it asks of the system."""

import gzip
import os
import re
import shutil
import stat
import subprocess

import pytest

from built import make_package
from jawort import BINARY, REPOSITORY, clean_environment, run_binary

FILES = {
    "usr/bin/jawort": 0o755,
    "usr/lib/systemd/system/jawort.service": 0o644,
    "usr/share/bash-completion/completions/jawort": 0o644,
    "usr/share/jawort/jawort.toml": 0o644,
    "usr/share/lintian/overrides/jawort": 0o644,
    "usr/share/man/man1/jawort.1.gz": 0o644,
    "usr/share/man/man5/jawort.toml.5.gz": 0o644,
    **{f"usr/share/doc/jawort/{name}": 0o644 for name in (
        "README.md", "OPERATING.md", "SECURITY.md", "FORMAT.md", "copyright", "changelog.gz",
        "changelog.Debian.gz")},
}


def output(*command, **options):
    return subprocess.run(command, check=True, capture_output=True, encoding="utf-8",
                          **options).stdout


def test_files_and_modes(package, unpacked):
    found = {}
    for line in output("dpkg-deb", "--contents", package).splitlines():
        mode, owner, _, _, _, path = line.split(None, 5)
        assert owner == "root/root", line
        if mode.startswith("d"):
            assert mode == "drwxr-xr-x", line
        else:
            found[path.removeprefix("./")] = mode
    examples = {path for path in found if path.startswith("usr/share/doc/jawort/examples/")}
    assert "usr/share/doc/jawort/examples/quickstart.toml" in examples
    assert set(found) - examples == set(FILES)
    for path, mode in found.items():
        assert mode == stat.filemode(stat.S_IFREG | FILES.get(path, 0o644)), path
    assert sorted(os.listdir(unpacked / "DEBIAN")) == [
        "control", "md5sums", "postinst", "postrm", "prerm"]


def test_no_debug_symbols(unpacked):
    sections = output("readelf", "--sections", "--wide", unpacked / "usr/bin/jawort")
    assert ".text" in sections and ".debug" not in sections and ".symtab" not in sections


def test_every_library_comes_with_a_dependency(package, unpacked):
    depends = {re.split(r"[ (|:]", part.strip())[0]
               for part in output("dpkg-deb", "-f", package, "Depends").split(",")}
    assert {"adduser", "ca-certificates", "fonts-dejavu-core", "tzdata"} <= depends
    dynamic = output("readelf", "--dynamic", unpacked / "usr/bin/jawort")
    libraries = re.findall(r"NEEDED.*\[(.+)\]", dynamic)
    assert len(libraries) > 5
    for library in libraries:
        # Of other architectures too: "libc6:amd64, libc6:i386: …".
        owners = {re.split("[:,]", line)[0]
                  for line in output("dpkg", "-S", f"*/{library}").splitlines()}
        provided = output("dpkg-query", "-W", "-f", "${Provides} ", *owners)  # libspdlog1.10-fmt9
        names = owners | set(re.findall(r"[a-z][a-z0-9.+-]+", provided))
        assert names & depends, (library, owners)


def test_control(package):
    field = {name: output("dpkg-deb", "-f", package, name).strip()
             for name in ("Package", "Version", "Section", "Maintainer", "Architecture")}
    release = re.search(r'^VERSION_ID="?(\d+)', open("/etc/os-release", encoding="ascii").read(),
                        re.MULTILINE)[1]
    version = output(BINARY, "--version").split()[1]
    assert field["Package"] == "jawort"
    assert field["Version"] == f"{version}-1~deb{release}"
    assert field["Architecture"] == output("dpkg", "--print-architecture").strip()
    assert re.fullmatch(r"[^<>]+ <\S+@\S+>", field["Maintainer"])


def test_same_sources_make_the_same_bytes(package, tmp_path):
    with open(package, "rb") as one, open(make_package(tmp_path / "again"), "rb") as other:
        assert one.read() == other.read()


def test_maintainer_scripts_are_shell(unpacked):
    for name in ("postinst", "prerm", "postrm"):
        path = unpacked / "DEBIAN" / name
        assert stat.S_IMODE(path.stat().st_mode) == 0o755
        subprocess.run(["dash", "-n", path], check=True)


def test_lintian(package):
    if not shutil.which("lintian"):
        pytest.skip("lintian is not installed")
    done = subprocess.run(["lintian", "--allow-root", "--fail-on", "error,warning", package],
                          capture_output=True, encoding="utf-8", check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr


def test_copyright_says_what_is_so(unpacked):
    text = (unpacked / "usr/share/doc/jawort/copyright").read_text(encoding="utf-8")
    licences = [name for name in os.listdir(REPOSITORY) if name.startswith(("LICEN", "COPYING"))]
    assert ("states no licence" in text) == (not licences), "say what the repository says"
    for package in ("libcli11-dev", "nlohmann-json3-dev", "libkainjow-mustache-dev"):
        assert f"--- {package} ---" in text
    assert "Redistributions in binary form must reproduce" in text, "CLI11's"


def test_changelog(package, unpacked):
    text = gzip.open(unpacked / "usr/share/doc/jawort/changelog.Debian.gz", "rt").read()
    assert text.startswith(f"jawort ({output('dpkg-deb', '-f', package, 'Version').strip()}) ")


def test_configuration_is_that_of_init_with_folders_of_the_system(unpacked, tmp_path):
    path = unpacked / "usr/share/jawort/jawort.toml"
    assert run_binary("init", str(tmp_path / "plain")).returncode == 0
    ours = path.read_text(encoding="utf-8").splitlines()
    plain = (tmp_path / "plain" / "jawort.toml").read_text(encoding="utf-8").splitlines()
    assert len(ours) == len(plain)
    changed = [re.sub(r"(?<=.)#.*", "", line).strip() for line, old in zip(ours, plain)
               if line != old]
    assert changed == ['url = "sqlite:/var/lib/jawort/jawort.db"',
                       '# dkim_key      = "/var/lib/jawort/keys/dkim-jawort1.pem"',
                       'dir = "/var/lib/jawort/keys"']
    known = run_binary("migrate", "--dry-run", "--config", str(path))
    assert known.returncode != 78, known.stderr


def test_dockerfile_needs_the_package_alone(package, unpacked, tmp_path):
    """It cannot be built without a registry: what it says of the package is held against it."""
    with open(os.path.join(REPOSITORY, "examples", "docker", "Dockerfile"),
              encoding="utf-8") as file:
        text = re.sub(r"\\\n", " ", file.read())
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    steps = {}
    for line in lines:
        word, rest = line.split(None, 1)
        steps.setdefault(word, []).append(rest)
    assert steps["FROM"] == ["debian:bookworm-slim"]
    [pattern, target] = steps["COPY"][0].split()
    assert len(steps["COPY"]) == 1 and pattern == "jawort_*.deb"
    assert re.fullmatch(r"jawort_[^/]+\.deb", os.path.basename(package))
    [script] = steps["RUN"]
    subprocess.run(["dash", "-n"], input=script, encoding="utf-8", check=True)
    assert f"apt-get install -y --no-install-recommends {target}" in script
    assert "rm -rf" in script and "/var/lib/jawort" in script, "no keys in the image"
    assert steps["USER"] == ["jawort"]
    assert "adduser" in (unpacked / "DEBIAN" / "postinst").read_text(encoding="utf-8")
    assert steps["ENTRYPOINT"] == ['["/usr/bin/jawort"]'] and steps["CMD"] == ['["serve"]']
    settings = dict(pair.split("=", 1) for pair in " ".join(steps["ENV"]).split())
    run_binary("init", cwd=tmp_path)
    known = run_binary("migrate", "--dry-run", cwd=tmp_path, environment=clean_environment(
        **settings, JAWORT_SERVER__PUBLIC_URL="https://optin.example.org"))
    assert known.returncode == 0, known.stderr
