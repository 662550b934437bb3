#!/bin/sh
# A GRU and an LSTM with their optional parts, in onnx 1.23.2's ReferenceEvaluator, onnxruntime 1.32.0 and OpenVINO 2026.4.1
# (all PyPI). Guess: the reference evaluator is the judge, and what an engine cannot do it refuses. Seen: the reference leaves
# out clip, activations, sequence_lens and input_forget, OpenVINO peepholes and input_forget, silently; onnxruntime does all.
# "Equal to the reference" proves nothing for such a policy, and a right engine looks wrong beside it: where episodes in a
# batch differ in length the reference's final state of a short one is that after its padding.
. "$(dirname "$0")/lib.sh"
pypi onnx==1.23.2 onnxruntime==1.32.0 openvino==2026.4.1 numpy==2.4.6
seen=$(run_python - <<'PY'
import numpy as np
import onnx
import onnxruntime
import openvino
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

STEPS, BATCH, INPUTS, HIDDEN = 4, 2, 2, 3
random = np.random.default_rng(1)
def normal(*shape):
    return random.normal(size=shape).astype(np.float32)
x = normal(STEPS, BATCH, INPUTS)
gru = {"W": normal(1, 3 * HIDDEN, INPUTS), "R": normal(1, 3 * HIDDEN, HIDDEN), "B": normal(1, 6 * HIDDEN)}
lstm = {"W": normal(1, 4 * HIDDEN, INPUTS), "R": normal(1, 4 * HIDDEN, HIDDEN), "B": normal(1, 8 * HIDDEN)}
peepholes = {"P": normal(1, 3 * HIDDEN)}
lengths = {"lengths": np.array([2, 4], np.int32)}

def model(kind, weights, extra, **attributes):
    names = ["x", "W", "R", "B"] + [""] * 4
    if "lengths" in extra:
        names[4] = "lengths"
    if "P" in extra:
        names[7] = "P"
    while not names[-1]:
        names.pop()
    node = helper.make_node(kind, names, ["", "final"], hidden_size=HIDDEN, **attributes)
    graph = helper.make_graph([node], "g", [helper.make_tensor_value_info("x", TensorProto.FLOAT, x.shape)],
                              [helper.make_tensor_value_info("final", TensorProto.FLOAT, (1, BATCH, HIDDEN))],
                              [numpy_helper.from_array(value, name) for name, value in (weights | extra).items()])
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)
    onnx.checker.check_model(made)
    return made

def engines(made):
    text = made.SerializeToString()
    core = openvino.Core()
    compiled = core.compile_model(core.read_model(text), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return (ReferenceEvaluator(made).run(None, {"x": x})[0],
            onnxruntime.InferenceSession(text, providers=["CPUExecutionProvider"]).run(None, {"x": x})[0],
            compiled({"x": x})[0])

for kind, weights, name, extra, attributes in (
        ("GRU", gru, "clip", {}, {"clip": .3}), ("GRU", gru, "activations", {}, {"activations": ["Sigmoid", "Relu"]}),
        ("GRU", gru, "sequence_lens", lengths, {}), ("LSTM", lstm, "clip", {}, {"clip": .3}),
        ("LSTM", lstm, "peepholes", peepholes, {}), ("LSTM", lstm, "input_forget", {}, {"input_forget": 1})):
    plain, full = engines(model(kind, weights, {})), engines(model(kind, weights, extra, **attributes))
    print(kind, name + ":", ", ".join(engine + (" leaves it out" if np.abs(a - b).max() < 1e-5 else " does it")
          for engine, a, b in zip(("reference", "onnxruntime", "OpenVINO"), plain, full)),
          "- OpenVINO equals onnxruntime:", bool(np.abs(full[1] - full[2]).max() < 1e-4))
PY
)
expect "$seen" "GRU clip: reference leaves it out, onnxruntime does it, OpenVINO does it - OpenVINO equals onnxruntime: True
GRU activations: reference leaves it out, onnxruntime does it, OpenVINO does it - OpenVINO equals onnxruntime: True
GRU sequence_lens: reference leaves it out, onnxruntime does it, OpenVINO does it - OpenVINO equals onnxruntime: True
LSTM clip: reference leaves it out, onnxruntime does it, OpenVINO does it - OpenVINO equals onnxruntime: True
LSTM peepholes: reference does it, onnxruntime does it, OpenVINO leaves it out - OpenVINO equals onnxruntime: False
LSTM input_forget: reference leaves it out, onnxruntime does it, OpenVINO leaves it out - OpenVINO equals onnxruntime: False"
