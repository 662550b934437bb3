#!/bin/sh
# OpenSim 4.6 (PyPI opensim), TableUtilities.filterLowpass(table, cutoff, padData). Guess: what it pads for the filter is gone
# afterwards, as with TabOpLowPassFilter of the same library, and the rows are those of the file. Seen: the padding stays. A trial
# of 2 s comes back as 4 s, from -1 s to 3 s, with its first and last second turned about their ends, as motion that nobody has made;
# without padData the ends bend (a ramp from 0 begins at .033). Rows that are missing, a gap of .05 s, are filled by the way. And "6 Hz"
# halves what is at 6 Hz, for it goes forward and back: -6 dB, not the -3 dB of a cutoff.
# Written as .sto and followed, a walk begins by walking in place of another, and a stride is looked for where there was none.
. "$(dirname "$0")/lib.sh"
pypi opensim==4.6 numpy==2.4.6
seen=$(cd "$dir" && run_python - <<'PY'
import numpy as np
import opensim as osim

osim.Logger.setLevelString("off")

def table(times, signal):
    made = osim.TimeSeriesTable()
    made.setColumnLabels(["x"])
    for t in times:
        made.appendRow(float(t), osim.RowVector([float(signal(t))]))
    return made

def show(name, filtered):
    times, x = filtered.getIndependentColumn(), filtered.getDependentColumn("x").to_numpy()
    print(f"{name}: {len(times)} rows, {times[0]:g} to {times[-1]:g} s, x from {x[0]:.3f} to {x[-1]:.3f}")

times = np.arange(201) / 100
for pad in False, True:
    ramp = table(times, lambda t: t)
    osim.TableUtilities.filterLowpass(ramp, 6., pad)
    show(f"ramp of 201 rows, filterLowpass with padData {pad}", ramp)
operators = osim.TableProcessor(table(times, lambda t: t))
operators.append(osim.TabOpLowPassFilter(6.))
show("the same, TabOpLowPassFilter", operators.process())
gap = table(np.delete(times, range(100, 104)), lambda t: t)
osim.TableUtilities.filterLowpass(gap, 6., False)
print("197 rows with a gap:", gap.getNumRows(), "rows")
times = np.arange(4000) / 200
wave = table(times, lambda t: np.sin(12 * np.pi * t))
osim.TableUtilities.filterLowpass(wave, 6., False)
print(f"wave of 6 Hz: amplitude {np.abs(wave.getDependentColumn('x').to_numpy()[1000:3000]).max():.2f}")
PY
)
expect "$seen" "ramp of 201 rows, filterLowpass with padData False: 201 rows, 0 to 2 s, x from 0.033 to 1.948
ramp of 201 rows, filterLowpass with padData True: 401 rows, -1 to 3 s, x from -0.967 to 2.948
the same, TabOpLowPassFilter: 201 rows, 0 to 2 s, x from 0.000 to 2.000
197 rows with a gap: 201 rows
wave of 6 Hz: amplitude 0.50"
