"""sideband synth, render, info and bench: what is heard and what is said about a model."""
import json
import unittest

import numpy as np

from tests.cli.support import (FM_MODEL, NOISE_MODEL, CliTest, read_model, sine, write_model)


def with_reverb(path, source=FM_MODEL):
    """A copy of the model whose reverb is one echo after 0.1 s, at half the level."""
    metadata, tensors = read_model(source)
    impulse = np.zeros(4000)
    impulse[0], impulse[1600] = 1, 0.5
    write_model(path, metadata, {**tensors, "reverb.impulse": impulse})
    return path


class Synth(CliTest):
    def decoded(self, model):
        self.analyzed(seconds=0.6)
        self.ok("decode", model, "frames.csv", "-o", "controls.csv")
        return model, "frames.csv", "controls.csv"

    def test_rows_become_hops_at_any_rate(self):
        files = self.decoded(FM_MODEL)
        for rate_hz, samples in ((None, 9600), (44100, 26460), (48000, 28800)):
            options = ["--rate", rate_hz] if rate_hz else []
            self.ok("synth", *files, "-o", "out.wav", *options)
            out, out_rate_hz = self.heard("out.wav")
            self.assertEqual((len(out), out_rate_hz), (samples, rate_hz or 16000))
            self.assertTrue(np.all(np.isfinite(out)))
            self.assertGreater(np.std(out), 1e-3)

    def test_dry_is_the_sound_without_the_echo(self):
        files = self.decoded(with_reverb(self.folder / "echo.safetensors"))
        self.ok("synth", *files, "-o", "wet.wav")
        self.ok("synth", *files, "-o", "dry.wav", "--dry")
        wet, dry = self.heard("wet.wav")[0], self.heard("dry.wav")[0]
        expected = dry.astype(np.float64)
        expected[1600:] += 0.5 * dry[:-1600]
        np.testing.assert_allclose(wet, expected, atol=1e-5)
        self.assertGreater(np.max(np.abs(wet - dry)), 1e-2)

    def test_no_noise_leaves_the_operators_alone(self):
        files = self.decoded(NOISE_MODEL)
        self.ok("synth", *files, "-o", "both.wav")
        self.ok("synth", *files, "-o", "fm.wav", "--no-noise")
        both, fm = self.heard("both.wav")[0], self.heard("fm.wav")[0]
        self.assertGreater(np.std(both - fm), 1e-3)
        # What the noise branch adds has no memory of the pitch; the operators do: at 440 Hz a
        # period is 36.36 samples, so eleven periods are 400.
        def likeness(x):
            return np.corrcoef(x[2000:8000], x[2400:8400])[0, 1]
        self.assertGreater(likeness(fm), 0.99)
        self.assertLess(likeness(both - fm), 0.5)

    def test_the_same_controls_are_the_same_sound(self):
        files = self.decoded(NOISE_MODEL)
        self.ok("synth", *files, "-o", "one.wav")
        self.ok("synth", *files, "-o", "two.wav")
        self.assertEqual((self.folder / "one.wav").read_bytes(),
                         (self.folder / "two.wav").read_bytes())

    def test_either_table_may_come_from_the_standard_input(self):
        model, frames, controls = self.decoded(FM_MODEL)
        self.ok("synth", model, frames, controls, "-o", "files.wav")
        text = (self.folder / controls).read_text()
        self.ok("synth", model, frames, "-", "-o", "stream.wav", stdin=text)
        self.assertEqual((self.folder / "files.wav").read_bytes(),
                         (self.folder / "stream.wav").read_bytes())
        self.assertIn("only one", self.misuse("synth", model, "-", "-", "-o", "x.wav"))

    def test_tables_that_do_not_fit_are_refused(self):
        model, frames, controls = self.decoded(FM_MODEL)
        lines = (self.folder / controls).read_text().splitlines(keepends=True)
        self.text("short.csv", "".join(lines[:-1]))
        said = self.fault("short.csv", "synth", model, frames, "short.csv", "-o", "x.wav")
        self.assertIn("149 rows", said)
        self.assertIn("header", self.fault(controls, "synth", NOISE_MODEL, frames, controls, "-o",
                                           "x.wav"))
        self.assertFalse((self.folder / "x.wav").exists())


class Render(CliTest):
    def setUp(self):
        super().setUp()
        tone = sine(330, 1.0, 44100) * np.hanning(44100)
        self.sound("in.wav", np.stack([tone, tone], axis=1), 44100)

    def render(self, *options, model=NOISE_MODEL, name="out.wav"):
        self.ok("render", model, "in.wav", "-o", name, *options)
        return self.heard(name)

    def test_the_output_is_as_long_as_the_input_and_at_its_rate(self):
        out, rate_hz = self.render()
        self.assertEqual((out.shape, rate_hz), ((44100,), 44100))
        self.assertGreater(np.std(out), 1e-3)
        out, rate_hz = self.render("--rate", 16000)
        self.assertEqual((out.shape, rate_hz), ((16000,), 16000))

    def test_block_sizes_cannot_be_heard(self):
        whole = self.render()[0]
        for block in (1, 31, 1024, 60000):
            np.testing.assert_array_equal(self.render("--block", block)[0], whole)

    def test_as_live_is_later_by_the_latency_that_info_states(self):
        aligned, live = self.render()[0], self.render("--as-live")[0]
        line = next(l for l in self.ok("info").splitlines() if "at 44100 Hz" in l)
        latency = int(line.split()[2])
        self.assertGreater(latency, 0)
        np.testing.assert_array_equal(live[latency:], aligned[:-latency])
        self.assertEqual(len(live), len(aligned))

    def test_settings_are_heard(self):
        plain = self.render("--set", "output_gain_db=-12")[0]
        softer = self.render("--set", "output_gain_db=-18")[0]
        np.testing.assert_allclose(softer[4410:], plain[4410:] * 10 ** (-6 / 20), atol=1e-5)
        several = self.render("--set", "output_gain_db=-18", "--set", "noise=0")[0]
        self.assertGreater(np.std(several - softer), 1e-4)

    def test_slot_b_can_be_the_one_that_is_heard(self):
        np.testing.assert_array_equal(self.render("--set", "slot=1")[0], self.render()[0])

    def test_silence_stays_silent(self):
        self.sound("in.wav", np.zeros(16000), 16000)
        self.assertLess(np.max(np.abs(self.render()[0])), 10 ** (-70 / 20))

    def test_an_empty_recording_becomes_an_empty_file(self):
        self.sound("in.wav", np.zeros(0), 44100)
        self.assertEqual(len(self.render()[0]), 0)


class InfoAndBench(CliTest):
    def figures(self, *words):
        lines = self.ok("info", *words).splitlines()
        return {line[:22].strip(): line[22:].strip() for line in lines}

    def test_the_engine_states_its_latency(self):
        text = self.figures()["analyzer latency"]
        self.assertRegex(text, r"^\d+ samples at 16000 Hz")
        self.assertLessEqual(int(text.split()[0]), 640)  # 40 ms

    def test_a_model_is_described(self):
        metadata, tensors = read_model(FM_MODEL)
        config = json.loads(metadata["sideband"])
        figures = self.figures(FM_MODEL)
        self.assertEqual(int(figures["parameters"]), sum(t.size for t in tensors.values()))
        self.assertEqual(int(figures["file bytes"]), FM_MODEL.stat().st_size)
        self.assertIn(f"{config['decoder']['blocks']} blocks", figures["decoder"])
        self.assertEqual([float(r) for r in figures["ratios"].split()], config["synth"]["ratios"])
        self.assertEqual(figures["reverb"], "none")
        # Every weight of a convolution is used once per frame.
        weights = sum(t.size for n, t in tensors.items() if n.endswith(".weight"))
        self.assertEqual(int(figures["MAC per frame"]), weights)

    def test_a_reverb_is_described(self):
        figures = self.figures(with_reverb(self.folder / "echo.safetensors"))
        self.assertEqual(figures["reverb"], "4000 samples at 16000 Hz")

    def test_bench_measures_every_stage(self):
        result = json.loads(self.ok("bench", FM_MODEL, "--json"))
        self.assertEqual(result["models"][0]["file"], str(FM_MODEL))
        rows = {row["stage"]: row for row in result["stages"] + result["models"][0]["stages"]}
        self.assertEqual(set(rows),
                         {"analyzer", "decoder", "decoder, batched", "synth", "whole path", "both slots"})
        for row in rows.values():
            self.assertGreater(row["times_real_time"], 0)
        # The whole cannot be faster than its parts.
        self.assertLess(rows["whole path"]["times_real_time"], rows["analyzer"]["times_real_time"])
        self.assertIn("whole path", self.ok("bench", FM_MODEL))


if __name__ == "__main__":
    unittest.main()
