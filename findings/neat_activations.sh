#!/bin/sh
# neat-python 2.0.0 (PyPI). Guess: an activation named tanh is tanh, sigmoid the logistic function, sin the sine. Seen:
# their arguments are multiplied by 2.5 or 5 first: tanh(2.5 z), 1/(1 + exp(-5 z)), sin(5 z), exp(-5 z^2), and softplus is
# .2 log(1 + exp(5 z)); relu, elu, selu and clamped are as written. A genome evaluated by anybody else's
# network under the same names is another controller: weights and biases must be scaled on the way.
. "$(dirname "$0")/lib.sh"
pypi neat-python==2.0.0
seen=$(run_python - <<'PY'
from math import exp, log, sin, tanh
from neat.activations import ActivationFunctionSet

functions = ActivationFunctionSet()
z = .3
def compare(name, guess, found):
    value = functions.get(name)(z)
    print(f"{name}: {value:.4f}, by its name {guess:.4f}, as found {abs(value - found) < 1e-12}")
compare("tanh", tanh(z), tanh(2.5 * z))
compare("sigmoid", 1 / (1 + exp(-z)), 1 / (1 + exp(-5 * z)))
compare("sin", sin(z), sin(5 * z))
compare("gauss", exp(-z * z), exp(-5 * z * z))
compare("softplus", log(1 + exp(z)), .2 * log(1 + exp(5 * z)))
compare("elu", z, z)
PY
)
expect "$seen" "tanh: 0.6351, by its name 0.2913, as found True
sigmoid: 0.8176, by its name 0.5744, as found True
sin: 0.9975, by its name 0.2955, as found True
gauss: 0.6376, by its name 0.9139, as found True
softplus: 0.3403, by its name 0.8544, as found True
elu: 0.3000, by its name 0.3000, as found True"
