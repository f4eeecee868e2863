"""What is installed is what was looked at: exact versions, each with its hashes."""

import json
import re
from collections.abc import Iterator

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.processes import ROOT

# Which holds all of which.
ABOVE = {
    "requirements-dev": "requirements",
    "requirements-bench": "requirements-dev",
    "requirements-fuzz": "requirements",
}
LAYERS = ["requirements", *ABOVE]


def lines(text: str) -> Iterator[str]:
    """Those of a requirements file, without comments, each in one piece."""
    for line in text.replace("\\\n", " ").splitlines():
        if words := re.sub(r"(^|\s)#.*", "", line).split():
            yield " ".join(words)


def faults(inputs: str, compiled: str) -> Iterator[str]:
    """What keeps a compiled file from being one, or from being that of these inputs."""
    found: dict[str, list[Requirement]] = {}
    for line in lines(compiled):
        text, *hashes = line.split(" --hash=")
        if not re.fullmatch(r"[\w.-]+(\[[\w,-]+\])?==[\w.]+( ; .+)?", text):
            yield f"not one version of one package: {line}"
            continue
        if not hashes or not all(re.fullmatch(r"sha256:[0-9a-f]{64}", each) for each in hashes):
            yield f"no hash: {text}"
        package = Requirement(text)
        found.setdefault(canonicalize_name(package.name), []).append(package)
    for line in lines(inputs):
        if line.startswith("-r "):
            continue
        wanted = Requirement(line)
        packages = found.get(canonicalize_name(wanted.name), [])
        if not packages:
            yield f"missing: {wanted}"
        for package in packages:
            (version,) = (each.version for each in package.specifier)
            if not wanted.specifier.contains(version, prereleases=True):
                yield f"excluded: {package}"
            if not wanted.extras <= package.extras:
                yield f"without {wanted.extras}: {package}"
    # An address or a path: where packages come from is not for a file to say.
    yield from (f"a slash: {line}" for line in compiled.splitlines() if "/" in line)


def read(name: str) -> str:
    return (ROOT / name).read_text()


@pytest.mark.parametrize("layer", LAYERS)
def test_compiled_files(layer: str):
    assert list(faults(read(f"{layer}.in"), read(f"{layer}.txt"))) == []


@pytest.mark.parametrize(("above", "below"), ABOVE.items())
def test_layers_agree(above: str, below: str):
    assert f"-r {below}.txt" in lines(read(f"{above}.in"))
    # What one layer needs on some systems, the next may need on all of them.
    few, many = (
        {re.sub(" ;.*?(?= --hash)", "", line) for line in lines(read(f"{layer}.txt"))}
        for layer in (below, above)
    )
    assert few < many


HASH = "--hash=sha256:" + 8 * "0123abcd"
INPUTS = "-r other.txt\nSome_Package[extra]~=1.2  # a reason\n# A comment.\nplain\n"
COMPILED = f"""# make requirements
plain==3 ; sys_platform == 'win32' \\
    {HASH}
    # via -r some.in
some-package[extra]==1.4.post1 \\
    {HASH} \\
    {HASH}
    # via
    #   -r some.in
    #   plain
"""


def test_a_file_without_faults():
    assert list(faults(INPUTS, COMPILED)) == []


@pytest.mark.parametrize(
    ("right", "wrong", "fault"),
    [
        (f"'win32' \\\n    {HASH}", "'win32'", "no hash"),
        (f"post1 \\\n    {HASH} \\\n    {HASH}", "post1", "no hash"),
        (HASH, HASH[:-1], "no hash"),
        (HASH, HASH.replace("sha256", "md5"), "no hash"),
        ("plain==3", "another==3", "missing: plain"),
        ("plain==3", "plain>=3", "not one version"),
        ("plain==3", "plain==3.*", "not one version"),
        ("plain==3", "plain", "not one version"),
        ("plain==3", "--extra-index-url example\nplain==3", "not one version"),
        ("plain==3", "plain @ https://example.org/plain.whl", "not one version"),
        ("==1.4.post1", "==1.1", "excluded"),
        ("==1.4.post1", "==2.0", "excluded"),
        ("[extra]==", "==", "without {'extra'}"),
        ("make requirements", "from https://example.org/simple", "a slash"),
        ("-r some.in", "-r /home/ada/some.in", "a slash"),
    ],
)
def test_faults_are_found(right: str, wrong: str, fault: str):
    assert right in COMPILED
    assert any(each.startswith(fault) for each in faults(INPUTS, COMPILED.replace(right, wrong)))


def test_packages_of_the_scripts_have_hashes():
    packages = json.loads(read("package-lock.json"))["packages"]
    assert set(packages.pop("")["devDependencies"]) <= {
        name.removeprefix("node_modules/") for name in packages
    }
    for name, package in packages.items():
        assert package["integrity"].startswith("sha512-"), name


def test_workflows_may_only_read_and_run_what_was_looked_at():
    files = list((ROOT / ".github/workflows").iterdir())
    assert files
    for path in files:
        workflow = yaml.safe_load(path.read_text())
        assert workflow["permissions"] == {"contents": "read"}
        for job in workflow["jobs"].values():
            assert "permissions" not in job
            for step in job["steps"]:
                # A tag can be moved, a commit cannot.
                assert "run" in step or re.search("@[0-9a-f]{40}$", step["uses"]), step


def test_updates_are_proposed_for_every_kind_of_package():
    updates = yaml.safe_load(read(".github/dependabot.yml"))["updates"]
    assert [each["package-ecosystem"] for each in updates] == ["uv", "npm", "github-actions"]
    # How the files are compiled is read from their first lines.
    for layer in LAYERS:
        command = read(f"{layer}.txt").splitlines()[1]
        assert "--universal --python-version 3.11 --no-strip-extras" in command
