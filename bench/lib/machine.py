# SPDX-License-Identifier: MIT
"""machine.py - where the figures come from.

Owns    what is said on top: machine, kernel, memory, libc and versions.
Calls   /proc, /sys, dpkg-query, git.
"""
import os
import platform
import re
import subprocess
import time
from functools import cache
from pathlib import Path

from allocators import REVISION, Allocator


def output_of(*command: str, check: bool = True) -> str:
    """What a command prints, or nothing if it fails or is not there."""
    try:
        return subprocess.run(command, capture_output=True, text=True,
                              check=check).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def text_of(path: str) -> str:
    try:
        return Path(path).read_text().strip()
    except OSError:
        return ""


@cache
def package_of(path: Path) -> str:
    """The Debian package of a file and its version, or nothing."""
    real = str(path.resolve())
    moved = real.removeprefix("/usr") if real.startswith("/usr/") else (
        "/usr" + real)      # dpkg knows some files by their name before /usr
    # it fails if one of the names is unknown, after it said whose others are
    owner = output_of("dpkg-query", "-S", str(path), real, moved,
                      check=False).split(": ")[0]
    if not owner:
        return ""
    return output_of("dpkg-query", "-W", "-f", "${Package} ${Version}",
                     owner.split(",")[0])


def revision(directory: Path) -> str:
    """The commit of a checkout, and whether it was changed since."""
    commit = output_of("git", "-C", str(directory), "rev-parse", "--short",
                       "HEAD")
    if not commit:
        return ""
    changed = output_of("git", "-C", str(directory), "status", "--porcelain",
                        "-uno")
    return f"git {commit}" + (" and changes" if changed else "")


def libc_path() -> Path | None:
    match = re.search(r"\S+/libc\.so\.6$", text_of("/proc/self/maps"), re.M)
    return Path(match[0]) if match else None


def version_of(allocator: Allocator, source: Path) -> str:
    """As exact as can be found out."""
    settings = " ".join(f"{k}={v}" for k, v in allocator.settings)
    if allocator.library is None:
        libc = libc_path()
        version = package_of(libc) if libc else ""
    elif allocator.base == "hakmem":
        version = revision(source)
    elif allocator.base.startswith(REVISION):
        version = allocator.base
    else:
        version = package_of(allocator.library)
    version = version or f"{allocator.library or platform.libc_ver()[1]}"
    return f"{version} {settings}".strip()


def load_average() -> str:
    return " ".join(f"{load:.2f}" for load in os.getloadavg())


def chosen(words: str) -> str:
    """The word in brackets."""
    match = re.search(r"\[(\w+)\]", words)
    return match[1] if match else words or "none"


def describe(cpus: str) -> dict[str, str]:
    """The machine; CPUS says where the runs were held to, or ''."""
    cpuinfo, meminfo = text_of("/proc/cpuinfo"), text_of("/proc/meminfo")
    model = re.search(r"^(?:model name|CPU part)\s*:\s*(.*)$", cpuinfo, re.M)
    memory = re.search(r"^MemTotal:\s*(\d+)", meminfo, re.M)
    virtual = output_of("systemd-detect-virt", "--vm") or (
        "virtual" if re.search(r"\bhypervisor\b", cpuinfo) else "")
    governor = text_of("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
    huge = "/sys/kernel/mm/transparent_hugepage/"
    libc = libc_path()
    return {
        "date": time.strftime("%Y-%m-%d %H:%M %z"),
        "machine": ", ".join(word for word in (
            platform.machine(), model[1] if model else "", virtual,
            f"governor {governor}" if governor else "") if word),
        "cpus": f"{len(os.sched_getaffinity(0))} of {os.cpu_count()}"
                + (f", held to {cpus}" if cpus else ", not pinned"),
        "memory": f"{int(memory[1]) / 1048576:.1f} GiB" if memory else "",
        "kernel": platform.release(),
        "huge pages": f"{chosen(text_of(huge + 'enabled'))}, defrag "
                      f"{chosen(text_of(huge + 'defrag'))}",
        "libc": (package_of(libc) if libc else "")
                or " ".join(platform.libc_ver()),
        "load": load_average(),
    }
