"""The checks of tensorboard.sh: in_tensorboard.py RLRUN FOLDER TENSORBOARD."""
import json
import os
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request

rlrun, here, tensorboard = sys.argv[1:4]
SERVERS = {"default": [], "--load_fast false": ["--load_fast", "false"]}
TAGS = set("""rollout/ep_len_mean rollout/ep_rew_mean time/fps time/iterations time/time_elapsed time/total_timesteps
train/approx_kl train/clip_fraction train/clip_range train/entropy_loss train/explained_variance train/learning_rate
train/loss train/policy_gradient_loss train/value_loss reward/alive reward/upright run/cut run/episodes run/epochs_done
run/grad_norm run/mean_reward run/terminated""".split())
children = []


class Server:
    def __init__(self, name):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        self.name = name
        command = [tensorboard, "--logdir", "runs", "--port", str(self.port), "--reload_interval", "1"]
        children.append(subprocess.Popen(command + SERVERS[name], stderr=subprocess.DEVNULL))

    def get(self, path, body=None):
        url = "http://127.0.0.1:%d/data/%s" % (self.port, path)
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(url, data, {"Content-Type": "application/json"} if data else {})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def tags(self, run):
        return set(self.get("plugin/scalars/tags").get(run, {}))

    def points(self, run, tag):
        query = urllib.parse.urlencode({"run": run, "tag": tag})
        return [(step, number) for _, step, number in self.get("plugin/scalars/scalars?" + query)]


def until(what, check, seconds=60):
    """Waits until check() is true; a server that does not answer yet is no failure."""
    end = time.time() + seconds
    while True:
        try:
            found = check()
        except (OSError, ValueError) as error:
            found = error
        if found is True:
            print("ok:", what, flush=True)
            return
        if time.time() > end:
            sys.exit("failed: %s: %r" % (what, found))
        time.sleep(0.3)


def expect(server, run, when, curve):
    def check():
        points = server.points(run, "rollout/ep_rew_mean")
        return points == curve or points

    until("%s, %s: the curve is %s" % (server.name, when, [int(y) for _, y in curve]), check)


def start(*arguments):
    return subprocess.Popen([rlrun, "--quiet", *arguments])


try:
    os.mkdir("runs")
    servers = [Server(name) for name in SERVERS]
    growing = start(here + "/events.lua")
    children.append(growing)
    until("the run begins", lambda: len(os.listdir("runs")) == 1)
    run = os.listdir("runs")[0]
    up = [(128 * i, 128.0 * i) for i in range(1, 6)]
    for server in servers:
        expect(server, run, "while it grows", up[:2])
    open("go_on", "w").close()
    assert growing.wait() == 0
    for server in servers:
        expect(server, run, "when it has grown", up)
        until("%s: every tag" % server.name, lambda: server.tags(run) == TAGS or server.tags(run) ^ TAGS)

    assert start("--resume", "runs/" + run).wait() == 0
    assert len([name for name in os.listdir("runs/" + run) if "tfevents" in name]) == 2
    resumed = up[:3] + [(128 * i, -128.0 * i) for i in range(4, 8)]
    for server in servers:
        expect(server, run, "resumed while it runs", resumed)
    for server in [Server(name) for name in SERVERS]:
        expect(server, run, "started after the resume", resumed)
        until("%s: every tag" % server.name, lambda: server.tags(run) == TAGS or server.tags(run) ^ TAGS)

        def hparams():
            found = server.get("plugin/hparams/experiment", {"experimentName": ""})
            names = {info["name"] for info in found.get("hparamInfos", [])}
            return {"gravity", "note", "seed"} <= names or names

        until("%s: the options are in the tab HPARAMS" % server.name, hparams)

        def metric():
            body = {"experimentName": "", "allowedStatuses": ["STATUS_UNKNOWN", "STATUS_SUCCESS", "STATUS_RUNNING"],
                    "colParams": [], "startIndex": 0, "sliceSize": 10}
            groups = server.get("plugin/hparams/session_groups", body)["sessionGroups"]
            values = {m["name"]["tag"]: m["value"] for g in groups for m in g["metricValues"]}
            gravity = [g["hparams"].get("gravity") for g in groups]
            return (values.get("rollout/ep_rew_mean") == -896.0 and gravity == [1.62]) or groups

        until("%s: with the last return beside them" % server.name, metric)
finally:
    for child in children:
        child.terminate()
        child.wait()
