# The files of a folder (cases.lua) against policy:mean: ONNX models, checked by onnx and run by onnxruntime, and the
# policies' own, rebuilt by the lines of numpy in the README.
import glob, os, re, sys
import numpy as np


def cases(folder):
    for path in sorted(glob.glob(os.path.join(folder, "*.txt"))):
        with open(path) as file:
            rows, inputs, actions, steps = map(int, file.readline().split())
            table = np.array(file.read().split(), dtype=np.float32).reshape(rows, inputs + actions)
        yield path[:-4], table[:, :inputs], table[:, inputs:], steps


def by_onnx(path, x, steps):
    import onnx, onnxruntime

    model = onnx.load(path + ".onnx")
    onnx.checker.check_model(model, full_check=True)
    session = onnxruntime.InferenceSession(path + ".onnx", providers=["CPUExecutionProvider"])
    names = [o.name for o in session.get_outputs()]
    if steps:  # episodes side by side: a batch of as many copies, a step of all at a time
        copies = len(x) // steps
        whole = x[: copies * steps].reshape(copies, steps, -1)
        memory = np.zeros((copies, session.get_inputs()[1].shape[1]), np.float32)
        got = []
        for t in range(steps):
            got.append(dict(zip(names, session.run(None, {"observation": whole[:, t].copy(), "memory": memory}))))
            memory = got[-1].pop("next_memory")
        outputs = {name: np.stack([g[name].reshape(copies, -1) if g[name].ndim and len(g[name]) == copies
                                   else np.tile(g[name], (copies, 1)) for g in got], 1).reshape(copies * steps, -1)
                   for name in got[0]}
        x = x[: copies * steps]
        if "action" in outputs:
            outputs["action"] = outputs["action"][:, 0]
    else:
        outputs = dict(zip(names, session.run(None, {"observation": x})))
    if "logits" in outputs:
        assert outputs["logits"].shape[0] == len(x) and (outputs["logits"].argmax(1) == outputs["action"]).all()
        return outputs["action"][:, None]
    if "mean" not in outputs:  # several factors, in their order
        columns = [y for name, y in outputs.items() if name.endswith((".mean", ".action"))]
        return np.concatenate([y.reshape(len(x), -1) for y in columns], 1)
    assert outputs["log_std"].shape[-1] == outputs["mean"].shape[-1]
    return outputs.get("action", outputs["mean"])  # action: of a squashed policy


def stack(x, steps, history):
    rows = np.arange(len(x))
    begin = rows - rows % steps
    return np.concatenate([x[np.maximum(rows - k, begin)] for k in range(history - 1, -1, -1)], 1)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def by_gru(readme, path, x, steps):
    """The convention of gru.h: r, z, n; the reset behind the product. x: episodes of `steps`, all that is read in each."""
    t, how = readme["read"](path)
    x = readme["normalised"](t, how, x)
    last = sum(name.startswith("layers.") and name.endswith(".weight") for name in t) - 1
    for l in range(last):
        x = np.tanh(x @ t[f"layers.{l}.weight"] + t[f"layers.{l}.bias"])
    a = x @ t["gru.input.weight"] + t["gru.input.bias"]
    units = t["gru.hidden.weight"].shape[0]
    h, y = np.zeros(units), []
    for row in range(len(x)):
        h = h * (row % steps != 0)
        u = h @ t["gru.hidden.weight"] + t["gru.hidden.bias"]
        r, z = sigmoid(a[row, :units] + u[:units]), sigmoid(a[row, units:-units] + u[units:-units])
        h = (1 - z) * np.tanh(a[row, -units:] + r * u[-units:]) + z * h
        y.append(h @ t[f"layers.{last}.weight"] + t[f"layers.{last}.bias"])
    return np.array(y)


def by_numpy(path, x, steps):
    from safetensors import safe_open

    with safe_open(path + ".safetensors", "np") as file:
        metadata = file.metadata()
    if "factors" in metadata["action"] or "masked" in metadata["action"]:
        return None
    if metadata["policy.layer_norm"] == "true" or metadata["policy.activation"] != "tanh":
        return None
    with open(os.path.join(os.path.dirname(__file__), "../../README.md")) as readme:
        names = {}
        exec(re.search(r"```python\n(.*?)```", readme.read(), re.S).group(1), names)
    if steps:
        x = stack(x, steps, int(metadata.get("policy.history", 1)))
    run = (lambda file, rows: by_gru(names, file, rows, steps)) if "policy.gru" in metadata else names["mean"]
    y = run(path + ".safetensors", x)
    kind, size = metadata["action"].split()
    y = y[:, : int(size)]  # before log-stds and the value
    return y if kind == "box" else y.argmax(1)[:, None]


def main(folder):
    worst, tried = 0.0, 0
    for path, x, action, steps in cases(folder):
        for run in by_onnx, by_numpy:
            y = run(path, x, steps)
            if y is None:
                continue
            apart = np.abs(y - action[: len(y)]).max()
            print(f"{os.path.basename(path)} {run.__name__}: {apart:.3g} apart")
            worst, tried = max(worst, apart), tried + 1
    assert tried and worst <= 1e-5, worst


if __name__ == "__main__":
    main(sys.argv[1])
