"""The layering check finds what it is there to find; and the path is compiled to the same arithmetic everywhere."""
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from tests.cli.support import ROOT


class Layers(unittest.TestCase):
    def check(self, name, line):
        """What the check says of a copy of the tree with one more file."""
        with tempfile.TemporaryDirectory() as folder:
            for part in ("core", "wasm", "web/ui"):
                shutil.copytree(ROOT / part, Path(folder) / part)
            if name:
                path = Path(folder) / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(f"// Something new.\n{line}\n")
            done = subprocess.run([sys.executable, ROOT / "tools/check_layers", folder],
                                  capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0 if "allowed" in done.stdout else 1, done.stderr)
        return done.stdout

    def test_the_tree_as_it_is_passes(self):
        self.assertIn("every include is allowed", self.check(None, None))

    def test_what_is_allowed_passes(self):
        for name, line in (("core/synth/new.cc", '#include "core/inference/controls.h"'),
                           ("core/inference/new.h", '#include "core/analyzer/features.h"'),
                           ("core/new.cc", '#include "core/synth/synth.h"'),
                           ("core/util/new.cc", "#include <cmath>"),
                           ("wasm/new.cc", '#include "core/engine.h"')):
            self.assertIn("every include is allowed", self.check(name, line), line)

    def test_what_breaks_a_rule_is_named(self):
        for name, line in (("core/synth/new.cc", '#include "core/inference/decoder.h"'),
                           ("core/synth/new.cc", '#include "core/analyzer/features.h"'),
                           ("core/analyzer/new.cc", '#include "core/synth/synth.h"'),
                           ("core/util/new.cc", '#include "core/engine.h"'),
                           ("core/util/new.cc", "#include <iostream>"),
                           ("core/new.cc", '#include "tools/sideband/csv.h"'),
                           ("core/newstage/new.cc", '#include "core/util/arena.h"'),
                           ("core/synth/new.cc", '#include "synth.h"'),
                           ("wasm/new.cc", '#include "core/synth/synth.h"'),
                           ("web/ui/new.cc", '#include "core/engine.h"')):
            self.assertIn(f"{name}:2: ", self.check(name, line), line)


OBJECTS = ROOT / "build/native/core/CMakeFiles/sideband_core.dir"
# Functions of the C library in single precision, whose last bit depends on the system.
LIBRARY = re.compile(r"\bU (a?(sin|cos|tan)h?|atan2|sincos|exp2?|expm1|log(2|10|1p)?|pow|cbrt|hypot)f(@|$)", re.M)


class PortableArithmetic(unittest.TestCase):
    """All but the networks' kernels, in which a fused multiply-add is worth its speed."""

    def test_no_last_bits_of_this_system(self):
        objects = [*OBJECTS.glob("*.o"), *(o for stage in ("analyzer", "synth", "util", "anchor")
                                           for o in (OBJECTS / stage).rglob("*.o"))]
        self.assertGreater(len(objects), 20)
        def text_of(*command):
            return subprocess.run([*command, *objects], capture_output=True, text=True, check=True).stdout
        self.assertIsNone(LIBRARY.search(text_of("nm", "-u")))
        code = text_of("objdump", "-d", "--no-show-raw-insn")
        self.assertEqual(code.count("file format"), len(objects))
        self.assertIsNone(re.search(r"\tvfm.*", code))

    def test_the_kernels_would_be_found(self):
        code = subprocess.run(["objdump", "-d", OBJECTS / "inference/kernels.cc.o"], capture_output=True, text=True,
                              check=True).stdout
        self.assertIn("vfm", code)


if __name__ == "__main__":
    unittest.main()
