#!/bin/sh
# tensorboard-reducer 0.4.0 (PyPI), which makes one curve of the event files of several seeds. Guess: a run whose return is nan
# spoils the mean, or is named; runs that were logged at other steps are refused ("strict" is the default); std is numpy's, as
# its documentation says. Seen: a nan is left out, so the curve is that of the runs that have not blown up, from the step on where
# one has; strict counts the steps and does not compare them, and what is not in all runs is dropped without a word: of three
# rows at steps 0 100 200 and 0 128 256 the first is left, of 0 100 200 and 64 128 256 none. std divides by n - 1.
# A method that fails on two seeds of five is shown by the other three; write a number for a failure, and log at the same steps.
. "$(dirname "$0")/lib.sh"
pypi tensorboard-reducer==0.4.0 tensorboard==2.21.0 pandas==3.1.1 numpy==2.4.6
seen=$(cd "$dir" && run_python - <<'PY'
import tempfile
import numpy as np
import tensorboard_reducer
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.event_file_writer import EventFileWriter

def run(steps, values):
    folder = tempfile.mkdtemp()
    writer = EventFileWriter(folder)
    for step, value in zip(steps, values):
        writer.add_event(Event(step=step, summary=Summary(value=[Summary.Value(tag="return", simple_value=value)])))
    writer.close()
    return folder

def reduced(*runs):
    events = tensorboard_reducer.load_tb_events(list(runs))
    return events, tensorboard_reducer.reduce_events(events, ["mean", "std", "min"])

steps, nan = (0, 100, 200), float("nan")
events, one = reduced(run(steps, (1, 2, 30)), run(steps, (1, 2, nan)), run(steps, (1, 8, nan)))
print("three runs, 1 1 1, 2 2 8, 30 nan nan:", *(f"{op} {[round(float(x), 2) for x in one[op]['return']]}" for op in one))
print(f"numpy's std of 2 2 8: {np.std([2, 2, 8]):.2f}")
for others in (0, 128, 256), (64, 128, 256):
    events, one = reduced(run(steps, (1, 2, 3)), run(others, (5, 6, 7)))
    print("steps", *steps, "and", *others, "- left:", events["return"].index.tolist())
PY
)
expect "$seen" "three runs, 1 1 1, 2 2 8, 30 nan nan: mean [1.0, 4.0, 30.0] std [0.0, 3.46, nan] min [1.0, 2.0, 30.0]
numpy's std of 2 2 8: 2.83
steps 0 100 200 and 0 128 256 - left: [0]
steps 0 100 200 and 64 128 256 - left: []"
