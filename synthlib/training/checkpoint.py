"""A run's weights on disk: `checkpoint.pt` to go on from, `model.safetensors` when it is done.

Both hold plain tensors and numbers (loaded with `weights_only=True`), are written atomically, and
say which architecture and classes they are of; what does not fit is refused with a sentence.
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
from synthlib.training.devices import use_bf16
from synthlib.utils.errors import file_errors
from synthlib.utils.files import write_atomic


def save_checkpoint(
    run: Run, model: nn.Module, optimizer: torch.optim.Optimizer, rows: list[dict[str, float]]
) -> None:
    """Writes `checkpoint.pt`: weights, the optimiser's state and the log's rows so far."""
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
    """Loads `checkpoint.pt`, if there is one, into model and optimiser: the log's rows so far.

    The number of CPU threads becomes the one the run began with, since sums in another order
    differ in their last bits. Raises RunError when the file is cut short, or of another
    architecture, class list or run, or was trained in another precision than this device's.
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
    here = _resolved_precision(run.params, model)
    before = state.get("precision", here)  # earlier checkpoints do not say it
    if before != here:
        raise RunError(
            f"{path} was trained in {before}, and this {_device(model).type} computes in {here}: "
            f"go on where there is {before}, or delete it, and the run starts from its first step; "
            "precision: fp32 makes a run that any machine can go on with"
        )
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    torch.set_num_threads(state["threads"])
    return state["rows"]


def save_model(run: Run, model: nn.Module) -> None:
    """Writes `model.safetensors`, the weights of a trained model."""
    weights = {k: v.detach().cpu().contiguous() for k, v in model.state_dict().items()}
    about = {
        "about": json.dumps(_weights_description(run.params))
    }  # one key: safetensors shuffles several
    write_atomic(run.folder / "model.safetensors", save_tensors(weights, about))


def load_model_weights(run: Run, model: nn.Module) -> nn.Module:
    """`model` with the weights of `model.safetensors`.

    Raises RunError when the file is missing, cut short, or of another architecture or classes.
    """
    path = run.folder / "model.safetensors"
    try:
        with safe_open(path, "pt") as file:
            about = json.loads((file.metadata() or {}).get("about", "{}"))
            weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except FileNotFoundError:
        why = "the run has not finished training; start it again"
        if run.is_done:
            why = "the run was brought here without weights; move its folder away to train it here"
        raise RunError(f"no {path}: {why}") from None
    except SafetensorError as error:
        raise RunError(
            f"{path} is cut short or no weights file ({error}): delete the run's folder and run "
            "it again"
        ) from error
    _raise_on_other_weights(path, about, run.params)
    model.load_state_dict(weights)
    return model


WEIGHTS_KEYS = ("architecture", "stem", "classes")
"""What weights belong to."""


def _weights_description(params: Params) -> dict[str, Any]:
    return {key: getattr(params, key) for key in WEIGHTS_KEYS}


def _resolved_precision(params: Params, model: nn.Module) -> str:
    """What `auto` means on the model's device: bf16 or fp32."""
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
            f"{path} is cut short or no checkpoint ({reason}): delete it, and the run starts from "
            "its first step"
        ) from error
    if missing:
        raise RunError(f"{path} lacks {', '.join(sorted(missing))}: delete it and start again")
    return state


def _raise_on_other_weights(path: Path, found: dict[str, Any], params: Params) -> None:
    for key, expected in _weights_description(params).items():
        if found.get(key) != expected:
            words = "class list" if key == "classes" else key
            raise RunError(
                f"{path} is of another {words}: it has {found.get(key)}, the run {expected}; move "
                "it away and start again"
            )
