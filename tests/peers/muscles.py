"""Curves, rest, activation and moved units of ours and of OpenSim, as the tables of a page:

    muscles.py RLRUN muscles.lua README.md
"""
import math
import subprocess
import sys

import opensim

opensim.Logger.setLevelString("off")
RLRUN, ASK, PAGE = sys.argv[1:]
THELEN, MILLARD = opensim.Thelen2003Muscle, opensim.Millard2012EquilibriumMuscle
F_MAX, UP, DOWN = 4000.0, 0.01, 0.04
SOLEUS = {"l_opt": 0.04, "l_slack": 0.26, "v_max": 6.0}  # a long tendon
FLEXOR = {"l_opt": 0.11, "l_slack": 0.10, "v_max": 12.0}  # of the hip: a short one
LEAST = 0.01


class Unit:
    """One of OpenSim's muscles along a line, whose length is set, or a function of time."""

    def __init__(self, kind, shape, length=None, excitation=None, **settings):
        self.shape = shape
        self.model = model = opensim.Model()
        model.setGravity(opensim.Vec3(0))
        block = opensim.Body("block", 1, opensim.Vec3(0), opensim.Inertia(1, 1, 1))
        model.addBody(block)
        slider = opensim.SliderJoint("slider", model.getGround(), block)
        self.x = slider.updCoordinate()
        self.x.setRangeMax(10)
        if length:
            self.x.setPrescribedFunction(length)
            self.x.setDefaultIsPrescribed(True)
        model.addJoint(slider)
        self.muscle = muscle = kind()
        muscle.setName("muscle")
        muscle.setMaxIsometricForce(F_MAX)
        muscle.setOptimalFiberLength(shape["l_opt"])
        muscle.setTendonSlackLength(shape["l_slack"])
        muscle.setMaxContractionVelocity(shape["v_max"])
        muscle.set_activation_time_constant(UP)
        muscle.set_deactivation_time_constant(DOWN)
        for name, value in settings.items():
            getattr(muscle, "set_" + name)(value)
        muscle.addNewPathPoint("origin", model.getGround(), opensim.Vec3(0))
        muscle.addNewPathPoint("insertion", block, opensim.Vec3(0))
        model.addForce(muscle)
        if excitation:
            brain = opensim.PrescribedController()
            brain.addActuator(muscle)
            brain.prescribeControlForActuator("muscle", excitation)
            model.addController(brain)
        self.state = model.initSystem()

    def put(self, length, activation, strain):
        """A fibre of this length in a tendon of this strain."""
        self.x.setValue(self.state, length * self.shape["l_opt"] + (1 + strain) * self.shape["l_slack"], False)
        self.muscle.setActivation(self.state, activation)
        self.muscle.setFiberLength(self.state, length * self.shape["l_opt"])
        self.model.realizeDynamics(self.state)
        return self

    def active(self, length):
        return self.put(length, 0.5, 0.0).muscle.getActiveForceLengthMultiplier(self.state)

    def passive(self, length):
        return self.put(length, 0.5, 0.0).muscle.getPassiveForceMultiplier(self.state)

    def tendon(self, strain):
        return self.put(1.0, 0.5, strain).muscle.getTendonForce(self.state) / F_MAX

    def velocity(self, velocity, activation):
        """The factor at this velocity, which the fibre at its optimal length has in a tendon of some strain."""
        low, high = 0.0, 0.5
        for _ in range(60):
            strain = (low + high) / 2
            if self.put(1.0, activation, strain).muscle.getNormalizedFiberVelocity(self.state) < velocity:
                low = strain
            else:
                high = strain
        if abs(self.muscle.getNormalizedFiberVelocity(self.state) - velocity) > 1e-6:
            return 0.0  # it cannot shorten so fast
        return self.muscle.getForceVelocityMultiplier(self.state)

    def rest(self, unit_length, activation):
        self.x.setValue(self.state, unit_length, False)
        self.muscle.setActivation(self.state, activation)
        self.model.equilibrateMuscles(self.state)
        self.model.realizeDynamics(self.state)
        return self.muscle.getFiberLength(self.state) / self.shape["l_opt"], self.force()

    def force(self):
        return self.muscle.getTendonForce(self.state) / F_MAX

    def run(self, times, look, activation):
        self.muscle.setActivation(self.state, activation)
        self.model.equilibrateMuscles(self.state)
        manager = opensim.Manager(self.model)
        manager.setIntegratorAccuracy(1e-5)
        manager.initialize(self.state)
        seen = []
        for time in times:
            self.state = manager.integrate(time)
            self.model.realizeDynamics(self.state)
            seen.append(look())
        return seen


def ours(lines):
    """The answers to lines for muscles.lua."""
    with open("ask", "w") as file:
        file.writelines(" ".join(str(word) for word in line) + "\n" for line in lines)
    subprocess.run([RLRUN, "--quiet", ASK, "--set", "ask=ask", "--set", "answer=answer"], check=True)
    with open("answer") as file:
        return [[float(word) for word in line.split()] for line in file]


def muscle(shape):
    return ["muscle", F_MAX, shape["l_opt"], shape["l_slack"], shape["v_max"], UP, DOWN]


def show(value, digits=3):
    text = "%.*f" % (digits, value)
    if float(text) == 0:
        return "0"
    return text.replace("0.", ".", 1) if abs(value) < 1 and not text.lstrip("-").startswith("1") else text


page = open(PAGE).read()
missing = []


def row(*cells, digits=3):
    line = "| " + " | ".join(cell if isinstance(cell, str) else show(cell, digits) for cell in cells) + " |"
    print(line)
    if line not in page:
        missing.append(line)


def head(*cells):
    row(*cells)
    print("|" + "---|" * len(cells))


def curves():
    thelen, millard = Unit(THELEN, SOLEUS), Unit(MILLARD, SOLEUS)
    undamped = Unit(MILLARD, SOLEUS, fiber_damping=0.0)
    older = Unit(THELEN, SOLEUS, KshapePassive=4.0)
    lengths = [0.3, 0.44, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.8]
    head("fibre, l_opt", "active: ours", "Thelen", "Millard", "Millard, undamped", "passive: ours", "Thelen",
         "Thelen, KshapePassive 4", "Millard")
    for length, (active, passive, _, _) in zip(lengths, ours([["curves", length, 0, 0] for length in lengths])):
        row("%g" % length, active, thelen.active(length), millard.active(length), undamped.active(length),
            passive, thelen.passive(length), older.passive(length), millard.passive(length))
    print()
    strains = [0.005, 0.01, 0.02, 0.03, 0.04, 0.049, 0.06]
    head("tendon's strain", "ours", "Thelen", "Millard")
    for strain, (_, _, _, tendon) in zip(strains, ours([["curves", 1, 0, strain] for strain in strains])):
        row("%g" % strain, tendon, thelen.tendon(strain), millard.tendon(strain))
    print()
    velocities = [-1, -0.75, -0.5, -0.25, -0.1, 0, 0.1, 0.25, 0.5, 1]
    activations = [0.05, 0.25, 0.5, 1]
    head("velocity, v_max", "ours", *["Thelen at %g" % a for a in activations], "Millard")
    for velocity, (_, _, factor, _) in zip(velocities, ours([["curves", 1, u, 0] for u in velocities])):
        damped = [millard.velocity(velocity, a) for a in activations]
        shown = [factor for factor in damped if factor > 0]  # it may be damped too much to be so fast
        assert not shown or max(shown) - min(shown) < 1e-3, damped
        row("%g" % velocity, factor, *[thelen.velocity(velocity, a) for a in activations],
            undamped.velocity(velocity, 1) if not shown else shown[-1])
    print()


def activation():
    """Times until the activation of an excited muscle has gone so far, ms."""
    times = [0.0005 * i for i in range(1, 401)]
    jumps = [(0.01, 1.0, 0.5), (0.01, 1.0, 0.9), (1.0, 0.01, 0.5), (1.0, 0.01, 0.1), (0.01, 0.3, 0.15), (0.3, 0.01, 0.15)]
    head("excitation", "activation reaches", "ours, ms", "Thelen", "Millard")
    for begin, end, goal in jumps:
        def reach(seen):
            for i, a in enumerate(seen):
                before = seen[i - 1] if i else begin
                if (a - goal) * (before - goal) <= 0:
                    return 1000 * (times[i] - 0.0005 * (a - goal) / (a - before))
        asked = [muscle(SOLEUS), ["rest", 0.3, begin]] + [["step", end, 0.3, 0.0005, 1]] * len(times)
        own = reach([a for a, _ in ours(asked)[2:]])
        theirs = []
        for kind in THELEN, MILLARD:
            unit = Unit(kind, SOLEUS, opensim.Constant(0.3), opensim.Constant(end))
            theirs.append(reach(unit.run(times, lambda: unit.muscle.getActivation(unit.state), begin)))
        row("%g to %g" % (begin, end), "%g" % goal, *["%.1f" % ms for ms in [own] + theirs])
    print()


def rest():
    for name, shape in (("soleus", SOLEUS), ("hip flexor", FLEXOR)):
        thelen, millard = Unit(THELEN, shape), Unit(MILLARD, shape)
        head("%s: unit less l_slack, l_opt" % name, "activation", "fibre: ours", "Thelen", "Millard", "force: ours",
             "Thelen", "Millard")
        for activation in (LEAST, 0.25, 1):
            for part in (0.6, 0.8, 1.0, 1.2, 1.4):
                length = shape["l_slack"] + part * shape["l_opt"]
                own = ours([muscle(shape), ["rest", length, activation]])[1]
                all_three = [own, thelen.rest(length, activation), millard.rest(length, activation)]
                row("%g" % part, "%g" % activation, *[fibre for fibre, _ in all_three], *[force for _, force in all_three])
        print()


# What a port may change for force at other lengths: l_opt by the first, l_slack by the second of the old l_opt.
LONGER = {THELEN: (1.6, -0.5), MILLARD: (1.2, -0.16)}


def longer(shape, factor, shift):
    return {"l_opt": factor * shape["l_opt"], "l_slack": shape["l_slack"] + shift * shape["l_opt"],
            "v_max": shape["v_max"] / factor}


def moved():
    """Differences of force, f_max, of units that go to and fro once a second while they are excited."""
    dt, second = 0.005, 200  # the first is left out
    times = [dt * i for i in range(1, 2 * second + 1)]
    excitations = {"never": lambda t: LEAST, "always by .5": lambda t: 0.5, "always by 1": lambda t: 1.0,
                   "by 1 while it shortens": lambda t: 1.0 if t % 1 > 0.5 else LEAST,
                   "by 1 while it lengthens": lambda t: 1.0 if t % 1 < 0.5 else LEAST}
    head("unit", "less l_slack, l_opt", "excited", "mean of ours", "Thelen: rms", "greatest", "fibre 1.6: rms", "Millard: rms",
         "greatest", "fibre 1.2: rms")
    mean = {}
    for name, shape in (("soleus", SOLEUS), ("hip flexor", FLEXOR)):
        for low, high in ((0.65, 1.15), (0.9, 1.4)):
            middle, reach = (low + high) / 2, (high - low) / 2
            for words, excitation in excitations.items():
                def length(t):
                    return shape["l_slack"] + shape["l_opt"] * (middle - reach * math.cos(2 * math.pi * t))

                def forces(shape):
                    asked = [muscle(shape), ["rest", length(0), excitation(dt / 2)]]
                    asked += [["step", excitation(t - dt / 2), length(t), dt, 50] for t in times]
                    return [force for _, force in ours(asked)[2:]][second:]
                path = opensim.Sine(-reach * shape["l_opt"], 2 * math.pi, math.pi / 2,
                                    shape["l_slack"] + shape["l_opt"] * middle)
                steps = opensim.PiecewiseConstantFunction()
                for t in times:
                    steps.addPoint(t - dt, excitation(t - dt / 2))
                own, cells = forces(shape), []
                for kind in THELEN, MILLARD:
                    unit = Unit(kind, shape, path, steps)
                    theirs = unit.run(times, unit.force, excitation(dt / 2))[second:]
                    for i, mine in enumerate((own, forces(longer(shape, *LONGER[kind])))):
                        off = [a - b for a, b in zip(mine, theirs)]
                        cells.append(math.sqrt(sum(d * d for d in off) / second))
                        mean.setdefault((kind, i), []).append(cells[-1])
                        if i == 0:
                            cells.append(max(off, key=abs))
                row(name, "%g to %g" % (low, high), words, sum(own) / second, *cells, digits=2)
    average = {key: sum(values) / len(values) for key, values in mean.items()}
    row("mean", "", "", "", average[THELEN, 0], "", average[THELEN, 1], average[MILLARD, 0], "", average[MILLARD, 1],
        digits=2)
    print()


curves()
activation()
rest()
moved()
if missing:
    sys.exit("%s says otherwise; it has not\n%s" % (PAGE, "\n".join(missing)))
print("as %s says" % PAGE)
