"""A page of another origin, in headless Chromium (npm): it uploads, records a handover and sees its photo (needs Node 20)."""

import io
import json
import subprocess
from pathlib import Path
from random import Random

import pytest
from PIL import Image

from amanah.cli.embedded import free_port
from amanah.cli.process import token
from amanah.demo.places import VILLAGES
from amanah.demo.program import package_code
from tests.foreign.conftest import AMANAH
from tests.foreign.programs import running_process
from tests.foreign.test_npm import NPM

pytestmark = pytest.mark.foreign


def picture(form: str) -> bytes:
    """A picture of its own."""
    out = io.BytesIO()
    Image.frombytes("RGB", (9, 8), Random(7).randbytes(9 * 8 * 3)).resize((640, 480)).save(out, form)
    return out.getvalue()


def test_a_page_of_another_origin_records_a_handover(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KAFKA_BOOTSTRAP_SERVERS", raising=False)  # the demo wants a bus that holds nothing yet
    data, url, page = tmp_path / "data", f"http://127.0.0.1:{free_port()}", free_port()
    played = (*AMANAH, "demo", "--recipients", "40", "--exit", "--data", data, "--port", url.rpartition(":")[2])
    subprocess.run(played, check=True, capture_output=True, timeout=240)
    files = [tmp_path / "photo.jpg", tmp_path / "signature.png"]
    for file, form in zip(files, ("JPEG", "PNG"), strict=True):
        file.write_bytes(picture(form))
    monkeypatch.setenv("AMANAH_GATEWAY_ORIGINS", json.dumps([f"http://127.0.0.1:{page}"]))
    with running_process(f"{url}/readyz", *AMANAH, "up", "--quiet", "--data", data, "--port", url.rpartition(":")[2]):
        officer = token(data, "OFFICER", VILLAGES[0].code, "Ucup Contoh")
        command = ("node", "page.mjs", url, officer, package_code(VILLAGES[0], 1), *map(str, files), str(page))
        done = subprocess.run(command, cwd=NPM, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"origin": f"http://127.0.0.1:{page}", "status": "ACCEPTED", "width": 640}
