import sys

import pytest

from hookkit import ConfigError, HookkitError
from hookkit.extras import needed


def test_what_is_installed():
    """Is the module itself, also one inside of a package."""
    assert needed("json", "fast", "reading") is sys.modules["json"]
    assert needed("xml.dom", "fast", "reading") is sys.modules["xml.dom"]


@pytest.mark.parametrize(
    "module", ["hookkit_of_nobody", "json.of_nobody", "hookkit_of_nobody.part"]
)
def test_what_is_not(module):
    """The error names the purpose and what to install; the cause is kept."""
    with pytest.raises(ConfigError) as caught:
        needed(module, "crypto", "the scheme ed25519")
    assert str(caught.value) == ("the scheme ed25519 needs an extra: pip install 'hookkit[crypto]'")
    assert isinstance(caught.value, HookkitError)
    assert isinstance(caught.value.__cause__, ImportError)


def test_a_module_that_breaks(tmp_path, monkeypatch):
    """Something else is wrong with it: not hidden behind advice that does not help."""
    (tmp_path / "broken_extra.py").write_text("raise RuntimeError('on import')")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(RuntimeError, match="on import"):
        needed("broken_extra", "crypto", "it")
