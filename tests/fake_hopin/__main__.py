"""`python -m tests.fake_hopin --port N`: the stand-in as a program of its own."""

import argparse
import threading

from tests.fake_hopin.server import FakeHopin


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--people", type=int, default=200)
    asked = parser.parse_args()
    with FakeHopin(port=asked.port) as hopin:
        for number in range(asked.people):
            hopin.register(f"visitor.{number}@acme.example")
        for name, value in hopin.environ.items():
            print(f"{name}={value}", flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
