# SPDX-License-Identifier: MIT
"""allocators.py - which library is preloaded, with which settings.

Owns    the names of the peers and the packages that bring them, and the
        form [NAME=]WHICH[:VARIABLE=VALUE...] in which one is asked for.
Calls   ldconfig.
"""
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tree import UsageError

# Debian's: the file a program would link with, and the package it is in.
PEERS = {
    "mimalloc": ("libmimalloc.so.2", "libmimalloc2.0"),
    "jemalloc": ("libjemalloc.so.2", "libjemalloc2"),
    "tcmalloc": ("libtcmalloc_minimal.so.4", "libtcmalloc-minimal4"),
    "tbb": ("libtbbmalloc_proxy.so.2", "libtbbmalloc2"),
}
REVISION = "git "       # the base of a library that was built of a revision
DEFAULT = "hakmem,glibc,mimalloc,jemalloc,tcmalloc,tbb"

FORM = """\
An allocator is  [NAME=]WHICH[:VARIABLE=VALUE]...  where WHICH is
  hakmem       the build tree's library
  glibc        no library preloaded
  mimalloc jemalloc tcmalloc tbb
               Debian's, where the dynamic linker finds them; one that is
               not installed is left out, with a line that names its package
  a path       any library; it has a / in it
and VARIABLE=VALUE is set in the environment of its runs, so that settings
are compared as allocators of their own:
  lean=hakmem:HAKMEM_KEEP_MB=0   before=/tmp/old/libhakmem.so.0
"""


@dataclass(frozen=True)
class Allocator:
    """A library, how it is set, and what it is called in the tables."""
    name: str
    base: str                       # a name of FORM, or the path
    library: Path | None            # None: glibc's own
    settings: tuple[tuple[str, str], ...] = ()

    @property
    def ours(self) -> bool:
        return (self.base == "hakmem" or self.base.startswith(REVISION)
                or "libhakmem" in self.base)

    @property
    def kind(self) -> str:
        """Which peer this is as it comes; else its own name."""
        known = self.base in PEERS and not self.settings
        return self.base if known else self.name

    def environment(self) -> dict[str, str]:
        preload = {"LD_PRELOAD": str(self.library)} if self.library else {}
        return preload | dict(self.settings)


class NotInstalled(Exception):
    """A peer that is not on this machine; the text names its package."""


def find_shared(soname: str) -> Path | None:
    """Where the dynamic linker would find a library; this machine's kind."""
    listing = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True,
                             text=True, check=False).stdout
    for line in listing.splitlines():
        name, _, path = line.strip().partition(" => ")
        if name.split(" ")[0] == soname and "64" in name:
            return Path(path)
    for path in sorted(Path("/usr/lib").glob(f"*-linux-gnu/{soname}")):
        return path
    return None


def split_form(text: str) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    """NAME or nothing, WHICH, and the settings."""
    which, *settings = re.split(r":(?=[A-Za-z_]\w*=)", text)
    named = re.fullmatch(r"([\w.+-]+)=(.+)", which)
    name, which = named.groups() if named else ("", which)
    pairs = tuple((variable, value) for variable, _, value in
                  (setting.partition("=") for setting in settings))
    return name, which, pairs


def default_name(which: str, settings: tuple[tuple[str, str], ...]) -> str:
    """hakmem:lean of hakmem:HAKMEM_PROFILE=lean; a path's file name."""
    if "/" in which:
        which = re.sub(r"^lib|\.so.*$", "", Path(which).name)
    return ":".join([which, *(value for _, value in settings)])


def check_settings(allocator: Allocator) -> None:
    """A variable that this build does not read would compare it to itself."""
    if not allocator.ours or not allocator.library:
        return
    image = allocator.library.read_bytes()
    for variable, _ in allocator.settings:
        if variable.startswith("HAKMEM_") and variable.encode() not in image:
            raise UsageError(f"{allocator.name}: {allocator.library} does not "
                             f"know {variable}")


def parse_allocator(text: str, hakmem: Path) -> Allocator:
    """One allocator from its form; HAKMEM is the build tree's library."""
    name, which, settings = split_form(text)
    name = name or default_name(which, settings)
    if which == "glibc":
        library = None
    elif which == "hakmem":
        library = hakmem
    elif which in PEERS:
        soname, package = PEERS[which]
        library = find_shared(soname)
        if not library:
            raise NotInstalled(f"{name}: no {soname}: install the package "
                               f"{package}")
    elif "/" in which:
        library = Path(which)
    else:
        raise UsageError(f"{which}: neither an allocator that is known nor a "
                         "path; see --help")
    if library:
        if not library.exists():
            raise UsageError(f"{name}: no {library}")
        library = library.resolve()
    allocator = Allocator(name, which, library, settings)
    check_settings(allocator)
    return allocator


def parse_allocators(texts: list[str], hakmem: Path
                     ) -> tuple[list[Allocator], list[str]]:
    """Those that are here, and a line for each that is not installed."""
    found: list[Allocator] = []
    missing: list[str] = []
    for text in texts:
        try:
            found.append(parse_allocator(text, hakmem))
        except NotInstalled as absent:
            missing.append(str(absent))
    names = [allocator.name for allocator in found]
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"two allocators are called {name}; name them: "
                             "NAME=...")
    if not found:
        raise UsageError("no allocator: " + "; ".join(missing))
    return found, missing
