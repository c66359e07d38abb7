# Builds the archive by the project's own recipe on any machine that has a container engine:
#   docker build -f infra/emr/environment/container/debian.Dockerfile --build-arg ARCH=x86_64 --output build/environment .
# What decides the archive's bytes is pinned by hash in sources.toml, tools.txt and uv.lock, not by this image.
FROM debian:bookworm-slim AS build
RUN apt-get update && apt-get install --yes --no-install-recommends ca-certificates dpkg-dev make patch python3.11-venv
WORKDIR /project
COPY . .
RUN make .venv/.set-up
ARG ARCH=x86_64
RUN .venv/bin/fruits environment build --arch ${ARCH}

FROM scratch
COPY --from=build /project/build/environment /
