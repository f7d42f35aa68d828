"""`python -m tests.fake_zoom --port N`: the stand-in as a program of its own."""

import argparse
import threading

from tests.fake_zoom.server import FakeZoom


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    with FakeZoom(port=parser.parse_args().port) as zoom:
        for name, value in zoom.environ.items():
            print(f"{name}={value}", flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
