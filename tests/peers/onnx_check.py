# The exported models of a folder (cases.lua) against policy:mean: checked by onnx, run by onnxruntime. With --safetensors
# the files of policies instead, rebuilt by the ten lines of numpy of the README.
import glob, os, sys
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
    assert outputs["log_std"].shape[-1] == outputs["mean"].shape[-1]
    return outputs["mean"]


def main(folder, run):
    worst = 0.0
    for path, x, action in cases(folder):
        apart = np.abs(run(path, x) - action).max()
        print(f"{os.path.basename(path)}: {apart:.3g} apart")
        worst = max(worst, apart)
    assert 0.0 <= worst <= 1e-5, worst


if __name__ == "__main__":
    main(sys.argv[1], by_onnx)
