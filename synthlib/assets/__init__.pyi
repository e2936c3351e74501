from .instances import (
    AssetError as AssetError,
    Instance as Instance,
    generator_versions as generator_versions,
    list_instances as list_instances,
    model_digest as model_digest,
)
from .unpack import unpack_library as unpack_library
