# Tidegate with its example backends: built in one stage, run in a small one, as a user without rights.
ARG BASE=debian:bookworm-slim

FROM ${BASE} AS build
WORKDIR /src
COPY scripts/install-deps scripts/
RUN scripts/install-deps --build
COPY . .
RUN cmake --preset package -DCMAKE_INSTALL_PREFIX=/usr \
    && cmake --build --preset package -j "$(nproc)" \
    && DESTDIR=/out cmake --install build/package --strip \
    && rm -rf build

FROM ${BASE}
COPY scripts/install-deps /tmp/setup/scripts/
RUN /tmp/setup/scripts/install-deps --run \
    && rm -rf /tmp/setup /var/lib/apt/lists/* /var/cache/apt/* /var/log/*.log /var/log/apt \
    && useradd --system --no-create-home --shell /usr/sbin/nologin tidegate \
    && install -d -o tidegate -g tidegate /var/log/tidegate
COPY --from=build /out /
# The names in it are those of examples/compose.yaml; mount your own file in its place.
COPY examples/config/compose.toml /etc/tidegate/tidegate.toml
USER tidegate
EXPOSE 8000
# Stop accepting, let requests finish.
STOPSIGNAL SIGQUIT
HEALTHCHECK --interval=10s --timeout=5s --start-period=5s --retries=3 \
    CMD ["/usr/libexec/tidegate/tidegate-echo", "--probe", "http://127.0.0.1:8000/healthz"]
ENTRYPOINT ["/usr/sbin/tidegate"]
CMD ["-c", "/etc/tidegate/tidegate.toml"]
