"""Data sets on the web: what may be downloaded, on which terms, and what only by hand."""

from synthlib.downloads import RemoteFile

# Size and MD5: the key `MD5E-s248100043--90528d7c....zip` of github.com/datasets-mila/
# datasets--tinyimagenet (git-annex), and the classes TinyImageNet of Avalanche and many others.
TINY_IMAGENET_ARCHIVE = RemoteFile(
    "tiny-imagenet-200.zip",
    "http://cs231n.stanford.edu/tiny-imagenet-200.zip",
    248_100_043,
    "90528d7ca1a48142e341f4ef8d21d0de",
)

# Addresses and MD5: torchvision.datasets.Places365 (torchvision 0.29). Sizes: the server's
# Content-Length, as two public data logs have it.
_CSAIL = "https://data.csail.mit.edu/places/places365/"
PLACES_FILES = (
    RemoteFile(
        "filelist_places365-standard.tar",
        f"{_CSAIL}filelist_places365-standard.tar",
        67_498_496,
        "35a0585fee1fa656440f3ab298f8479c",
    ),
    RemoteFile(
        "val_256.tar",
        f"{_CSAIL}val_256.tar",
        525_158_400,
        "e27b17d8d44f4af9a78502beb927f808",
    ),
)

TINY_CLASSES = ("backpack banana basketball computer_desk food_table pc_keyboard tv_remote").split()
"""The thesis's classes that Tiny-ImageNet has: the scale tiny's."""

TERMS_OF_USE = {
    "tiny-imagenet": "Tiny-ImageNet holds photographs of ImageNet, whose terms allow "
    "non-commercial research and education only: https://image-net.org/download",
    "places": "Places365 may be used for non-commercial research and education only, and its "
    "photographs may not be passed on: http://places2.csail.mit.edu/download-private.html",
}
"""One sentence a data set on what its user agrees to."""

MANUAL_DOWNLOADS = {
    "imagenet": "ImageNet needs an account and its terms accepted: at https://image-net.org/download"
    " take ILSVRC2012's training and validation images (train images go into "
    "{root}/imagenet/train/<synset>/, validation images into {root}/imagenet/val/<synset>/), for "
    "the synsets {synsets}; or fetch tiny-imagenet for the scale tiny.",
    "places205": "Places needs its terms accepted: at http://places2.csail.mit.edu take "
    "Places205 or Places365-Standard (its folders go to {root}/places/<category>/; letter "
    "folders are fine), or fetch places for the scale tiny.",
}
"""What the scale thesis needs, and where to get it."""
