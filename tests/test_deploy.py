"""What is shipped for running the service, read by systemd's tool and by rules of ours."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from huiwen.settings import Settings, load_settings
from server.listen import require_safe
from tests.conftest import ROOT

DEPLOY = ROOT / "deploy"
SETTINGS = {f"HUIWEN_{name.upper()}" for name in Settings.model_fields}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    return found


def env_file() -> dict[str, str]:
    lines = (DEPLOY / "full.env").read_text("utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def interpolated(text: str, environment: dict[str, str]) -> str:
    """``${NAME:-default}`` as Compose replaces it."""
    return re.sub(
        r"\$\{(\w+):-([^}]*)\}", lambda found: environment.get(found[1]) or found[2], text
    )


def test_services_name_only_what_is_there(compose: dict[str, Any]) -> None:
    services = compose["services"]
    for name, service in services.items():
        assert set(service.get("depends_on", {})) <= set(services), name
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert source.startswith(("$", ".", "/")) or source in compose["volumes"], volume
    used = {v.split(":")[0] for s in services.values() for v in s.get("volumes", [])}
    assert set(compose["volumes"]) <= used


def test_images_are_pinned_and_the_server_gives_up_rights(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        image = interpolated(service["image"], {})
        assert not image.endswith(":latest"), name
        assert ":" in image, name
    server = compose["services"]["huiwen"]
    assert server["read_only"] is True
    assert server["cap_drop"] == ["ALL"]
    # Nothing is open to the network unless said so.
    assert interpolated(server["ports"][0], {}).startswith("127.0.0.1:")
    for name, service in compose["services"].items():
        assert name == "huiwen" or "ports" not in service


def test_those_that_others_wait_for_can_be_found_healthy(compose: dict[str, Any]) -> None:
    services = compose["services"]
    for name, service in services.items():
        for other, how in service.get("depends_on", {}).items():
            assert "healthcheck" in services[other], (name, other)
            # Without the profile the server starts alone.
            alone = "profiles" not in service and "profiles" in services[other]
            assert how.get("required", True) is not alone


@pytest.mark.parametrize("environment", [{}, env_file()], ids=["alone", "full"])
def test_the_environment_is_one_the_program_takes(
    compose: dict[str, Any], environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    given = compose["services"]["huiwen"]["environment"]
    dockerfile = dict(re.findall(r"(HUIWEN_\w+)=(\S+)", (DEPLOY / "Dockerfile").read_text("utf-8")))
    for name, value in {**dockerfile, **given}.items():
        assert name in SETTINGS
        monkeypatch.setenv(name, interpolated(str(value), environment))
    settings = load_settings()
    assert settings.host == "0.0.0.0"
    require_safe(settings)  # it starts: a container listens to the network
    if environment:
        assert settings.engine == "milvus"
        assert settings.milvus_uri == "http://milvus:19530"
        assert settings.openai_base_url == "http://vllm:8000/v1"
        password = environment["POSTGRES_PASSWORD"]
        assert settings.catalog_url == f"postgresql://huiwen:{password}@postgres/huiwen"
    else:
        assert (settings.engine, settings.catalog_url) == ("local", "")


def test_it_is_given_longer_to_stop_than_it_takes(compose: dict[str, Any]) -> None:
    grace = int(compose["services"]["huiwen"]["stop_grace_period"].removesuffix("s"))
    unit = (DEPLOY / "huiwen.service").read_text("utf-8")
    seconds = int(re.findall(r"^TimeoutStopSec=(\d+)s$", unit, re.M)[0])
    assert min(grace, seconds) > Settings.model_fields["stop_within_s"].default + 10


def test_the_image_holds_every_package_and_copies_only_what_is_there() -> None:
    text = (DEPLOY / "Dockerfile").read_text("utf-8")
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.M)
    names = {name for line in copied for name in line.split()}
    assert all((ROOT / name).exists() for name in names)
    allowed = set(re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text("utf-8"), re.M))
    assert names <= allowed
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
    assert packages <= names
    setup = (ROOT / "scripts" / "setup").read_text("utf-8")
    assert re.findall(r"torch==(\S+)", text) == re.findall(r"^TORCH=(\S+)$", setup, re.M)
    # The last stage, the one that runs, is nobody in particular.
    assert "USER 10001" in text.split("FROM ")[-1]


def test_the_image_s_packages_are_those_of_the_project() -> None:
    packages = re.findall(r"include = \[(.+)\]", (ROOT / "pyproject.toml").read_text("utf-8"))[0]
    names = set(re.findall(r'"(\w+)\*"', packages))
    text = (DEPLOY / "Dockerfile").read_text("utf-8")
    assert all(f"COPY {name} {name}" in text for name in names)


def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    if not shutil.which("systemd-analyze"):
        pytest.skip("no systemd-analyze here")
    unit = (DEPLOY / "huiwen.service").read_text("utf-8")
    # It insists that the program is there, which it is on the machines it is for.
    here = unit.replace("/opt/huiwen/huiwen serve", "/bin/true").replace("User=huiwen", "User=root")
    path = tmp_path / "huiwen.service"
    path.write_text(here.replace("Group=huiwen", "Group=root"), "utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(path)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    said = [line for line in done.stderr.splitlines() if "huiwen" in line]
    assert (done.returncode, said) == (0, []), done.stderr
