"""A cold start's whole work: importing ingest and delivering the first profile, over TLS."""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import app  # the function's, as Lambda finds it
from tests.performance import invocations

answer = app.lambda_handler(invocations.posted(1), invocations.Context())
assert json.loads(answer["body"])["results"][0]["outcome"] == "delivered", answer
