#!/bin/sh
# target/venv: a Python environment for the tests of bindings/python.  Says why where there can be
# none, and fails then.

cd "$(dirname "$0")/.." || exit 1
venv=target/venv
[ -e $venv/ready ] && exit 0

no() {
  echo "no Python environment: $1"
  exit 1
}

command -v python3 >/dev/null || no 'python3 is missing'
rm -rf $venv
python3 -m venv $venv >/dev/null 2>&1 || no 'python3 has no venv (on Debian: python3-venv)'
$venv/bin/pip install --quiet --disable-pip-version-check cffi pytest ||
  no 'pip cannot install cffi and pytest'
touch $venv/ready
