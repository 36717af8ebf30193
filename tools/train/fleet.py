"""Many runs side by side on one GPU: a step of these small networks is hundreds of tiny kernels, which
leave a GPU idle and a host busy. Here a run's whole step, from drawing the crops to Adam, is one CUDA graph
on a stream of its own, launched by a thread of its own, and the streams share the GPU. Without a GPU the
same steps run in turn."""

import threading
import time
from pathlib import Path

import torch

from .averaging import WeightAverage
from .corpus import read_corpus
from .dataset import Augmentation
from .device_crops import DeviceCorpus, DeviceCrops, DeviceRandom
from .objective import Objective
from .trainer import export_run, parameter_groups, write_records
from .workflow import OTHER_RUNS, Workflow

WARM_UP_STEPS = 3  # before a graph is recorded: PyTorch fills its caches
REST_S = 2e-4  # between two looks at whether a step is done
REPORT_S = 10.0


def add_commands(commands):
    command = commands.add_parser("fleet", help="train many of recipes.json's runs at once, on a GPU")
    command.add_argument("--corpus", nargs="+", required=True, metavar="INSTRUMENT=FILE", help="from `pack`")
    command.add_argument("--only", nargs="+", required=True, metavar="RUN", help="what they need comes first")
    command.add_argument("--runs", type=Path, default=Path("runs"))
    command.add_argument("--recipes", type=Path, help="another file than recipes.json")
    command.add_argument("--minutes", type=float, nargs="+", metavar="M",
                         help="at most so long for the runs that need no other, for those that need these, and so "
                         "on; their rates then fall by the clock")
    command.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    command.set_defaults(run_command=train_fleet)


class FleetRun:
    """One run: its model, its optimiser and its step."""

    def __init__(self, name, recipe, corpus, device):
        self.name, self.recipe, self.device = name, recipe, torch.device(device)
        torch.manual_seed(recipe.seed)
        self.objective = Objective(recipe, device)
        self.model = self.objective.model
        self.random = DeviceRandom(device, recipe.seed)
        self.crops = DeviceCrops(corpus, self.objective.context_frames, recipe.seconds, self.random)
        self.augment = Augmentation(recipe.gain_db, recipe.gain_power)
        self.log_epsilon = torch.tensor(recipe.log_epsilon_at(0.0), device=device)
        self.optimiser = self._optimiser()
        self.average = WeightAverage(self.model, recipe.average_share)
        self.sums = torch.zeros(3, device=device)  # of losses, of gradient norms, of steps that were not finite
        self.step, self.reported, self.history = 0, 0, []
        self.begin_s, self.until_s = 0.0, float("inf")
        self.graph, self.stream, self.done = None, None, None
        if self.device.type == "cuda":
            self._record()

    def _optimiser(self):
        groups = parameter_groups(self.model, self.recipe)
        if self.device.type != "cuda":
            return torch.optim.Adam(groups, lr=self.recipe.learning_rate)
        for group in groups:
            group["lr"] = torch.tensor(0.0, device=self.device)
        return torch.optim.Adam(groups, fused=True, capturable=True)

    def _step(self):
        batch, seen_f0 = self.augment(self.crops.batch(self.recipe.batch), self.random)
        start_cycles = self.random.uniform(0.0, 1000.0, self.recipe.batch, torch.float64)
        loss, total = self.objective(batch, seen_f0, start_cycles, self.log_epsilon, self.random.generator)
        self.optimiser.zero_grad(set_to_none=True)
        total.backward()
        parameters = [p for p in self.model.parameters() if p.grad is not None]
        norm = torch.nn.utils.clip_grad_norm_(parameters, self.recipe.clip_norm)
        usable = torch.isfinite(norm)  # one bad crop must not poison Adam's memory
        for p in parameters:
            p.grad.copy_(torch.where(usable, p.grad, 0.0))
        self.optimiser.step()
        zero = torch.zeros_like(loss)
        self.sums += torch.stack([torch.where(usable, loss.detach(), zero), torch.where(usable, norm, zero),
                                  (~usable).to(loss.dtype)])

    def _record(self):
        self.stream = torch.cuda.Stream(self.device)
        self.stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(self.stream):
            for _ in range(WARM_UP_STEPS):
                self._step()
        torch.cuda.current_stream().wait_stream(self.stream)
        self.stream.synchronize()
        self.graph = torch.cuda.CUDAGraph()
        self.graph.register_generator_state(self.random.generator)
        with torch.cuda.graph(self.graph, stream=self.stream, capture_error_mode="relaxed"):
            self._step()
        self.stream.synchronize()
        self.sums.zero_()

    def start(self, until_s):
        self.begin_s, self.until_s = time.monotonic(), until_s

    @property
    def progress(self):
        """0…1, by steps or by the clock, whichever is ahead."""
        by_clock = (time.monotonic() - self.begin_s) / max(1e-3, self.until_s - self.begin_s)
        return min(1.0, max(self.step / self.recipe.steps, by_clock))

    def advance(self):
        """One step; on a GPU it is launched when the one before is done, for a graph that is launched while
        it runs may hold up the host."""
        if self.graph is None:
            self._set_rates()
            self._step()
            self._count()
        else:
            with torch.cuda.stream(self.stream):
                while self.done is not None and not self.done.query():
                    time.sleep(REST_S)
                self._set_rates()
                self.graph.replay()
                self._count()
                self.done = torch.cuda.Event()
                self.done.record()

    def _count(self):
        self.step += 1
        self.average.update(self.progress)

    def advance_to_the_end(self):
        while self.progress < 1.0:
            self.advance()

    def _set_rates(self):
        progress = self.progress
        rate = self.recipe.learning_rate_at(self.step, progress)
        for group in self.optimiser.param_groups:
            if torch.is_tensor(group["lr"]):
                group["lr"].fill_(rate * group["factor"])
            else:
                group["lr"] = rate * group["factor"]
        self.log_epsilon.fill_(self.recipe.log_epsilon_at(progress))

    def report(self):
        """One line; notes the means since the last report."""
        with torch.cuda.stream(self.stream):  # does nothing where there is none
            loss, norm, bad = self.sums.tolist()
            self.sums.zero_()
        number = max(1, self.step - self.reported)
        self.reported = self.step
        rate = self.recipe.learning_rate_at(self.step, self.progress)
        self.history.append((self.step, loss / number, rate, norm / number))
        seconds = time.monotonic() - self.begin_s
        return (f"{self.name}: step {self.step} loss {loss / number:.3f} {1e3 * seconds / max(1, self.step):.1f} "
                f"ms/step" + (f" {bad:.0f} not finite" if bad else ""))

    def finish(self, folder):
        line = self.report()
        folder.mkdir(parents=True, exist_ok=True)
        write_records(folder, self.recipe, self.history)
        with self.average.in_place():
            export_run(folder / "model.safetensors", self.model, self.recipe, self.step,
                       time.monotonic() - self.begin_s)
        return line


def train_fleet(args):
    workflow = Workflow(args.recipes) if args.recipes else Workflow()
    corpora = {name: DeviceCorpus(read_corpus(path), args.device)
               for name, path in (entry.split("=", 1) for entry in args.corpus)}

    def trained(run):
        return (args.runs / run / "model.safetensors").exists()

    waiting = []
    for run in args.only:
        waiting += [r for r in workflow.chain(run, trained) if r not in waiting]
    minutes = list(args.minutes or [])
    while waiting:
        ready = [run for run in waiting if all(map(trained, workflow.needs(run)))]
        waiting = [run for run in waiting if run not in ready]
        until_s = time.monotonic() + 60.0 * minutes.pop(0) if minutes else float("inf")
        train_side_by_side(ready, workflow, corpora, args, until_s)
    return 0


def train_side_by_side(names, workflow, corpora, args, until_s):
    active, threads = [], {}
    for name in names:
        recipe = workflow.recipe(name)
        for key in OTHER_RUNS:
            if key in workflow.runs[name]:
                setattr(recipe, key, str(args.runs / workflow.runs[name][key] / "model.safetensors"))
        run = FleetRun(name, recipe, corpora[recipe.instrument], args.device)
        run.start(until_s)
        active.append(run)
        print(f"{name}: started", flush=True)
        if run.graph is not None:
            threads[name] = threading.Thread(target=run.advance_to_the_end)
            threads[name].start()
    last_report_s = time.monotonic()
    while active:
        for run in [run for run in active if run.progress >= 1.0]:
            if run.name in threads:
                threads[run.name].join()
            print(run.finish(args.runs / run.name), flush=True)
            active.remove(run)
        if time.monotonic() - last_report_s > REPORT_S:
            last_report_s = time.monotonic()
            print("\n".join(run.report() for run in active), flush=True)
        for run in active:
            if run.graph is None:
                run.advance()
        if threads:
            time.sleep(0.05)
