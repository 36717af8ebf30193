"""Command lines that make no sense, files that are not there, and the help."""
import unittest

from tests.cli.support import FM_MODEL, CliTest

COMMANDS = ("info", "analyze", "decode", "synth", "render", "bench")


class Usage(CliTest):
    def test_nothing_at_all_shows_every_command_and_exits_2(self):
        done = self.run_cli()
        self.assertEqual(done.returncode, 2)
        for command in COMMANDS:
            self.assertIn(f"sideband {command} ", done.stderr)

    def test_help_goes_to_the_standard_output(self):
        for words in (["--help"], ["help"], *([c, "--help"] for c in COMMANDS)):
            self.assertIn("usage:", self.ok(*words))

    def test_an_unknown_command_is_named(self):
        done = self.run_cli("analyse")
        self.assertEqual(done.returncode, 2)
        self.assertIn("'analyse'", done.stderr)

    def test_missing_words_are_named(self):
        self.assertIn("IN.wav is missing", self.misuse("analyze", "-o", "x.csv"))
        self.assertIn("-o is missing", self.misuse("analyze", "x.wav"))
        self.assertIn("-o needs a value", self.misuse("analyze", "x.wav", "-o"))
        self.assertIn("FRAMES.csv is missing", self.misuse("decode", FM_MODEL, "-o", "-"))
        self.assertIn("CONTROLS.csv is missing", self.misuse("synth", "m", "f.csv", "-o", "x.wav"))
        self.assertIn("IN.wav is missing", self.misuse("render", FM_MODEL, "-o", "x.wav"))

    def test_superfluous_words_are_named(self):
        self.assertIn("'more'", self.misuse("analyze", "x.wav", "more", "-o", "x.csv"))
        self.assertIn("--loud", self.misuse("render", "m", "x.wav", "-o", "y.wav", "--loud"))
        self.assertIn("'more'", self.misuse("info", "m", "more"))

    def test_numbers_out_of_range_are_usage_errors(self):
        for option, value in (("--rate", "7999"), ("--rate", "fast"), ("--rate", "44100.5"),
                              ("--block", "0"), ("--block", "-1"), ("--block", "nan")):
            text = self.misuse("render", "m", "x.wav", "-o", "y.wav", option, value)
            self.assertIn(option, text)
            self.assertIn(f"'{value}'", text)

    def test_parameters_are_checked_against_the_table(self):
        render = ("render", "m", "x.wav", "-o", "y.wav", "--set")
        self.assertIn("output_gain_db", self.misuse(*render, "volume=1"))  # lists what there is
        self.assertIn("brightness goes from 0 to 4", self.misuse(*render, "brightness=5"))
        self.assertIn("brightness", self.misuse(*render, "brightness=bright"))
        self.assertIn("param=value", self.misuse(*render, "brightness"))


class MissingFiles(CliTest):
    def test_a_file_that_is_not_there_is_named(self):
        self.analyzed()
        for words in (("analyze", "none", "-o", "-"), ("info", "none"), ("bench", "none"),
                      ("decode", "none", "frames.csv", "-o", "-"),
                      ("decode", FM_MODEL, "none", "-o", "-"),
                      ("synth", FM_MODEL, "frames.csv", "none", "-o", "x.wav"),
                      ("render", FM_MODEL, "none", "-o", "x.wav"),
                      ("render", "none", "tone.wav", "-o", "x.wav")):
            self.assertEqual(self.fault("none", *words), "No such file or directory")

    def test_an_output_that_cannot_be_written_is_named(self):
        self.analyzed()
        for words in (("analyze", "tone.wav", "-o", "no/where.csv"),
                      ("decode", FM_MODEL, "frames.csv", "-o", "no/where.csv"),
                      ("render", FM_MODEL, "tone.wav", "-o", "no/where.csv")):
            self.assertEqual(self.fault("no/where.csv", *words), "No such file or directory")

    def test_audio_does_not_go_through_standard_streams(self):
        self.analyzed()
        self.assertIn("standard input", self.fault("-", "analyze", "-", "-o", "x.csv"))
        self.assertIn("standard output", self.fault("-", "render", FM_MODEL, "tone.wav", "-o", "-"))


if __name__ == "__main__":
    unittest.main()
