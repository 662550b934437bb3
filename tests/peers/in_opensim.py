"""walk.sto and walk.mot through OpenSim's two readers, walk.csv through pandas: is all of it the same?"""
import numpy
import opensim
import pandas

csv = pandas.read_csv("walk.csv")
assert csv.columns[0] == "time" and not csv.isna().any().any()
for path in ("walk.sto", "walk.mot"):
    table = opensim.TimeSeriesTable(path)
    storage = opensim.Storage(path)
    labels = list(table.getColumnLabels())
    stored = [storage.getColumnLabels().get(i) for i in range(storage.getColumnLabels().getSize())]
    assert stored == ["time"] + labels, path
    in_space = [name for name in labels if name not in csv.columns]
    assert all(name.endswith("_force_z") or name.endswith("_point_z") for name in in_space), in_space
    assert [name for name in labels if name not in in_space] == list(csv.columns[1:])
    assert table.getNumRows() == storage.getSize() == len(csv)
    assert not storage.isInDegrees()
    assert (numpy.array(table.getIndependentColumn()) == csv["time"].to_numpy()).all()
    for name in labels:
        values = table.getDependentColumn(name).to_numpy()
        array = opensim.ArrayDouble()
        storage.getDataColumn(name, array)
        assert (values == numpy.array([array.get(i) for i in range(array.getSize())])).all(), name
        assert (values == (csv[name].to_numpy() if name in csv.columns else 0)).all(), name
    # What an ExternalForce asks a motion for: three columns behind each of its identifiers.
    for foot in ("foot_l", "foot_r"):
        for what in ("force", "point"):
            first = storage.getStateIndex("%s_%s_x" % (foot, what))
            indices = [storage.getStateIndex("%s_%s_%s" % (foot, what, axis)) for axis in "xyz"]
            assert indices == [first, first + 1, first + 2] and first >= 0, (foot, what, indices)
    print("%s: %d rows, %d columns, the same in TimeSeriesTable, Storage and pandas" % (path, len(csv), len(labels) + 1))
