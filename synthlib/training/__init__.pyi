from .batch_norm import recalibrate_batch_norm as recalibrate_batch_norm
from .loop import load_model as load_model, train as train
from .models import build_model as build_model
from .prediction import predict as predict
