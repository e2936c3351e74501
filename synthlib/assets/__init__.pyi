from .instances import AssetError as AssetError
from .instances import Instance as Instance
from .instances import generator_versions as generator_versions
from .instances import list_instances as list_instances
from .instances import model_digest as model_digest
from .unpack import unpack_library as unpack_library
