"""Reads what the tests of Checkov expect, without running them: prints JSON for checkov.ts. One argument: the folder of a kind of tests."""
import ast
import json
import os
import re
import sys

folder = sys.argv[1]
cases = []


def literal(node):
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError):
        return None


for name in sorted(os.listdir(folder)):
    if not re.match(r"test_.*\.py$", name):
        continue
    with open(os.path.join(folder, name), encoding="utf-8") as file:
        text = file.read()
    tree = ast.parse(text)
    label = next((n.module.rsplit(".", 1)[-1] for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.module and ".checks.resource" in n.module and any(a.name == "check" for a in n.names)), None)
    if label is None:
        continue
    example = re.search(r"[\"'/](example_\w+)", text)
    named = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            kind = re.match(r"(pass|fail)(?!.*check)", node.targets[0].id)
            value = literal(node.value) if kind else None
            if isinstance(value, (set, list, tuple)):
                named.setdefault(kind.group(1), []).extend(v for v in value if isinstance(v, str))
    if example:
        cases.append({"label": label, "test": name, "example": example.group(1), "pass": named.get("pass"), "fail": named.get("fail")})
    for function in (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name.startswith("test")):
        source = ast.get_source_segment(text, function) or ""
        result = re.findall(r"CheckResult\.(PASSED|FAILED)", source)
        if len(set(result)) != 1:
            continue
        strings = [n.args[0].value for n in ast.walk(function) if isinstance(n, ast.Call) and n.args and isinstance(n.args[0], ast.Constant) and isinstance(n.args[0].value, str) and getattr(n.func, "attr", "") == "loads"]
        objects = [literal(n.value) for n in ast.walk(function) if isinstance(n, ast.Assign) and isinstance(n.value, ast.Dict)]
        for index, string in enumerate(strings):
            cases.append({"label": label, "test": f"{name}#{function.name}#{index}", "hcl": string, "bad": result[0] == "FAILED"})
        for index, conf in enumerate(o for o in objects if o):
            cases.append({"label": label, "test": f"{name}#{function.name}#{index}", "conf": conf, "bad": result[0] == "FAILED"})
json.dump(cases, sys.stdout)
