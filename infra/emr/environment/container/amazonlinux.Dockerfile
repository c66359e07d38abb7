# Builds an archive from Amazon Linux 2023's own Python 3.11, for who prefers Amazon's patches to Debian's:
#   docker build -f infra/emr/environment/container/amazonlinux.Dockerfile --output build/environment/amazonlinux .
# Each release of Amazon Linux 2023 names the state of its packages, so the tag pins them too; at least 2023.7.20250331,
# before which libstdc++ is too old for LiteRT on aarch64. Not the bytes of `fruits environment build`.
FROM public.ecr.aws/amazonlinux/amazonlinux:2023.10.20260105.0 AS build
RUN dnf install --assumeyes findutils gzip patchelf python3.11 python3.11-pip tar
WORKDIR /project
COPY infra/emr/environment/tools.txt .
RUN python3.11 -m venv /tools && /tools/bin/pip install --require-hashes --only-binary :all: --requirement tools.txt
COPY pyproject.toml uv.lock README.md LICENSE ./
# Python finds its library by its own place. Only libpython must be told to lie beside it.
RUN mkdir -p /environment/bin /environment/lib /environment/lib64 \
 && cp /usr/bin/python3.11 /environment/bin/ \
 && ln -s python3.11 /environment/bin/python && ln -s python3.11 /environment/bin/python3 \
 && cp -a /usr/lib64/python3.11 /usr/lib64/libpython3.11.so* /environment/lib64/ \
 && mkdir -p /environment/lib/python3.11/site-packages \
 && rm -rf /environment/lib64/python3.11/site-packages/* \
 && patchelf --set-rpath '$ORIGIN/../lib64' /environment/bin/python3.11
RUN /tools/bin/uv export --frozen --no-default-groups --group driver --no-emit-project --python python3.11 \
      --format requirements-txt --output-file wanted.txt \
 && /tools/bin/uv pip install --target /environment/lib/python3.11/site-packages --python python3.11 \
      --only-binary :all: --no-deps --require-hashes --link-mode copy --requirements wanted.txt \
 && rm -rf /environment/lib/python3.11/site-packages/bin /environment/lib/python3.11/site-packages/.lock
RUN tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -cf - -C /environment . | gzip -n > /environment.tar.gz

FROM scratch
COPY --from=build /environment.tar.gz /
