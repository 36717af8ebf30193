"""sideband decode: frames in, controls out, and what is said of bad frames and models."""
import unittest

import numpy as np

from tests.cli.support import (FM_MODEL, HEADER, NOISE_MODEL, CliTest, read_model, read_table,
                               write_model)


class Decode(CliTest):
    def test_one_row_per_frame_under_the_names_of_the_controls(self):
        self.analyzed(seconds=0.5)
        header, rows = read_table(self.ok("decode", FM_MODEL, "frames.csv", "-o", "-"))
        self.assertEqual(header, [f"level{i}" for i in range(1, 7)])
        self.assertEqual(rows.shape, (125, 6))
        header, rows = read_table(self.ok("decode", NOISE_MODEL, "frames.csv", "-o", "-"))
        self.assertEqual(header, [f"level{i}" for i in range(1, 7)] +
                         [f"noise{i}" for i in range(1, 66)])
        self.assertTrue(np.all(rows[:, :6] >= 0) and np.all(rows[:, :6] <= 2.0106194))
        self.assertTrue(np.all(rows[:, 6:] > 0) and np.all(rows[:, 6:] <= 2.0001))

    def test_standard_streams_carry_the_same_text_as_files(self):
        self.analyzed()
        self.ok("decode", FM_MODEL, "frames.csv", "-o", "controls.csv")
        frames = (self.folder / "frames.csv").read_text()
        self.assertEqual(self.ok("decode", FM_MODEL, "-", "-o", "-", stdin=frames),
                         (self.folder / "controls.csv").read_text())

    def test_the_text_brings_every_float_back(self):
        # 300.300018 is a float that needs all nine digits: neighbours differ in the last of them.
        values = np.nextafter(np.float32(300.3), np.float32(np.inf), dtype=np.float32)
        rows = "".join(f"{0.004 * (k + 1):.9g},{values:.9g},0.9,-20\n" for k in range(40))
        long_rows = "".join(f"{0.004 * (k + 1):.17g},{values:.17g},0.9,-20\n" for k in range(40))
        self.assertEqual(
            self.ok("decode", FM_MODEL, "-", "-o", "-", stdin=f"{HEADER}\n{rows}"),
            self.ok("decode", FM_MODEL, "-", "-o", "-", stdin=f"{HEADER}\n{long_rows}"))

    def test_the_past_does_not_depend_on_what_follows(self):
        rows = [f"{0.004 * (k + 1):.9g},{200 + 0.1 * k:.9g},0.9,{-30 + 10 * np.sin(k / 50):.9g}"
                for k in range(2600)]
        whole = self.ok("decode", FM_MODEL, "-", "-o", "-", stdin="\n".join([HEADER, *rows]) + "\n")
        part = self.ok("decode", FM_MODEL, "-", "-o", "-",
                       stdin="\n".join([HEADER, *rows[:1500]]) + "\n")
        _, whole = read_table(whole)
        _, part = read_table(part)
        np.testing.assert_allclose(part, whole[:1500], atol=1e-5)
        self.assertGreater(np.ptp(whole), 1e-3)

    def test_windows_line_ends_and_no_frames_are_fine(self):
        text = f"{HEADER}\r\n0.004,440,0.9,-20\r\n"
        self.assertEqual(self.ok("decode", FM_MODEL, "-", "-o", "-", stdin=text),
                         self.ok("decode", FM_MODEL, "-", "-o", "-", stdin=text.replace("\r", "")))
        none = self.ok("decode", FM_MODEL, "-", "-o", "-", stdin=HEADER + "\n")
        self.assertEqual(len(none.splitlines()), 1)

    def test_bad_frames_are_named_by_line(self):
        good = "0.004,440,0.9,-20\n"
        for text, says in ((HEADER + "\n" + good + "0.008,high,0.9,-20\n", "line 3: f0_hz is 'high'"),
                           (HEADER + "\n" + good + good + "0.012,440,0.9\n", "line 4 has 3 values"),
                           (HEADER + "\n0.004,440,0.9,-20,7\n", "line 2 has more than 4 values"),
                           (HEADER + "\n" + good + "\n" + good, "line 3: time_s is ''"),
                           (HEADER + "\n0.004,440,0.9,nan\n", "line 2: loudness_db is 'nan'"),
                           (HEADER + "\n0.004,440,0.9, -20\n", "line 2: loudness_db is ' -20'"),
                           (HEADER + "\n0.004,0,0.9,-20\n", "line 2: f0_hz is not above 0"),
                           ("time,f0\n", "line 1 is 'time,f0', not the header"),
                           ("", "is empty")):
            with self.subTest(says):
                self.text("bad.csv", text)
                self.assertIn(says, self.fault("bad.csv", "decode", FM_MODEL, "bad.csv", "-o", "-"))


class BadModels(CliTest):
    def refusal(self, name="bad.safetensors"):
        self.analyzed(seconds=0.1)
        said = {self.fault(name, "decode", name, "frames.csv", "-o", "-"),
                self.fault(name, "render", name, "tone.wav", "-o", "x.wav")}
        self.assertFalse((self.folder / "x.wav").exists())
        self.assertEqual(len(said), 1, said)  # both ways of loading say the same
        return said.pop()

    def test_a_cut_off_file(self):
        data = FM_MODEL.read_bytes()
        for size in (0, 4, 100, len(data) // 2, len(data) - 1):
            with self.subTest(size=size):
                (self.folder / "bad.safetensors").write_bytes(data[:size])
                self.assertGreater(len(self.refusal()), 10)

    def test_another_kind_of_file(self):
        self.text("bad.safetensors", "PK\x03\x04 is how an archive starts\n" * 50)
        self.assertGreater(len(self.refusal()), 10)

    def test_a_missing_an_extra_and_a_misshapen_tensor(self):
        metadata, tensors = read_model(FM_MODEL)
        name = next(n for n in tensors if n.endswith("conv1.weight"))
        path = self.folder / "bad.safetensors"
        write_model(path, metadata, {n: t for n, t in tensors.items() if n != name})
        self.assertIn(name, self.refusal())
        write_model(path, metadata, {**tensors, "decoder.extra": np.zeros(3)})
        self.assertIn("decoder.extra", self.refusal())
        write_model(path, metadata, {**tensors, name: tensors[name][:, :, :2]})
        self.assertIn(name, self.refusal())

    def test_a_weight_that_is_not_a_number(self):
        metadata, tensors = read_model(FM_MODEL)
        name = next(n for n in tensors if n.endswith("conv2.bias"))
        spoilt = tensors[name].copy()
        spoilt[0] = np.inf
        write_model(self.folder / "bad.safetensors", metadata, {**tensors, name: spoilt})
        self.assertIn(name, self.refusal())

    def test_an_unknown_format(self):
        metadata, tensors = read_model(FM_MODEL)
        for old, new in (('"format": 1', '"format": 2'), ('"tcn"', '"transformer"')):
            with self.subTest(new):
                self.assertIn(old, metadata["sideband"])
                write_model(self.folder / "bad.safetensors",
                            {"sideband": metadata["sideband"].replace(old, new)}, tensors)
                self.assertGreater(len(self.refusal()), 10)
        write_model(self.folder / "bad.safetensors", {}, tensors)
        self.assertGreater(len(self.refusal()), 10)


if __name__ == "__main__":
    unittest.main()
