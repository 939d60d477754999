"""What it meant: snapshot in, verdict out. Never imports Locust, opens no socket."""
