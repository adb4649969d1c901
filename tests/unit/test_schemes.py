import subprocess
import sys

import pytest

from hookkit import schemes


@pytest.mark.parametrize("name", ["ECDSA", "RSA", "Ed25519", "Digest", "MessageSignature"])
def test_rare_families_are_loaded_when_they_are_asked_for(name):
    """Twice the same class, of the module that has its family."""
    first = getattr(schemes, name)
    assert isinstance(first, type)
    assert first.__name__ == name
    assert getattr(schemes, name) is first


def test_importing_the_package_loads_none_of_them():
    """In an interpreter of its own."""
    code = (
        "import sys, hookkit.schemes\n"
        "print(*(n for n in sys.modules if n.startswith(('hookkit.schemes.asym', 'hookkit.schemes.dig'))))\n"
        "from hookkit.schemes import Digest\n"
        "print('hookkit.schemes.digest' in sys.modules, 'hookkit.schemes.asymmetric' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout.split()) == (0, ["True", "False"]), done.stderr


@pytest.mark.parametrize("name", ["HMAK", "ecdsa", "__wrapped__", ""])
def test_a_misspelt_family(name):
    """Is an AttributeError, as of any module."""
    with pytest.raises(AttributeError, match=r"module 'hookkit\.schemes' has no attribute"):
        getattr(schemes, name)
