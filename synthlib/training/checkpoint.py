"""Files with the weights of a run: `checkpoint.pt` to resume from, `model.safetensors` at the end.

Both are written atomically and cannot execute code when they are loaded (the checkpoint is read
with `weights_only=True`). Both record the architecture, stem and classes that their weights belong
to; loading them for a run with other ones raises `RunError`.
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
from synthlib.runs import DIVERGED, Run, RunError
from synthlib.training.devices import pick_device, use_bf16
from synthlib.training.models import build_model
from synthlib.utils.errors import file_errors
from synthlib.utils.files import write_atomic

WEIGHTS_KEYS = ("architecture", "stem", "classes")
"""Parameters that weights belong to: a model with other ones cannot use them."""


def save_checkpoint(
    run: Run, model: nn.Module, optimizer: torch.optim.Optimizer, rows: list[dict[str, float]]
) -> None:
    """Write `checkpoint.pt`: the weights, the state of the optimizer and the log so far.

    Args:
        run: The run, with its parameters and its folder.
        model: The model that is being trained.
        optimizer: Its optimizer.
        rows: Rows of the log, one per completed round.
    """
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
    """Load the run's `checkpoint.pt`, if it has one, into its model and optimizer.

    The number of CPU threads is set to the one with which the run was started: it determines the
    order in which numbers are added, and thereby the last bits of every sum.

    Args:
        run: The run, with its parameters and its folder.
        model: A newly built model of the run; its weights are replaced.
        optimizer: The model's optimizer; its state is replaced.

    Returns:
        Rows of the log, one per completed round; empty if there is no checkpoint.

    Raises:
        RunError: If the file is truncated, belongs to another architecture, stem, class list or
            run, was trained in a precision that differs from the one on this device, or has weights
            that are not finite.
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
    # checkpoints of earlier versions do not record it
    saved_precision = state.get("precision", precision)
    if saved_precision != precision:
        raise RunError(
            f"{path} was trained in {saved_precision}, and this {_device(model).type} computes in "
            f"{precision}: resume on a machine with {saved_precision}, or delete it, and the run "
            "starts from its first step; a run with precision: fp32 resumes on any machine"
        )
    model.load_state_dict(state["model"])
    _raise_on_nonfinite_weights(path, model)
    optimizer.load_state_dict(state["optimizer"])
    torch.set_num_threads(state["threads"])
    return state["rows"]


def save_model(run: Run, model: nn.Module) -> None:
    """Write `model.safetensors`, the weights of a trained model."""
    weights = {
        name: tensor.detach().cpu().contiguous() for name, tensor in model.state_dict().items()
    }
    # One key with all metadata: safetensors writes several keys in random order, and the same
    # weights shall give the same bytes.
    about = {"about": json.dumps(_weights_description(run.params))}
    write_atomic(run.folder / "model.safetensors", save_tensors(weights, about))


def load_model(run: Run) -> nn.Module:
    """Load the trained model of a finished run.

    Args:
        run: A run with `model.safetensors` in its folder.

    Returns:
        The model in training mode, on the best device (`devices.pick_device`).

    Raises:
        RunError: If the weights are missing, truncated, not finite, or of another architecture,
            stem or class list.

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
        reason = "the run has not finished training; start it again"
        if run.is_done:
            reason = "the run was restored without weights; move its folder away to train it here"
        raise RunError(f"no {path}: {reason}") from None
    except SafetensorError as error:
        raise RunError(
            f"{path} is truncated or not a weights file ({error}): delete the run's folder and run "
            "it again"
        ) from error
    _raise_on_other_weights(path, about, run.params)
    model.load_state_dict(weights)
    _raise_on_nonfinite_weights(path, model)
    return model.to(pick_device())


def nonfinite_weights(model: nn.Module) -> str:
    """Names of the weights and batch-norm statistics with an infinite value or NaN; "" if none."""
    names = [name for name, tensor in model.state_dict().items() if not tensor.isfinite().all()]
    return f"{names[0]} and {len(names) - 1} others" if len(names) > 1 else "".join(names)


def _weights_description(params: Params) -> dict[str, Any]:
    """The values of `WEIGHTS_KEYS`, which are stored with the weights."""
    return {key: getattr(params, key) for key in WEIGHTS_KEYS}


def _resolved_precision(params: Params, model: nn.Module) -> str:
    """Precision in which the run computes on the model's device: "bf16" or "fp32"."""
    return "bf16" if use_bf16(params.precision, _device(model)) else "fp32"


def _device(model: nn.Module) -> torch.device:
    return next(model.parameters()).device


def _read_checkpoint(path: Path) -> dict[str, Any]:
    """Read a checkpoint; raise RunError if it is damaged or incomplete."""
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


def _raise_on_nonfinite_weights(path: Path, model: nn.Module) -> None:
    """Raise RunError if weights read from a file, which earlier versions saved, are not finite."""
    if names := nonfinite_weights(model):
        raise RunError(f"{path} has weights that are not finite ({names}): {DIVERGED}")


def _raise_on_other_weights(path: Path, description: dict[str, Any], params: Params) -> None:
    """Raise RunError if the weights of a file belong to another model than that of `params`."""
    for key, expected in _weights_description(params).items():
        if description.get(key) != expected:
            name = "class list" if key == "classes" else key
            raise RunError(
                f"{path} is of another {name}: it has {description.get(key)}, the run {expected}; "
                "move it away and start again"
            )
