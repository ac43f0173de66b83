# Puts the questions of a file of JSON lines to one library, each in turn; prints one JSON line an answer.
# usage: peer.py LIBRARY MODEL-SERVER FILE SECONDS
import contextlib
import io
import json
import os
import resource
import sys
import time

library, url, path, seconds = sys.argv[1:]


def ask_rlms(question, text):
    from rlm import RLM

    server = {"model_name": "bench", "base_url": url + "/v1", "api_key": "unused"}
    limit = os.environ.get("TOKENS")
    limits = {"max_tokens": int(limit)} if limit else {}
    agent = RLM(backend="openai", backend_kwargs=server, max_depth=1, max_concurrent_subcalls=16, **limits)
    return agent.completion(prompt=text, root_prompt=question).response


def ask_minrlm(question, text):
    from minrlm import RLM

    agent = RLM(model="bench", base_url=url + "/v1", api_key="unused")
    answer = agent.completion(question, text)
    return getattr(answer, "response", answer)


ask = {"rlms": ask_rlms, "minrlm": ask_minrlm}[library]
ends = time.monotonic() + float(seconds)
for line in open(path, encoding="utf-8"):
    if time.monotonic() > ends:
        break
    task = json.loads(line)
    started = time.monotonic()
    failure = answer = None
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            answer = str(ask(task["question"], open(task["file"], encoding="utf-8").read()))
    except Exception as error:  # noqa: BLE001 - whatever a library raises is its result
        failure = f"{type(error).__name__}: {error}"[:300]
    end = {"answer": answer, "failure": failure, "seconds": time.monotonic() - started}
    end["peakMb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(end), flush=True)
