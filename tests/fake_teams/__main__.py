"""`python -m tests.fake_teams --port N`: the stand-in as a program of its own."""

import argparse
import threading

from tests.fake_teams.server import FakeTeams


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    with FakeTeams(port=parser.parse_args().port) as teams:
        for name, value in teams.environ.items():
            print(f"{name}={value}", flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
