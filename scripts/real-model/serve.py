"""Serves one model of a GGUF file as an OpenAI-compatible server on a free loopback port.

Prints its address when the model is loaded and ends when stdin does, so that it never outlives whoever started it.
"""

import os
import sys

import xllamacpp

params = xllamacpp.CommonParams()
params.model.path = sys.argv[1]
params.hostnames = ["127.0.0.1"]
params.port = 0
params.n_ctx = 8192
params.n_parallel = 1
# On a machine that is busy with other things, more threads wait for each other at every token.
params.cpuparams.n_threads = 1
params.cpuparams_batch.n_threads = 1
# The likeliest token, always: the same prompt gets the same answer.
params.sampling.temp = 0.0
# A small model may repeat itself until the window is full.
params.n_predict = 200
params.endpoint_metrics = True
params.endpoint_slots = True

server = xllamacpp.Server(params)
print(server.listening_address, flush=True)
sys.stdin.read()
# Its threads need no farewell.
os._exit(0)
