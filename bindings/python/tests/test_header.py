"""The package against tlsql.h: what the header has and a program cannot reach fails, but for the
tables below."""
import ast
import re
import unittest
from pathlib import Path

import support  # noqa: F401  first: it finds the package

import tlsql

ROOT = Path(__file__).resolve().parents[3]
HEADER = (ROOT / "include" / "tlsql.h").read_text()
SOURCES = [ast.parse(path.read_text())
           for path in sorted((ROOT / "bindings" / "python" / "tlsql").glob("*.py"))]

CONSTANTS_NOT_EXPOSED = {
    "TLSQL_H": "the include guard",
    "TLSQL_API": "a macro of C",
    "TLSQL_STR": "a macro of C: a string knows its length",
}
FUNCTIONS_NOT_NEEDED = {}
FIELDS_NOT_EXPOSED = {
    "app_out_made": "read() decrypts in place: see view_len",
    "need_wire_in": "the buffer has room for any record",
    "need_wire_out": "the buffer has room for any record",
    "need_app_out": "read() decrypts in place without a limit",
}
FAMILIES = {
    "TLSQL_E_": "Code",
    "TLSQL_PHASE_": "Phase",
    "TLSQL_WANT_": "Want",
    "TLSQL_EVENT_": "Event",
    "TLSQL_OUTCOME_": "Outcome",
    "TLSQL_VERIFY_": "Verify",
    "TLSQL_NAME_": "NameForm",
    "TLSQL_ERROR_": "ErrorFlag",
    "TLSQL_SEVERITY_": "Severity",
    "TLSQL_ALERT_": "AlertFrom",
    "TLSQL_PASSWORD_": "Password",
    "TLSQL_RELOAD_": "Reload",
}
MEMBERS = {  # of families without a prefix
    "TLSQL_OK": ("Code", "OK"),
    "TLSQL_CLIENT": ("Role", "CLIENT"),
    "TLSQL_SERVER": ("Role", "SERVER"),
}


def exposed(constant):
    """Returns what the package has for a constant of C, or None."""
    family, member = MEMBERS.get(constant, (None, None))
    for prefix, name in FAMILIES.items():
        if constant.startswith(prefix):
            family, member = name, constant[len(prefix):]
    if family is None:
        name = constant[len("TLSQL_"):]
        return getattr(tlsql, name, None) if name in tlsql.__all__ else None
    return getattr(tlsql, family).__members__.get(member) if family in tlsql.__all__ else None


def names_in(node):
    """Returns the names that a piece of source uses."""
    return ({n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
            | {n.attr for n in ast.walk(node) if isinstance(n, ast.Attribute)})


def reachable():
    """Returns the names that public functions, methods and properties use, directly or through
    others; definitions are told apart by their names only."""
    uses, public = {}, []

    def define(name, node):
        uses.setdefault(name, set()).update(names_in(node))
        if not name.startswith("_") or name == "__init__":
            public.append(name)

    def walk(body):
        for node in body:
            if isinstance(node, ast.ClassDef):
                walk(node.body)
            elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                define(node.name, node)
            elif isinstance(node, ast.Assign):
                for target in node.targets:
                    define(getattr(target, "id", "_"), node.value)

    for source in SOURCES:
        walk(source.body)
    found, todo = set(), public
    while todo:
        for name in uses.pop(todo.pop(), ()):
            found.add(name)
            todo.append(name)
    return found


class Header(unittest.TestCase):
    def test_constants(self):
        constants = set(re.findall(r"^# ?define (TLSQL_\w+)", HEADER, re.M))
        self.assertGreater(len(constants), 100)
        self.assertLessEqual(set(CONSTANTS_NOT_EXPOSED), constants)
        missed = {c for c in constants - set(CONSTANTS_NOT_EXPOSED) if exposed(c) is None}
        self.assertEqual(missed, set())

    def test_values(self):
        """A family has its members from tlsql_cdef.h, which is not the header itself."""
        for constant, value in re.findall(r"^#define (TLSQL_\w+) \(?(0x[\da-fA-F]+|-?\d+)u?\)?",
                                          HEADER, re.M):
            self.assertEqual(exposed(constant), int(value, 0), constant)

    def test_functions(self):
        functions = set(re.findall(r"\b(tlsql_\w+)\((?=[^)]*\);)", uncommented(HEADER)))
        self.assertGreater(len(functions), 60)
        self.assertLessEqual(set(FUNCTIONS_NOT_NEEDED), functions)
        self.assertEqual(functions - reachable(), set(FUNCTIONS_NOT_NEEDED))

    def test_fields(self):
        fields = set()
        for body in re.findall(r"typedef struct \w+ \{(.*?)\n\}", uncommented(HEADER), re.S):
            fields |= set(re.findall(r"(\w+)(?:\[\w+\])?;", body))
        self.assertGreater(len(fields), 40)
        strings = {n.value for source in SOURCES for n in ast.walk(source)
                   if isinstance(n, ast.Constant) and isinstance(n.value, str)}
        # The greeting's lengths are read under their names with this ending.
        used = set().union(*map(names_in, SOURCES), strings, {s + "_len" for s in strings})
        self.assertEqual(fields - used, set(FIELDS_NOT_EXPOSED))

    def test_all(self):
        self.assertEqual([name for name in tlsql.__all__ if not hasattr(tlsql, name)], [])


def uncommented(header):
    return re.sub(r"/\*.*?\*/", "", header, flags=re.S)


if __name__ == "__main__":
    unittest.main()
