"""sideband live on a real ALSA device that is a file: what comes out is what render makes of it."""
import unittest

import numpy as np
import soundfile

from tests.cli.support import FM_MODEL, CliTest, sine

RATE_HZ = 48000


class Live(CliTest):
    def setUp(self):
        super().setUp()
        sound = sine(440, 1.5, RATE_HZ).astype("<f4")
        self.folder.joinpath("in.raw").write_bytes(sound.tobytes())
        soundfile.write(self.folder.joinpath("in.wav"), sound, RATE_HZ, subtype="FLOAT")
        # ALSA's own file and null plugins: no sound card, but all of the library's path.
        self.folder.joinpath("asound.conf").write_text(f"""
            pcm.microphone {{ type file slave.pcm null file /dev/null
                              infile "{self.folder / 'in.raw'}" format raw }}
            pcm.speaker {{ type file slave.pcm null file "{self.folder / 'out.raw'}" format raw }}
            """, encoding="utf-8")
        self.env = {"ALSA_CONFIG_PATH": f"/usr/share/alsa/alsa.conf:{self.folder / 'asound.conf'}"}

    def test_plays_what_render_makes(self):
        done = self.run_cli("live", FM_MODEL, "--capture", "microphone", "--playback", "speaker",
                            "--rate", RATE_HZ, "--seconds", "1", env=self.env)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stderr, r"at 48000 Hz; latency \d+\.\d ms here \+ \d+\.\d ms")
        self.assertRegex(done.stderr, r"in +-\d+\.\d dB +\d+\.\d Hz +out .* xruns 0")
        played = np.frombuffer(self.folder.joinpath("out.raw").read_bytes(), "<f4")
        self.ok("render", FM_MODEL, "in.wav", "-o", "out.wav", "--as-live")
        rendered, _ = soundfile.read(self.folder.joinpath("out.wav"), dtype="float32")
        self.assertGreaterEqual(len(played), RATE_HZ - 1024)
        count = min(len(played), RATE_HZ)
        np.testing.assert_array_equal(played[:count], rendered[:count])
        self.assertGreater(np.abs(played).max(), 0.01)

    def test_a_device_that_is_not_there(self):
        done = self.run_cli("live", FM_MODEL, "--device", "nowhere", env=self.env)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r"^sideband: ALSA microphone 'nowhere': .*; `sideband live --list`")

    def test_no_jack_server(self):
        done = self.run_cli("live", FM_MODEL, "--jack", env={"JACK_DEFAULT_SERVER": "no_such_server"})
        self.assertEqual(done.returncode, 1)
        self.assertIn("JACK: no server is running", done.stderr)

    def test_lists_devices(self):
        done = self.run_cli("live", "--list", env=self.env)
        self.assertEqual(done.returncode, 0)
        self.assertIn("null", done.stdout)


if __name__ == "__main__":
    unittest.main()
