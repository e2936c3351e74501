from .catalogue import load_catalogue as load_catalogue
from .published import (
    CELL_EXPERIMENTS as CELL_EXPERIMENTS,
    DOUBTFUL_TOP1_ROWS as DOUBTFUL_TOP1_ROWS,
    cell_experiments as cell_experiments,
    matrix_transcription as matrix_transcription,
    published_caption as published_caption,
    published_claim as published_claim,
    published_confusion_matrix as published_confusion_matrix,
    published_differences as published_differences,
    published_remark as published_remark,
    published_table as published_table,
)
