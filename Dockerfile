# JupyterLab with synthlib on Linux (x86-64), for machines that can run a container.
#
#   docker build -t synthlib .
#   docker run --rm -p 127.0.0.1:8888:8888 -v "$PWD/outputs:/synthlib/outputs" \
#       -v /path/to/data:/data:ro synthlib
#
# JupyterLab prints its address with a token; -p 127.0.0.1:... keeps it on this machine. The study
# in batch: docker run ... synthlib synthlib batch --scale tiny
#
# For CUDA: docker build --build-arg TORCH_INDEX=https://pypi.org/simple -t synthlib . (torch's wheel
# on PyPI is the CUDA build), and docker run --gpus all ...
FROM python:3.11-slim-bookworm
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu

SHELL ["/bin/bash", "-o", "pipefail", "-c"]
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 SYNTHLIB_DATA=/data
WORKDIR /synthlib

COPY synthlib/utils/system_libraries.txt ./
# hadolint ignore=DL3008,SC2046
RUN apt-get update \
    && apt-get install -y --no-install-recommends make $(awk '!/^#/ { print $2 }' system_libraries.txt) \
    && rm -rf /var/lib/apt/lists/*

COPY constraints.txt ./
RUN pip install --constraint constraints.txt --index-url "$TORCH_INDEX" \
        --extra-index-url https://pypi.org/simple torch torchvision

COPY . .
RUN pip install --constraint constraints.txt --editable '.[render]' \
    && pip check \
    && useradd --create-home --uid 1000 researcher \
    && chown -R researcher:researcher /synthlib

USER 1000
EXPOSE 8888
CMD ["jupyter", "lab", "--ip=0.0.0.0", "--no-browser", "--notebook-dir=/synthlib"]
