"""A run's weights on disk: `checkpoint.pt` to resume from, `model.safetensors` when it is done.

Both hold plain tensors and numbers (loaded with `weights_only=True`), are written atomically, and
name the architecture, stem and classes that they belong to; a file of others raises RunError.
"""

import io
import json
import pickle
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as save_tensors
from torch import nn

from synthlib.params import Params
from synthlib.runs import Run, RunError
from synthlib.training.devices import pick_device, use_bf16
from synthlib.training.models import build_model
from synthlib.utils.errors import file_errors
from synthlib.utils.files import write_atomic

WEIGHTS_KEYS = ("architecture", "stem", "classes")
"""The parameters that weights depend on."""


def save_checkpoint(
    run: Run, model: nn.Module, optimizer: torch.optim.Optimizer, rows: list[dict[str, float]]
) -> None:
    """Write `checkpoint.pt`: weights, the optimiser's state and the log's rows so far."""
    state = _weights_description(run.params) | {
        "digest": run.digest,
        "rows": rows,
        "threads": torch.get_num_threads(),
        "precision": _resolved_precision(run.params, model),
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
    }
    buffer = io.BytesIO()
    torch.save(state, buffer)
    write_atomic(run.folder / "checkpoint.pt", buffer.getvalue())


def restore_checkpoint(
    run: Run, model: nn.Module, optimizer: torch.optim.Optimizer
) -> list[dict[str, float]]:
    """Load the run's `checkpoint.pt`, if it has one, into its model and optimiser.

    The number of CPU threads is set to that of the run's first start, since sums in another order
    differ in their last bits.

    Returns:
        The rows of the log so far; empty without a checkpoint.

    Raises:
        RunError: If the file is truncated, belongs to another architecture, class list or run, or
            was trained in another precision than this device's.
    """
    path = run.folder / "checkpoint.pt"
    if not path.exists():
        return []
    state = _read_checkpoint(path)
    _raise_on_other_weights(path, state, run.params)
    if state["digest"] != run.digest:
        raise RunError(
            f"{path} is of another run ({state['digest']}, here {run.digest}): move it away and "
            "start again"
        )
    precision = _resolved_precision(run.params, model)
    saved_precision = state.get("precision", precision)  # earlier checkpoints do not have it
    if saved_precision != precision:
        raise RunError(
            f"{path} was trained in {saved_precision}, and this {_device(model).type} computes in "
            f"{precision}: resume on a machine with {saved_precision}, or delete it, and the run "
            "starts from its first step; a run with precision: fp32 resumes on any machine"
        )
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    torch.set_num_threads(state["threads"])
    return state["rows"]


def save_model(run: Run, model: nn.Module) -> None:
    """Write `model.safetensors`, the weights of a trained model."""
    weights = {k: v.detach().cpu().contiguous() for k, v in model.state_dict().items()}
    # a single key, as safetensors writes several in a random order
    about = {"about": json.dumps(_weights_description(run.params))}
    write_atomic(run.folder / "model.safetensors", save_tensors(weights, about))


def load_model(run: Run) -> nn.Module:
    """The trained model of a finished run.

    Args:
        run: A run with `model.safetensors` in its folder.

    Returns:
        The model in training mode, on the best device (`devices.pick_device`).

    Raises:
        RunError: If the weights are missing, truncated, or of another architecture or class list.

    Examples:
        >>> run = runs.load_run(folder)
        >>> model = load_model(run).eval()
        >>> logits = model(images)  # images: normalised float32 (N, 3, size, size)
    """
    params = run.params
    model = build_model(params.architecture, len(params.classes), params.seed, params.stem)
    path = run.folder / "model.safetensors"
    try:
        with safe_open(path, "pt") as file:
            about = json.loads((file.metadata() or {}).get("about", "{}"))
            weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except FileNotFoundError:
        why = "the run has not finished training; start it again"
        if run.is_done:
            why = "the run was restored without weights; move its folder away to train it here"
        raise RunError(f"no {path}: {why}") from None
    except SafetensorError as error:
        raise RunError(
            f"{path} is truncated or not a weights file ({error}): delete the run's folder and run "
            "it again"
        ) from error
    _raise_on_other_weights(path, about, run.params)
    model.load_state_dict(weights)
    return model.to(pick_device())


def _weights_description(params: Params) -> dict[str, Any]:
    return {key: getattr(params, key) for key in WEIGHTS_KEYS}


def _resolved_precision(params: Params, model: nn.Module) -> str:
    """The precision on the model's device, bf16 or fp32, with `auto` resolved."""
    return "bf16" if use_bf16(params.precision, _device(model)) else "fp32"


def _device(model: nn.Module) -> torch.device:
    return next(model.parameters()).device


def _read_checkpoint(path: Path) -> dict[str, Any]:
    try:
        with file_errors(path, "read"):
            state = torch.load(path, map_location="cpu", weights_only=True)
        missing = {*WEIGHTS_KEYS, "digest", "rows", "threads", "model", "optimizer"} - set(state)
    except (RuntimeError, EOFError, ValueError, TypeError, pickle.UnpicklingError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise RunError(
            f"{path} is truncated or not a checkpoint ({reason}): delete it, and the run starts "
            "from its first step"
        ) from error
    if missing:
        raise RunError(f"{path} has no {', '.join(sorted(missing))}: delete it and start again")
    return state


def _raise_on_other_weights(path: Path, description: dict[str, Any], params: Params) -> None:
    for key, expected in _weights_description(params).items():
        if description.get(key) != expected:
            name = "class list" if key == "classes" else key
            raise RunError(
                f"{path} is of another {name}: it has {description.get(key)}, the run {expected}; "
                "move it away and start again"
            )
