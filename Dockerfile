# LocalYun in a container. `docker build .` makes the image with Python and oss2 for handlers, `--target slim` the one
# with nothing but the binary.
#
# The base images are arguments, so that a machine which has made its own builds the same file.
ARG RUST_IMAGE=rust:1.95-bookworm
ARG PYTHON_BUILD_IMAGE=python:3.10-bookworm
ARG PYTHON_IMAGE=python:3.10-slim-bookworm

FROM ${RUST_IMAGE} AS binary
WORKDIR /src
COPY Cargo.toml Cargo.lock ./
COPY crates crates
# Static, so that it runs in an image that has no C library. The target is named because only then are build scripts
# and procedural macros left as they are.
RUN target=$(rustc -vV | sed -n 's/^host: //p') \
 && RUSTFLAGS="-C target-feature=+crt-static" cargo build --release --locked -p localyun --target "$target" \
 && mkdir -p /out/data \
 && mkdir -m 1777 /out/tmp \
 && cp "target/$target/release/localyun" /out/localyun

FROM ${PYTHON_BUILD_IMAGE} AS packages
# crcmod is compiled here, where there is a compiler; without it oss2 takes seconds for a megabyte.
RUN python3 -m venv /opt/python \
 && /opt/python/bin/python -m pip install --no-cache-dir --disable-pip-version-check oss2==2.19.1 \
 && /opt/python/bin/python -c "import crcmod._crcfunext" \
 && /opt/python/bin/python -m pip uninstall --yes --quiet pip setuptools wheel \
 && python3 -m compileall -q -j 0 /opt/python/lib

FROM scratch AS slim
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="LocalYun (slim)" \
      org.opencontainers.image.description="Alibaba Cloud in a test: STS, RAM and OSS on one port" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=binary /out/localyun /usr/local/bin/localyun
COPY --from=binary --chown=10001:10001 /out/data /data
COPY --from=binary /out/tmp /tmp
ENV PATH=/usr/local/bin LOCALYUN_LISTEN=0.0.0.0:4577
USER 10001:10001
EXPOSE 4577
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s CMD ["localyun", "health"]
ENTRYPOINT ["localyun"]
CMD ["start"]

FROM ${PYTHON_IMAGE} AS full
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="LocalYun" \
      org.opencontainers.image.description="Alibaba Cloud in a test: STS, RAM and OSS on one port, and Function Compute handlers" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=packages /opt/python /opt/python
COPY --from=binary /out/localyun /usr/local/bin/localyun
COPY --from=binary --chown=10001:10001 /out/data /data
ENV PATH=/opt/python/bin:/usr/local/bin:/usr/bin:/bin LOCALYUN_LISTEN=0.0.0.0:4577 HOME=/tmp
USER 10001:10001
EXPOSE 4577
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s CMD ["localyun", "health"]
ENTRYPOINT ["localyun"]
CMD ["start"]
