"""Rules that import-linter's contracts (pyproject.toml) cannot check: lazy imports, seeds, paths.

Each rule is a function from a source text to a list of faults, so that the tests can apply it to
counterexamples as well as to the project.
"""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MODULES = sorted((ROOT / "synthlib").rglob("*.py"))

BLENDER = {"bpy", "bmesh", "mathutils", "bpy_extras", "gpu", "gpu_extras", "aud", "idprop", "imbuf"}


# --- reading a source -----------------------------------------------------------------------------


def imports(tree: ast.AST, module: str, is_package: bool) -> Iterator[tuple[int, str]]:
    """(line, full dotted name) of every import of `module`, at any depth."""
    package = module.split(".") if is_package else module.split(".")[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)


def is_within(name: str, roots: set[str]) -> bool:
    """True if the dotted `name` is one of `roots` or is inside one."""
    return any(name == root or name.startswith(root + ".") for root in roots)


def qualified(node: ast.expr, names: dict[str, str]) -> str:
    """The dotted name that an expression such as `np.random.rand` means; "" if there is none."""
    if isinstance(node, ast.Name):
        return names.get(node.id, node.id)
    if isinstance(node, ast.Attribute):
        base = qualified(node.value, names)
        return f"{base}.{node.attr}" if base else ""
    return ""


def local_names(tree: ast.AST) -> dict[str, str]:
    """Local name -> full dotted name, of everything imported."""
    names = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {a.asname: a.name for a in node.names if a.asname}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names}
    return names


# --- the rules ------------------------------------------------------------------------------------


def dynamic_import_faults(source: str, module: str) -> list[str]:
    """Imports by a string, which import-linter cannot see."""
    return [
        f"{module}:{node.lineno}: a dynamic import hides what is imported"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and re.search(r"(^|\.)(import_module|__import__)$", qualified(node.func, {}))
    ]


SEEDED_NUMPY = {"Generator", "BitGenerator", "SeedSequence", "PCG64", "Philox", "default_rng"}
SEEDED_TORCH = {"Generator", "get_rng_state", "random.fork_rng"}
TORCH_DRAWS = re.compile(
    r"torch\.(rand|randn|randint|randperm|rand_like|randn_like|randint_like|normal|bernoulli"
    r"|multinomial|poisson)$|torch\.nn\.init\.(\w*(uniform|normal|orthogonal|sparse)_)$"
)
TENSOR_DRAWS = re.compile(r"\.(uniform|normal|random|bernoulli|exponential|cauchy|geometric)_$")


def randomness_faults(source: str, module: str) -> list[str]:
    """Uses of global or unseeded random state.

    `torch.manual_seed` and the initialisation of layers are allowed inside
    `with torch.random.fork_rng():`, which restores the global state.
    """
    tree = ast.parse(source)
    names = local_names(tree)
    forked = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.With)
        and any(
            isinstance(item.context_expr, ast.Call)
            and qualified(item.context_expr.func, names) == "torch.random.fork_rng"
            for item in node.items
        )
        for inner in ast.walk(node)
    }
    faults = []
    for line, name in imports(tree, module, False):
        if name.split(".")[0] in {"random", "secrets"}:
            faults.append(f"{module}:{line}: {name} is global random state: use seeding.rng_for")
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or node in forked:
            continue
        name = qualified(node.func, names)
        where = f"{module}:{node.lineno}: {ast.unparse(node.func)}"
        keywords = {k.arg for k in node.keywords}
        if name.startswith("numpy.random."):
            function = name.removeprefix("numpy.random.")
            if function.split(".")[0] not in SEEDED_NUMPY:
                faults.append(f"{where} is global random state: use seeding.rng_for")
            elif function == "default_rng" and not (node.args or node.keywords):
                faults.append(f"{where} without a seed differs from call to call")
        elif re.search(r"^torch\.(.*\.)?(manual_seed(_all)?|seed(_all)?|set_rng_state)$", name):
            faults.append(f"{where} outside `with torch.random.fork_rng()` is global random state")
        elif re.match(r"(mathutils\.)?noise\.(random|seed_set)", name):
            faults.append(f"{where} is global random state: use seeding.rng_for")
        elif (
            TORCH_DRAWS.match(name)
            or (isinstance(node.func, ast.Attribute) and TENSOR_DRAWS.search("." + node.func.attr))
        ) and "generator" not in keywords:
            faults.append(f"{where} without generator= draws from the global random state")
    return faults


OUTSIDE = re.compile(
    r"(?<![\w.$}])/(?:wor" + r"k|roo" + r"t|hom" + r"e/\w+|Use" + r"rs/\w+)/|\.\./sha" + "red"
)


def path_faults(text: str, name: str) -> list[str]:
    """Paths of one person's machine, or outside the project, in a file's text."""
    return [
        f"{name}:{number} names {match.group()}: take it from a parameter or $SYNTHLIB_DATA"
        for number, line in enumerate(text.splitlines(), 1)
        for match in OUTSIDE.finditer(line)
    ]


# --- the project keeps them -----------------------------------------------------------------------


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def project_files() -> list[Path]:
    """The existing files that git tracks or would add."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in names.split("\0") if name and (ROOT / name).is_file()]


MODULE_NAMES = [module_name(path) for path in MODULES]
PACKAGES = [
    module_name(path)
    for path in MODULES
    if path.name == "__init__.py" and "blender" not in path.relative_to(ROOT).parts
]


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_module_keeps_the_rules(path):
    source, module = path.read_text(), module_name(path)
    assert randomness_faults(source, module) == []
    if not module.startswith("synthlib.blender."):
        assert dynamic_import_faults(source, module) == []


def test_tests_and_notebooks_never_import_bpy():
    sources = {path: path.read_text() for path in (ROOT / "tests").rglob("*.py")}
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        cells = [c for c in json.loads(path.read_text())["cells"] if c["cell_type"] == "code"]
        code = "\n".join("".join(cell["source"]) for cell in cells)
        sources[path] = re.sub(r"^\s*[%!].*$", "", code, flags=re.MULTILINE)
    for path, source in sources.items():
        if path.name.startswith("probe_"):  # run in a process of its own
            continue
        reached = {name for _, name in imports(ast.parse(source), path.stem, False)}
        wrong = {n for n in reached if is_within(n, BLENDER | {"synthlib.blender"})}
        assert not wrong, f"{path.name} imports {wrong}"


def test_no_file_names_a_path_outside_the_project():
    faults = []
    for path in project_files():
        try:
            faults += path_faults(path.read_text(), str(path.relative_to(ROOT)))
        except UnicodeDecodeError:
            continue  # an image
    assert faults == []


def loaded_by(*modules: str) -> set[str]:
    """Top-level packages that a fresh interpreter has loaded after importing `modules`."""
    code = "import sys\n" + "".join(f"import {module}\n" for module in modules)
    code += "print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def modules_below(*packages: str) -> list[str]:
    names = [module_name(path) for path in MODULES]
    return [name for name in names if is_within(name, set(packages))]


HEAVY = {"bpy", "torch", "torchvision", "pandas", "matplotlib", "sklearn", "scipy"}


@pytest.mark.parametrize("package", PACKAGES)
def test_importing_a_package_loads_nothing_heavy(package):
    assert not loaded_by(package) & HEAVY


@pytest.mark.parametrize(
    ("packages", "absent"),
    [
        (["synthlib.assets", "synthlib.rendering", "synthlib.photographs"], {"bpy", "torch"}),
        (["synthlib.evaluation"], {"bpy", "torch"}),
        (["synthlib.reporting.tables", "synthlib.reporting.thesis"], {"bpy", "torch"}),
        (["synthlib.reporting.figures"], {"bpy", "torch"}),
        (["synthlib"], {"bpy"}),
    ],
    ids=lambda value: "-".join(sorted(value)),
)
def test_importing_every_module_loads_no(packages, absent):
    modules = [m for m in modules_below(*packages) if not is_within(m, {"synthlib.blender"})]
    assert not loaded_by(*modules) & absent


def test_what_blender_needs_of_the_library_loads_neither_torch_nor_pandas():
    needed = set()
    for path in (ROOT / "synthlib" / "blender").rglob("*.py"):
        reached = {
            name for _, name in imports(ast.parse(path.read_text()), module_name(path), False)
        }
        for name in reached:
            if is_within(name, {"synthlib"}) and not is_within(name, {"synthlib.blender"}):
                needed |= {m for m in MODULE_NAMES if m != "synthlib" and is_within(name, {m})}
    assert needed, "the search found no import"
    assert not loaded_by(*sorted(needed)) & {"torch", "pandas", "bpy"}


@pytest.mark.parametrize("package", PACKAGES)
def test_a_facade_offers_what_it_lists(package):
    stub = ROOT / package.replace(".", "/") / "__init__.pyi"
    if not stub.exists():
        return
    code = f"import {package} as p\nfor name in p.__all__: getattr(p, name)\nprint(*p.__all__)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()


# --- the rules catch what they are for ------------------------------------------------------------


@pytest.mark.parametrize(
    "source",
    ["import importlib\nimportlib.import_module('synthlib.blender')", "__import__('bpy')"],
)
def test_dynamic_import_rule_catches(source):
    assert len(dynamic_import_faults(source, "synthlib.x")) == 1


@pytest.mark.parametrize(
    "source",
    [
        "import random",
        "from random import shuffle",
        "import numpy as np\nnp.random.seed(0)",
        "import numpy as np\nx = np.random.rand(3)",
        "from numpy.random import randint\nrandint(3)",
        "from numpy import random as r\nr.normal()",
        "import numpy as np\nrng = np.random.default_rng()",
        "import torch\ntorch.manual_seed(0)",
        "import torch\ntorch.cuda.manual_seed_all(0)",
        "import torch\ntorch.random.fork_rng()\ntorch.manual_seed(0)",
        "import torch\nx = torch.rand(3)",
        "from torch import randperm\nrandperm(3)",
        "from torch import nn\nnn.init.kaiming_normal_(w)",
        "x.uniform_(0, 1)",
        "from mathutils import noise\nnoise.random()",
    ],
)
def test_randomness_rule_catches(source):
    assert len(randomness_faults(source, "synthlib.x")) == 1


@pytest.mark.parametrize(
    "source",
    [
        "import numpy as np\nrng = np.random.default_rng(3)\nrng.normal()\nrng.random(3)",
        "import numpy as np\ndef f(rng: np.random.Generator) -> None: ...",
        "import torch\ng = torch.Generator().manual_seed(3)\nx = torch.rand(3, generator=g)",
        "import torch\nwith torch.random.fork_rng(devices=[]):\n    torch.manual_seed(3)",
        "x.uniform_(0, 1, generator=g)",
    ],
)
def test_randomness_rule_allows(source):
    assert randomness_faults(source, "synthlib.x") == []


def test_path_rule():
    for bad in ("wor" + "k/main", "hom" + "e/ann/data", "roo" + "t/x", "Use" + "rs/ann/data"):
        assert len(path_faults(f"x = '/{bad}/y'", "x.py")) == 1
    assert len(path_faults("see ..", "x.py") + path_faults("../sha" + "red/data", "x.py")) == 1
    good = "outputs/wor" + "k/x ${x}/wor" + "k/ https://example.org/a /path/to/python3.11 /dev/null"
    assert path_faults(good, "x.py") == []
