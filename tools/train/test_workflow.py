"""The recipes of all models: whole, without circles, and what the workflow would run."""

import contextlib
import io
import shutil
import subprocess
import tempfile
import types
import unittest
from pathlib import Path

from tools.train.configurations import CONFIGURATIONS, VARIANTS
from tools.train.publish import stages_of
from tools.train.workflow import NAMES, OTHER_RUNS, Workflow, restore

ROOT = Path(__file__).resolve().parent.parent.parent


class Recipes(unittest.TestCase):
    def setUp(self):
        self.plan = Workflow()

    def test_every_model_of_the_set_has_a_recipe(self):
        for instrument in ("flute", "trumpet", "violin", "piano"):
            for name in ("ddx7-full", "ddx7-reduced", "ddx7-reduced-ad", "ddx7-reduced-cd", "hpn-full",
                         "hpn-reduced", "hpn-reduced-ad", "hpn-reduced-cd", "ddx7n-full", "ddx7n-reduced"):
                entry = self.plan.models[f"{instrument}/{name}"]
                recipe = self.plan.recipe(entry["run"])
                synth, variant, *distil = name.split("-")
                self.assertEqual((recipe.instrument, recipe.synth, recipe.variant),
                                 (instrument, NAMES[synth], variant))
                if distil:
                    self.assertEqual(recipe.distil, {"ad": "audio", "cd": "control"}[distil[0]])
                    self.assertIn("teacher", self.plan.runs[entry["run"]])
        count = {kind: sum(kind in name for name in self.plan.models) for kind in ("imax", "osc")}
        self.assertEqual(count, {"imax": 6, "osc": 7})
        self.assertEqual(len(self.plan.models), 40 + 6 + 7)

    def test_runs_refer_to_runs_and_never_in_a_circle(self):
        for run, entry in self.plan.runs.items():
            recipe = self.plan.recipe(run)
            self.assertIn(recipe.variant, VARIANTS)
            self.assertTrue(recipe.configuration in ("", *CONFIGURATIONS))
            for key in OTHER_RUNS:
                if key in entry:
                    self.assertIn(entry[key], self.plan.runs)
            chain = self.plan.chain(run)  # a circle would never return
            self.assertEqual(chain[-1], run)
            for other in chain:
                for need in self.plan.needs(other):
                    self.assertLess(chain.index(need), chain.index(other))
            self.assertGreater(self.plan.minutes(run), 0.0)

    def test_options_are_those_of_train(self):
        words = self.plan.options("violin-plain-reduced-control", "R")
        self.assertIn("R/violin-plain-full-start/model.safetensors", words)
        self.assertIn("--teacher", words)
        self.assertNotIn("--distil", words)  # "control" is what it is if not told

    def test_a_shipped_model_stands_in_for_its_run(self):
        with tempfile.TemporaryDirectory() as folder:
            args = types.SimpleNamespace(models=ROOT / "models", runs=Path(folder))
            made = Path(folder) / "trumpet-plain-full" / "model.safetensors"
            made.parent.mkdir()
            made.write_text("a run of one's own")
            with contextlib.redirect_stdout(io.StringIO()):
                restore(args)
            self.assertEqual(made.read_text(), "a run of one's own")
            shipped = Path(folder) / "violin-hpn-reduced"
            self.assertEqual((shipped / "model.safetensors").read_bytes(),
                             (ROOT / "models/violin/hpn-reduced.safetensors").read_bytes())
            self.assertEqual([stage["steps"] for stage in stages_of(shipped)], [7025])


@unittest.skipUnless(shutil.which("snakemake"), "snakemake is not installed")
class DryRun(unittest.TestCase):
    def test_one_model_from_nothing(self):
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(
                ["snakemake", "-s", str(ROOT / "tools/train/Snakefile"), "-n", "-j", "1", "--config",
                 f"data={folder}", f"runs={folder}/runs", "only=trumpet/ddx7-reduced-cd"],
                capture_output=True, text=True, env={"HOME": folder, "PATH": "/usr/bin:/bin"}, check=False)
        text = done.stdout + done.stderr
        self.assertEqual(done.returncode, 0, text[-2000:])
        for run in Workflow().chain("trumpet-plain-reduced-control"):
            self.assertIn(f"{run}/model.safetensors", text)
        self.assertRegex(text, r"(?m)^train\s+" + str(len(Workflow().chain("trumpet-plain-reduced-control"))))
        self.assertRegex(text, r"(?m)^report\s+1")


if __name__ == "__main__":
    unittest.main()
