"""This machine: folders, keys, room, what is installed."""

import platform
import shutil
import subprocess
import tempfile
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from plugin.operate.checks import folder_refused
from plugin.operate.doctor.patient import Hint, Ill, Patient

OTHERS_READ = 0o004
OTHERS_ENTER = 0o007
LEAST_FREE_BYTES = 1 << 30  # some hundred photos with all that is made of them, and a film
PRINT_PACKAGES = ("pyvips", "pikepdf", "av", "fontpkg_noto_sans")
# Scripts that are not drawn with what comes along, and a language of each as fontconfig knows it.
SCRIPTS = {"Arabic": "ar", "Hebrew": "he", "Thai": "th", "Chinese": "zh-cn", "Japanese": "ja", "Korean": "ko"}
FONTS_SECONDS = 30.0


def versions(_patient: Patient) -> str:
    return f"Virtual Mosaic {version('virtual-mosaic')} on Python {platform.python_version()}"


def settings(patient: Patient) -> str:
    if patient.unknown:
        raise Hint(
            f"There is no setting {', '.join(patient.unknown)}: is it written right? The README has them all."
        )
    return "all can be read"


def data_folder(patient: Patient) -> str:
    folder = patient.settings.data_folder
    if not folder.is_dir():
        raise Ill(f"There is no folder {folder}. Start `mosaic run` once, or name another with MOSAIC_DATA.")
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise Ill(str(folder_refused(folder, error))) from None
    if folder.stat().st_mode & OTHERS_ENTER:
        raise Ill(f"Other users of this machine get into {folder}. Say: chmod 700 {folder}")
    return f"{folder} can be written, by nobody else"


def secret_key(patient: Patient) -> str:
    path = patient.secret_file
    if path is None:
        return "in the environment"
    if path.stat().st_mode & OTHERS_READ:
        raise Ill(
            f"Every user of this machine can read {path}: whoever has it can be anybody, and read what is sealed. "
            f"Say: chmod 600 {path}; if others have been here, change the key (docs/operate)."
        )
    return f"{path} is not for everybody"


def disk(patient: Patient) -> str:
    folders = {patient.settings.data_folder, Path(tempfile.gettempdir())}
    url = patient.settings.resolved_storage_url
    if url.startswith("file://"):
        folders.add(Path(url.removeprefix("file://")))
    free = {folder: shutil.disk_usage(_there(folder)).free for folder in folders}
    tight = min(free, key=lambda folder: free[folder])
    if free[tight] < LEAST_FREE_BYTES:
        raise Ill(
            f"There are only {free[tight] >> 20:,} MB left for {tight}. Make room, or move it to a larger disk."
        )
    return f"{free[tight] >> 30:,} GB left where there is least, for {tight}"


def _there(folder: Path) -> Path:
    """The folder, or what is there of its path."""
    return next(each for each in (folder, *folder.parents) if each.exists())


def prints(_patient: Patient) -> str:
    missing = [name for name in PRINT_PACKAGES if find_spec(name) is None]
    if missing:
        raise Hint(
            f"Posters and films cannot be made here, for want of {', '.join(missing)}. Where this machine is to make "
            "them: pip install 'virtual-mosaic[print]'"
        )
    lister = shutil.which("fc-list")
    if lister is None:
        raise Hint("Which fonts this machine has cannot be told: there is no fc-list (Debian: fontconfig).")
    try:
        known = _languages(lister)
    except subprocess.TimeoutExpired:
        raise Hint("Which fonts this machine has cannot be told: fc-list does not come to an end.") from None
    without = [script for script, language in SCRIPTS.items() if language not in known]
    if without:
        raise Hint(
            f"Names in {', '.join(without)} become boxes in keepsakes. "
            "On Debian: apt install fonts-noto-core fonts-noto-cjk fonts-noto-color-emoji"
        )
    return "everything for posters and films is here, and fonts for all scripts that we know of"


def _languages(lister: str) -> set[str]:
    """Those that some font of this machine has letters for. Raises TimeoutExpired: a first run may be long."""
    asked = subprocess.run(  # noqa: S603 - no word of it comes from outside
        [lister, ":", "lang"], capture_output=True, text=True, timeout=FONTS_SECONDS, check=False
    )
    return {each for line in asked.stdout.splitlines() for each in line.partition("lang=")[2].split("|")}
