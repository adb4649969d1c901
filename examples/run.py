"""Start one of the applications with all it needs: python3 examples/run.py live_board

The first time it makes a virtual environment and installs the application's requirements, and writes
a `.env` with secrets made for this machine. Both are the application's own, in its folder.

hookkit is that of the repository which this folder is in. Outside of one it is a requirement like the
others: of the package index, or of a folder of wheels that PIP_FIND_LINKS names.
"""

import os
import secrets
import signal
import subprocess
import sys
import venv
from pathlib import Path

EXAMPLES = Path(__file__).resolve().parent


def main() -> int:
    names = sorted(found.parent.name for found in EXAMPLES.glob("*/requirements.txt"))
    if len(sys.argv) != 2 or sys.argv[1] not in names:
        print(f"usage: python3 {sys.argv[0]} NAME, where NAME is one of: {', '.join(names)}")
        return 2
    folder = EXAMPLES / sys.argv[1]
    python = installed(folder)
    settings = written(folder)
    # What is set outside goes first.
    environment = settings | os.environ
    with subprocess.Popen([python, folder], env=environment) as process:
        # It ends in its own time. Ctrl-C in a terminal reaches it by itself.
        signal.signal(signal.SIGINT, lambda *_: None)
        signal.signal(signal.SIGTERM, lambda *_: process.terminate())
        code = process.wait()
    return code if code >= 0 else 128 - code


def installed(folder: Path) -> Path:
    """The Python of the application's environment, with what it requires."""
    home = folder / ".venv"
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    wanted = (folder / "requirements.txt").read_text()
    stamp = home / "installed.txt"
    if stamp.is_file() and stamp.read_text() == wanted:
        return python
    print(f"installing what {folder.name} needs into {home}", flush=True)
    venv.create(home, with_pip=True, clear=True)
    clone = EXAMPLES.parent / "src" / "hookkit"
    here = ["--editable", str(EXAMPLES.parent)] if clone.is_dir() else []
    pip = [python, "-m", "pip", "install", "--quiet", *here, "-r", folder / "requirements.txt"]
    if subprocess.run(pip, check=False).returncode != 0:
        sys.exit(f"pip could not install what {folder.name} needs")
    stamp.write_text(wanted)
    return python


def written(folder: Path) -> dict[str, str]:
    """The application's settings, with a secret of its own for each that is left empty."""
    file = folder / ".env"
    if not file.exists():
        lines = [each.strip() for each in (folder / "settings.env").read_text().splitlines()]
        made = [f"{each}{secrets.token_hex(24)}" if each.endswith("=") else each for each in lines]
        file.touch(mode=0o600)
        file.write_text("\n".join(made) + "\n")
        print(f"wrote {file}: its secrets are for this machine; put the provider's in their place")
    pairs = [each.partition("=") for each in file.read_text().splitlines()]
    return {name: value for name, _, value in pairs if name and not name.startswith("#")}


if __name__ == "__main__":
    sys.exit(main())
