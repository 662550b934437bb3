#!/bin/sh
# openskill 6.2.0 (PyPI). Guess: a rating system that has seen thousands of bouts predicts the share of them that it has seen.
# Seen: the default model, Plackett-Luce, and both Bradley-Terry ones predict .86 for who wins three bouts of four, and .99 for
# nine of ten; Thurstone-Mosteller in parts .91 and .995. They are rated by one curve and predicted by another: a logistic
# function of the difference over c (in parts: a normal one over 2c), then the normal distribution function of the difference
# over c: Phi(ln 3) = .864, Phi(ln 9) = .986. Only the full Thurstone-Mosteller model predicts what it has seen, as trueskill
# 0.4.5 does. A league that picks opponents by predict_win takes even bouts for decided ones.
. "$(dirname "$0")/lib.sh"
pypi openskill==6.2.0 trueskill==0.4.5
seen=$(run_python - <<'PY'
from math import sqrt
import trueskill
from openskill.models import (BradleyTerryFull, BradleyTerryPart, PlackettLuce, ThurstoneMostellerFull,
                              ThurstoneMostellerPart)

def predicted(rating, rate, predict, wins):
    x, y, seen = rating(), rating(), []
    for bout in range(4000):
        if bout % (wins + 1) < wins:
            x, y = rate(x, y)
        else:
            y, x = rate(y, x)
        if bout >= 3000:
            seen.append(predict(x, y))
    return sum(seen) / len(seen)

def show(name, *system):
    print(f"{name}: predicts {predicted(*system, 3):.2f} after .75, {predicted(*system, 9):.3f} after .9")

for model in PlackettLuce, BradleyTerryFull, BradleyTerryPart, ThurstoneMostellerPart, ThurstoneMostellerFull:
    m = model()
    def rate(x, y):
        (x,), (y,) = m.rate([[x], [y]])
        return x, y
    show(model.__name__, m.rating, rate, lambda x, y: m.predict_win([[x], [y]])[0])
t = trueskill.TrueSkill(draw_probability=0)
show("trueskill", t.create_rating, t.rate_1vs1,
     lambda x, y: t.cdf((x.mu - y.mu) / sqrt(2 * t.beta**2 + x.sigma**2 + y.sigma**2)))
PY
)
expect "$seen" "PlackettLuce: predicts 0.86 after .75, 0.986 after .9
BradleyTerryFull: predicts 0.86 after .75, 0.986 after .9
BradleyTerryPart: predicts 0.86 after .75, 0.986 after .9
ThurstoneMostellerPart: predicts 0.91 after .75, 0.995 after .9
ThurstoneMostellerFull: predicts 0.75 after .75, 0.899 after .9
trueskill: predicts 0.75 after .75, 0.898 after .9"
