# The whole service in one image: `run` is one machine, `run --only web` one of several. See docs/operate/README.md.
FROM python:3.11-slim AS build
RUN apt-get update \
 && apt-get install --yes --no-install-recommends make \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN make build
RUN python -m venv /opt/mosaic \
 && /opt/mosaic/bin/pip install --no-cache-dir --require-hashes --no-deps --requirement requirements/run.lock \
 && /opt/mosaic/bin/pip install --no-cache-dir --no-deps dist/*.whl

FROM python:3.11-slim
# For names in keepsakes. Empty makes a smaller image, in which Arabic, Japanese and emoji are drawn as boxes.
ARG FONTS="fonts-noto-core fonts-noto-cjk fonts-noto-color-emoji"
RUN test -z "$FONTS" \
 || { apt-get update && apt-get install --yes --no-install-recommends $FONTS && rm -rf /var/lib/apt/lists/*; }
RUN useradd --uid 10001 --home-dir /data --no-create-home --shell /usr/sbin/nologin mosaic \
 && install --directory --owner mosaic --group mosaic --mode 0700 /data
COPY --from=build /opt/mosaic /opt/mosaic
ENV PATH=/opt/mosaic/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONDONTWRITEBYTECODE=1 \
    MOSAIC_DATA=/data \
    MOSAIC_HOST=0.0.0.0
USER 10001:10001
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
ENTRYPOINT ["mosaic"]
CMD ["run"]
