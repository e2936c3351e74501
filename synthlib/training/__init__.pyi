from .checkpoint import load_model as load_model
from .loop import train as train
from .models import build_model as build_model
from .prediction import (
    predict as predict,
    recalibrate_batch_norm as recalibrate_batch_norm,
)
