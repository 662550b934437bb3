#!/bin/sh
# tbparse 0.0.9 (PyPI), event files as tables, beside TensorBoard 2.21.0, both reading what tensorboardX 2.6.5 wrote. Guess: of a run that
# broke off, and was resumed from where it was last saved (purge_step), the table has the curve that TensorBoard draws. Seen:
# TensorBoard drops what the first part had logged after that step, tbparse keeps it, between the new values, without a word. The
# best return of the run may be one that no saved policy has, a step counts twice in a mean, the last value is that of the part that
# broke off; and with pivot=True a cell where both are is a list in a column of numbers. It reads each file for itself.
. "$(dirname "$0")/lib.sh"
pypi tbparse==0.0.9 tensorboard==2.21.0 tensorboardX==2.6.5 pandas==3.1.1 numpy==2.4.6 protobuf==7.36.2
seen=$(run_python - "$dir/run" 2>/dev/null <<'PY'
import sys
from tbparse import SummaryReader
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboardX import SummaryWriter

run = sys.argv[1]
for part, steps, better in (1, range(0, 70, 10), 0), (2, range(30, 60, 10), 1):
    with SummaryWriter(run, filename_suffix=f".{part}", purge_step=30 if part == 2 else None) as writer:
        for step in steps: writer.add_scalar("return", step + better, step)

drawn = EventAccumulator(run)
drawn.Reload()
print("TensorBoard:", *(f"{point.step}:{point.value:g}" for point in drawn.Scalars("return")))
table = SummaryReader(run).scalars
print("tbparse:", *(f"{step}:{value:g}" for step, value in zip(table["step"], table["value"])))
print("tbparse, pivot:", *(f"{step}:{value}" for step, value in SummaryReader(run, pivot=True).scalars.values.tolist()))
PY
)
expect "$seen" "TensorBoard: 0:0 10:10 20:20 30:31 40:41 50:51
tbparse: 0:0 10:10 20:20 30:30 30:31 40:40 40:41 50:50 50:51 60:60
tbparse, pivot: 0:0.0 10:10.0 20:20.0 30:[30.0, 31.0] 40:[40.0, 41.0] 50:[50.0, 51.0] 60:60.0"
