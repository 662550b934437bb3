#!/bin/sh
# TorchRL 0.14.1 (PyPI), TruncatedNormal, a policy's distribution on a range. Guess: as the mean of the normal leaves the range, the
# density goes over into an exponential at the bound, as scipy has it, or loses digits in float32. Seen, in float64 as well: at 4
# deviations beyond, the slope of the log probability is twice what it should be; at 5 it has the other sign and is 60 times as large, and
# all samples are the bound itself; at 6 the log probability is off by 7, a ratio of 1000. deterministic_sample, which plays after
# training, lies outside of the range from 5 on. At 3 all is right, and nothing warns. A policy that has learnt to push with all it
# has (deviation .1, mean 1.5 where the range ends at 1) is there; the range's own mean would be .98, and it is driven back.
. "$(dirname "$0")/lib.sh"
export RL_LOGGING_LEVEL=ERROR
pypi torchrl==0.14.1 tensordict==0.14.3 torch==2.15.0 numpy==2.4.6 scipy==1.17.1
seen=$(run_python - <<'PY'
import torch
from scipy.stats import truncnorm
from torchrl.modules import TruncatedNormal

torch.manual_seed(1)
wide, action = .1, .99

def exact(loc): return truncnorm((-1 - loc) / wide, (1 - loc) / wide, loc, wide)

for kind, side, beyond in [(torch.float32, 1, k) for k in (2, 3, 4, 5, 6, 8)] + [(torch.float32, -1, 5), (torch.float64, 1, 5)]:
    at = side * (1 + beyond * wide)
    loc = torch.tensor([at], dtype=kind, requires_grad=True)
    policy = TruncatedNormal(loc, torch.tensor([wide], dtype=kind))
    density = policy.log_prob(torch.tensor([side * action], dtype=kind))
    slope, = torch.autograd.grad(density.sum(), loc)
    right = exact(at)
    right_slope = (exact(at + 1e-4).logpdf(side * action) - exact(at - 1e-4).logpdf(side * action)) / 2e-4
    bound = (policy.sample((10000,)) == side).double().mean()
    print(f"{str(kind)[6:]}, mean {at:.1f}: log density {density.item():.1f} ({right.logpdf(side * action):.1f}), slope {slope.item():.1f} "
          f"({right_slope:.1f}), deterministic {policy.deterministic_sample.item():.2f} ({right.mean():.2f}), at the bound {bound:.0%}")
PY
)
expect "$seen" "float32, mean 1.2: log density 3.0 (3.0), slope 2.7 (2.7), deterministic 0.96 (0.96), at the bound 0%
float32, mean 1.3: log density 3.2 (3.2), slope 1.9 (1.8), deterministic 0.97 (0.97), at the bound 0%
float32, mean 1.4: log density 3.4 (3.3), slope 2.6 (1.3), deterministic 0.96 (0.98), at the bound 0%
float32, mean 1.5: log density 2.2 (3.4), slope -51.0 (0.9), deterministic 1.35 (0.98), at the bound 100%
float32, mean 1.6: log density -3.4 (3.5), slope -61.0 (0.6), deterministic 1.60 (0.98), at the bound 100%
float32, mean 1.8: log density -17.6 (3.6), slope -81.0 (0.2), deterministic 1.80 (0.99), at the bound 100%
float32, mean -1.5: log density 2.2 (3.4), slope 51.0 (-0.9), deterministic -1.35 (-0.98), at the bound 100%
float64, mean 1.5: log density 2.2 (3.4), slope -51.0 (0.9), deterministic 1.35 (0.98), at the bound 100%"
