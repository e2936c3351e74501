"""The rules of the code base, read from its source: who imports whom, randomness, size, paths.

Each rule is a function from a source text to the sentences it breaks, so that the tests can hold
it against counterexamples as well as against the project.
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

# A module imports only from those before it.
ORDER = (
    "orphans alive environment files holding validation classes seeding archives downloads "
    "data_sets allocator viewpoints "
    "param_checks param_files params search runs framing obj_files model_files model_faults "
    "model_library model_archives blender splitting assets render_settings chunks progress "
    "work_folders clusters supervision rendering stores sheets live stand_in curation flags "
    "photos render_stage subsets scaling pack_building packing sources bootstrap discordant "
    "statistics evaluation kept thesis tables figures pages reports executing placement resampling "
    "compositing cropping photometric augmentation schedule samples synthetic overlap datasets "
    "small_maps models shared_norm devices optimisation feeding checkpoints training batch_norm "
    "predicting diversity galleries inspection pictures saliency neighbours provenance opened "
    "closeups contributed feature_map gathered variants exhibits overview peek widgets together "
    "estimates batch results doctor data_folders fetching cli __main__ "
).split()
BLENDER = {"bpy", "bmesh", "mathutils", "bpy_extras", "gpu", "gpu_extras", "aud", "idprop", "imbuf"}
TORCH = {"torch", "torchvision", "accelerate", "safetensors.torch", "kornia", "captum"}
MAX_LINES = 250


# --- reading a source -----------------------------------------------------------------------------


def imports(tree: ast.AST, module: str, is_package: bool) -> Iterator[tuple[int, str]]:
    """(line, full dotted name) of all that `module` imports, at any depth, `from`'s names too."""
    package = module.split(".") if is_package else module.split(".")[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)


def is_within(name: str, roots: set[str]) -> bool:
    """Whether the dotted `name` is one of `roots` or lies inside one."""
    return any(name == root or name.startswith(root + ".") for root in roots)


def qualified(node: ast.expr, names: dict[str, str]) -> str:
    """The dotted name that an expression such as `np.random.rand` stands for, "" if none."""
    if isinstance(node, ast.Name):
        return names.get(node.id, node.id)
    if isinstance(node, ast.Attribute):
        base = qualified(node.value, names)
        return f"{base}.{node.attr}" if base else ""
    return ""


def local_names(tree: ast.AST) -> dict[str, str]:
    """Local name -> full dotted name of everything imported."""
    names = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {a.asname: a.name for a in node.names if a.asname}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names}
    return names


# --- the rules ------------------------------------------------------------------------------------


def import_faults(source: str, module: str, is_package: bool = False) -> list[str]:
    """Imports that break the order, or reach bpy, synthlib.blender or torch from a wrong place."""
    tree = ast.parse(source)
    part = module.split(".")[1] if "." in module else ""
    if part and part not in ORDER:
        return [f"{module}: not in the order of modules: add it there and to the design"]
    rank = ORDER.index(part) if part else 0
    faults = []
    for line, name in imports(tree, module, is_package):
        where = f"{module}:{line} imports {name}"
        parts = name.split(".")
        if parts[0] == "synthlib" and part != "blender" and is_within(name, {"synthlib.blender"}):
            faults.append(f"{where}: run `python -m synthlib.blender.worker` as a subprocess")
        elif parts[0] == "synthlib" and len(parts) > 1 and parts[1] in ORDER:
            if parts[1] != part and (not part or ORDER.index(parts[1]) > rank):
                faults.append(f"{where}: a module imports only from those above it")
        elif is_within(name, BLENDER) and part != "blender":
            faults.append(f"{where}: only synthlib.blender may")
        elif is_within(name, TORCH) and (not part or rank < ORDER.index("placement")):
            faults.append(f"{where}: torch is for placement and below")
    if part != "blender":
        faults += [
            f"{module}:{node.lineno}: a dynamic import hides what is imported"
            for node in ast.walk(tree)
            if isinstance(node, ast.Call)
            and re.search(r"(^|\.)(import_module|__import__)$", qualified(node.func, {}))
        ]
    return faults


SEEDED_NUMPY = {"Generator", "BitGenerator", "SeedSequence", "PCG64", "Philox", "default_rng"}
SEEDED_TORCH = {"Generator", "get_rng_state", "random.fork_rng"}
TORCH_DRAWS = re.compile(
    r"torch\.(rand|randn|randint|randperm|rand_like|randn_like|randint_like|normal|bernoulli"
    r"|multinomial|poisson)$|torch\.nn\.init\.(\w*(uniform|normal|orthogonal|sparse)_)$"
)
TENSOR_DRAWS = re.compile(r"\.(uniform|normal|random|bernoulli|exponential|cauchy|geometric)_$")


def randomness_faults(source: str, module: str) -> list[str]:
    """Uses of global or unseeded random state.

    `torch.manual_seed` and layers' own initialisation are allowed inside
    `with torch.random.fork_rng():`, which puts the global state back.
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
    """Paths of one person's machine, or beside the project, in a file's text."""
    return [
        f"{name}:{number} names {match.group()}: take it from a parameter or $SYNTHLIB_DATA"
        for number, line in enumerate(text.splitlines(), 1)
        for match in OUTSIDE.finditer(line)
    ]


# --- the project keeps them -----------------------------------------------------------------------


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def is_module(stem: Path) -> bool:
    return stem.with_suffix(".py").exists() or (stem / "__init__.py").exists()


def project_files() -> list[Path]:
    """What is committed or about to be: all that git neither ignores nor lacks on disk."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in names.split("\0") if name and (ROOT / name).is_file()]


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_module_keeps_the_rules(path):
    source, module = path.read_text(), module_name(path)
    lines = len(source.splitlines())
    assert lines <= MAX_LINES, f"{module} has {lines} lines, and a module has at most {MAX_LINES}"
    assert import_faults(source, module, path.name == "__init__.py") == []
    assert randomness_faults(source, module) == []


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
            continue  # a picture
    assert faults == []


def test_importing_everything_loads_no_bpy_and_rendering_no_torch():
    above = ORDER[: ORDER.index("placement")]
    for parts, absent in ((above, ["bpy", "torch"]), (ORDER, ["bpy"])):
        existing = [p for p in parts if p != "blender" and is_module(ROOT / "synthlib" / p)]
        code = "import sys\n" + "".join(f"import synthlib.{part}\n" for part in existing)
        code += f"print([m for m in {absent} if m in sys.modules])"
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.strip() == "[]"


# --- the rules catch what they are for ------------------------------------------------------------


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("synthlib.viewpoints", "from synthlib import rendering"),
        ("synthlib.viewpoints", "def f():\n    from synthlib.rendering import plan"),
        ("synthlib.viewpoints", "from . import files, rendering"),
        ("synthlib.supervision", "import synthlib.rendering as r"),
        ("synthlib.rendering", "from synthlib.stand_in import x"),
        ("synthlib.rendering", "import synthlib.blender.worker"),
        ("synthlib.rendering", "from synthlib import blender"),
        ("synthlib.rendering", "from .blender import scene"),
        ("synthlib.rendering", "import importlib\nimportlib.import_module('synthlib.blender')"),
        ("synthlib.rendering", "__import__('bpy')"),
        ("synthlib.rendering", "import bpy"),
        ("synthlib.cli", "try:\n    from mathutils import Vector\nexcept ImportError: pass"),
        ("synthlib.blender.scene", "from ..rendering import plan"),
        ("synthlib.blender.scene", "import torch"),
        ("synthlib.photos", "from torchvision import transforms"),
        ("synthlib.photos", "from safetensors.torch import save_file"),
        ("synthlib", "from synthlib import cli"),
        ("synthlib.newcomer", "import numpy"),
    ],
)
def test_import_rule_catches(module, source):
    assert len(import_faults(source, module, is_package=module == "synthlib")) == 1


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("synthlib.blender.worker", "import bpy, importlib\nimportlib.import_module('x')"),
        ("synthlib.blender.scene", "from . import shapes\nfrom synthlib.seeding import rng_for"),
        ("synthlib.rendering", "from synthlib import __version__, supervision, viewpoints"),
        ("synthlib.compositing", "import torch\nfrom torchvision.transforms import v2"),
        ("synthlib.training", "from safetensors.torch import save_file"),
        ("synthlib.curation", "import bpylike, torchless, safetensors.numpy"),
    ],
)
def test_import_rule_allows(module, source):
    assert import_faults(source, module) == []


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
