#!/bin/sh
# Sets Earmark up in .venv, layer by layer: `requirements/install.sh app [dev] [musicgen]`. Each layer is a pinned list in this
# folder and, on Linux, a few system packages. A layer that is in place already costs a few milliseconds.
# The interpreter is $PYTHON where that is set, else the first of python3, python3.14 … python3.11 that will do.
set -eu
cd "$(dirname "$0")/.."
PATH=$PATH:/usr/sbin:/sbin

say() { printf '%s\n' "$*" >&2; }
fail() { say "earmark: $*"; exit 1; }

# --- System packages -------------------------------------------------------------------------------------------------

as_root() { if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi; }

may_apt() {
    command -v apt-get >/dev/null && { [ "$(id -u)" -eq 0 ] || sudo -n true 2>/dev/null; }
}

# --no-remove: on a desktop with PipeWire, PulseAudio would otherwise push its sound server out.
apt_install() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install --yes -qq --no-remove --no-install-recommends \
        -o DPkg::Lock::Timeout=120 -o Dpkg::Use-Pty=0 "$@"
}

# Installs the packages named, if this user may. What apt has to say is shown only where it matters: when it fails.
try_apt() {
    may_apt || return 1
    say "Installing $* with apt…"
    report=$(apt_install "$@" 2>&1) && return
    # The package lists may be missing or stale.
    as_root apt-get update -qq >/dev/null 2>&1 || true
    report=$(apt_install "$@" 2>&1) || { say "$report"; return 1; }
}

# The one command that would install the packages named, for this system.
remedy() {
    if command -v apt-get >/dev/null; then echo "sudo apt-get install $*"
    elif command -v brew >/dev/null; then echo "brew install $*"
    else echo "install $* with your package manager"; fi
}

# What is missing is looked for by what it brings, not by package: names differ between releases.
missing_packages() {
    case $1-$(uname) in
    app-Linux)
        ldconfig -p 2>/dev/null | grep -q 'libportaudio\.so\.2' || echo libportaudio2
        # Through this one ALSA, and so PortAudio, reaches PulseAudio and PipeWire.
        ! command -v apt-get >/dev/null || ls /usr/lib/*/alsa-lib/libasound_module_pcm_pulse.so >/dev/null 2>&1 ||
            echo libasound2-plugins
        ;;
    dev-Linux)
        command -v tmux >/dev/null || echo tmux
        command -v pulseaudio >/dev/null || echo pulseaudio
        command -v parec >/dev/null || echo pulseaudio-utils
        command -v chromium >/dev/null || command -v google-chrome >/dev/null || ! command -v apt-get >/dev/null || echo chromium
        ;;
    dev-Darwin) command -v tmux >/dev/null || echo tmux ;;
    esac
}

all_missing() {
    can_make_venv || venv_package
    for layer; do missing_packages "$layer"; done
}

system_packages() {
    missing=$(all_missing "$@" | xargs)
    [ -n "$missing" ] || return 0
    # shellcheck disable=SC2086 # one word a package
    ! try_apt $missing || return 0
    can_make_venv || fail "$python cannot make virtual environments yet. Type: $(remedy "$missing")"
    [ -z "${CI:-}" ] || fail "Some checks need $missing. Type: $(remedy "$missing")"
    case $* in
    *dev*) say "Checks that need $missing will be skipped until you type: $(remedy "$missing")" ;;
    *) say "Earmark will run without sound until you type: $(remedy "$missing")" ;;
    esac
}

# --- Python ----------------------------------------------------------------------------------------------------------

# Is $1 a Python from 3.11 on, below $2?
will_do() { "$1" -c "import sys; sys.exit(not (3, 11) <= sys.version_info < ($2))" >/dev/null 2>&1; }

# The pinned lists are made for the versions up to 3.14; $PYTHON may name a newer one.
find_python() {
    for candidate in python3 python3.14 python3.13 python3.12 python3.11; do
        if will_do "$candidate" "3, 15"; then echo "$candidate"; return; fi
    done
    return 1
}

choose_python() {
    if [ -n "${PYTHON:-}" ]; then
        will_do "$PYTHON" "4," || fail "$PYTHON is not Python 3.11 or newer. Type: make run PYTHON=/path/to/python3"
        python=$PYTHON
    elif ! python=$(find_python); then
        if command -v apt-get >/dev/null; then try_apt python3 python3-venv || true; fi
        python=$(find_python) ||
            fail "Earmark needs Python 3.11 to 3.14 and found none. Install one, then type: make run PYTHON=/path/to/python3"
    fi
}

can_make_venv() { venv_stands || "$python" -c "import ensurepip, venv" 2>/dev/null; }

# Debian keeps what a virtual environment needs in a package of its own.
venv_package() { "$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])'; }

make_venv() {
    [ ! -e .venv/.layer-musicgen ] || say "The old .venv is of no use here. To set MusicGen up again, type: make musicgen"
    say "Making .venv with $("$python" --version)…"
    "$python" -m venv --clear .venv
    # uv is many times faster than pip, but there is not a wheel of it for every machine.
    pip --only-binary uv --constraint requirements/dev.txt uv setuptools 2>/dev/null ||
        pip --constraint requirements/dev.txt setuptools
    venv_identity >.venv/.identity
}

quiet=--quiet
# shellcheck disable=SC2086 # no word where $quiet is empty
pip() { .venv/bin/python -m pip install $quiet --disable-pip-version-check --no-deps "$@"; }

# shellcheck disable=SC2086
uv() { .venv/bin/uv pip install $quiet --system-certs --python .venv/bin/python --compile-bytecode --no-deps "$@"; }

install() {
    if [ -x .venv/bin/uv ]; then
        ! uv "$@" || return 0
        say "uv failed; trying pip…"
    fi
    pip "$@"
}

# Nothing else needs MusicGen, and it is large: where it can't be had, one line says so. Most of it are the
# libraries for NVIDIA's devices that torch brings along on Linux.
install_musicgen() {
    case $(uname -sm) in "Linux x86_64") needed_gb=8 ;; *) needed_gb=3 ;; esac
    free_gb=$(df -Pk . | { read -r _; read -r _ _ _ free _; echo $((free / 1000000)); })
    [ -e .venv/.layer-musicgen ] || [ "$free_gb" -ge "$needed_gb" ] ||
        no_musicgen "it takes $needed_gb GB of disk, and $free_gb GB are free here"
    if [ -x .venv/bin/uv ]; then installer=uv; else installer=pip; fi
    if [ -t 2 ]; then
        # Someone waits for gigabytes: let them see it move.
        quiet=
        $installer --requirement requirements/musicgen.txt || no_musicgen "see above"
    else
        report=$($installer --requirement requirements/musicgen.txt 2>&1) || no_musicgen "$(reason "$report")"
    fi
}

# The innermost cause that uv names; of pip the last line.
reason() {
    cause=$(printf '%s\n' "$1" | sed -nE 's/^ *(cause|Caused by): //p' | tail -n 1)
    echo "${cause:-$(printf '%s\n' "$1" | tail -n 1)}"
}

no_musicgen() { fail "MusicGen could not be set up: $1. All else works without it. To try again, type: make musicgen"; }

# --- Layers ----------------------------------------------------------------------------------------------------------

# Scripts in .venv know its path, and its packages lie in a folder named for the version of Python.
venv_identity() { pwd && .venv/bin/python --version; }

venv_stands() { [ -x .venv/bin/python ] && [ "$(cat .venv/.identity 2>/dev/null)" = "$(venv_identity)" ]; }

# Changes with whatever decides what .venv should hold.
wanted=$(cat pyproject.toml requirements/*.txt requirements/install.sh | cksum)

in_place() { [ "$(cat ".venv/.layer-$1" 2>/dev/null)" = "$wanted" ]; }

set_up() {
    say "Setting up $1 in .venv…"
    if [ "$1" = musicgen ]; then install_musicgen; else install --requirement "requirements/$1.txt"; fi
    if [ "$1" = app ]; then
        install --no-build-isolation --editable .
        .venv/bin/python -m compileall -q library ratings tui
    fi
    echo "$wanted" >".venv/.layer-$1"
}

todo=
for layer; do
    [ -f "requirements/$layer.txt" ] || fail "requirements/ has no list called $layer"
    { venv_stands && in_place "$layer"; } || todo="$todo $layer"
done
[ -n "$todo" ] || exit 0
venv_stands || choose_python
# shellcheck disable=SC2086 # one word a layer
system_packages $todo
venv_stands || make_venv
for layer in $todo; do set_up "$layer"; done
