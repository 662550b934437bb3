# The files of a folder (cases.lua) against policy:mean: ONNX models, checked by onnx and run by onnxruntime, and the
# policies' own, rebuilt by the lines of numpy in the README.
import glob, os, re, sys
import numpy as np


def cases(folder):
    for path in sorted(glob.glob(os.path.join(folder, "*.txt"))):
        with open(path) as file:
            rows, inputs, actions = map(int, file.readline().split())
            table = np.array(file.read().split(), dtype=np.float32).reshape(rows, inputs + actions)
        yield path[:-4], table[:, :inputs], table[:, inputs:]


def by_onnx(path, x):
    import onnx, onnxruntime

    model = onnx.load(path + ".onnx")
    onnx.checker.check_model(model, full_check=True)
    session = onnxruntime.InferenceSession(path + ".onnx", providers=["CPUExecutionProvider"])
    outputs = dict(zip([o.name for o in session.get_outputs()], session.run(None, {"observation": x})))
    if "logits" in outputs:
        assert outputs["logits"].shape[0] == len(x) and (outputs["logits"].argmax(1) == outputs["action"]).all()
        return outputs["action"][:, None]
    if "mean" not in outputs:  # several factors, in their order
        columns = [y for name, y in outputs.items() if name.endswith((".mean", ".action"))]
        return np.concatenate([y.reshape(len(x), -1) for y in columns], 1)
    assert outputs["log_std"].shape[-1] == outputs["mean"].shape[-1]
    return outputs.get("action", outputs["mean"])  # action: of a squashed policy


def by_numpy(path, x):
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
    y = names["mean"](path + ".safetensors", x)
    kind, size = metadata["action"].split()
    y = y[:, : int(size)]  # before log-stds and the value
    return y if kind == "box" else y.argmax(1)[:, None]


def main(folder):
    worst, tried = 0.0, 0
    for path, x, action in cases(folder):
        for run in by_onnx, by_numpy:
            y = run(path, x)
            if y is None:
                continue
            apart = np.abs(y - action).max()
            print(f"{os.path.basename(path)} {run.__name__}: {apart:.3g} apart")
            worst, tried = max(worst, apart), tried + 1
    assert tried and worst <= 1e-5, worst


if __name__ == "__main__":
    main(sys.argv[1])
