"""``python -m surveys.ballots``: the ballot box, until SIGTERM."""

from surveys.ballots.app import BallotBox, settings_of_environment
from surveys.ballots.serving import serve, server_of

if __name__ == "__main__":
    serve(server_of(BallotBox(**settings_of_environment())))
