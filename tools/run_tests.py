"""Builds for every target and runs every suite; called by tools/test, which sets up first.

A suite is a function that counts its commands' results. Suites that do not disturb each other run
side by side, one a core; builds and what listens for dropouts have the machine to themselves. What a
suite printed is in build/test-logs/SUITE.log. The last line is "N passed, N failed"; the exit status
is 1 if any failed.
"""
import concurrent.futures
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Callable, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
LOGS = ROOT / "build" / "test-logs"
SHOWN_LINES = 30  # of a failed suite's log, and about each fault in it
# How a fault begins in the reports of TAP, Python's unittest, GoogleTest, tools/golden and compilers.
FAULT = re.compile(r"^\s*not ok |^(FAIL|ERROR): |^\[  FAILED  \] .*\(|: Failure$|^differs |\berror: |^==\d+==ERROR")
NODE = "node"
ARM = ("linux-arm64", "linux-armhf")
PYTHON = "/usr/bin/python3"  # the system's, for which tools/setup installed the modules
CORES = os.cpu_count() or 1


class Suite:
    """One suite at work: runs commands into its log and counts."""

    def __init__(self, name):
        self.name = name
        self.passed = 0
        self.failed = 0
        self.skipped = 0
        self.log_path = LOGS / f"{name}.log"
        self.log = self.log_path.open("w", encoding="utf-8")

    def run(self, *command, env=None):
        """The exit status and what was printed."""
        self.log.write("$ " + " ".join(str(c) for c in command) + "\n")
        self.log.flush()
        done = subprocess.run([str(c) for c in command], cwd=ROOT, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False,
                              env={**os.environ, **(env or {})})
        text = done.stdout.decode("utf-8", "replace")
        # Emscripten's glue is one line of many kilobytes when it fails.
        self.log.write("\n".join(line[:400] for line in text.splitlines()) + "\n")
        self.log.flush()
        return done.returncode, text

    def expect(self, *command, env=None):
        """A command that is one test by itself."""
        status, _ = self.run(*command, env=env)
        self.count(status == 0)
        return status == 0

    def count(self, good):
        self.passed += bool(good)
        self.failed += not good


def build(suite, preset, *options):
    return (suite.expect("cmake", "--preset", preset, *options) and
            suite.expect("cmake", "--build", f"build/{preset}"))


def run_ctest(suite, preset, *options, only=None):
    """Every test that CMake registered (of the names in `only`), each GoogleTest counted by its own report."""
    status, text = suite.run("ctest", "--test-dir", f"build/{preset}", "--show-only=json-v1")
    tests = json.loads(text)["tests"] if status == 0 else []
    tests = [test for test in tests if only is None or test["name"] in only]
    if not tests:
        suite.log.write("no tests are registered\n")
        suite.count(False)
    for test in tests:
        if "command" not in test:
            suite.log.write(f"{test['name']}: its program was not built\n")
            suite.count(False)
            continue
        report = LOGS / f"{suite.name}.{preset}.{test['name']}.json"
        report.unlink(missing_ok=True)
        status, _ = suite.run(*test["command"], f"--gtest_output=json:{report}", *options)
        if not report.exists():  # crashed, or not a GoogleTest binary
            suite.count(status == 0)
            continue
        result = json.loads(report.read_text(encoding="utf-8"))
        cases = [case for group in result["testsuites"] for case in group["testsuite"]]
        suite.skipped += sum(case["result"] == "SKIPPED" for case in cases)
        failed = sum("failures" in case for case in cases)
        suite.failed += failed
        suite.passed += sum(case["result"] == "COMPLETED" for case in cases) - failed
        if status != 0 and failed == 0:
            suite.count(False)  # a sanitizer or a leak, after the last test


def run_unittest(suite, folder, env=None, names=("*_test.py", "test_*.py")):
    """Python's own test runner over the folder's test files."""
    files = sorted({file for name in names for file in (ROOT / folder).glob(name)})
    modules = [".".join(file.relative_to(ROOT).with_suffix("").parts) for file in files]
    status, text = suite.run(PYTHON, "-m", "unittest", "-v", *modules, env=env)
    ran = re.findall(r"^Ran (\d+) tests?", text, re.M)
    bad = sum(int(n) for n in re.findall(r"(?:failures|errors|unexpected successes)=(\d+)", text))
    skipped = sum(int(n) for n in re.findall(r"skipped=(\d+)", text))
    total = int(ran[-1]) if ran else 0
    suite.skipped += skipped
    suite.failed += bad
    suite.passed += max(0, total - bad - skipped)
    if (status != 0 and bad == 0) or total == 0:
        suite.count(False)


def build_native(suite):
    build(suite, "native")


def build_asan(suite):
    build(suite, "asan")


def build_wasm(suite):
    build(suite, "wasm")


def build_embedded(suite):
    build(suite, "embedded")


def fuzz(suite):
    """A few seconds each, from the kept inputs: enough to notice, minutes are for tools/fuzz alone."""
    status, text = suite.run(PYTHON, "tools/fuzz", "--seconds", "6")
    counts = re.findall(r"^(\d+) passed, (\d+) failed$", text, re.M)
    passed, failed = map(int, counts[-1]) if counts else (0, 1)
    suite.passed += passed
    suite.failed += failed or int(status != 0)


def embedded(suite):
    run_unittest(suite, "tests/embedded")


def arm_cli(preset):
    return {"SIDEBAND": str(ROOT / "build" / preset / "emulated/sideband")}


def arm(suite):
    """For both kinds of ARM Linux the path's own sound."""
    good = True
    for preset in ARM:
        good = (suite.expect("cmake", "--preset", preset) and
                suite.expect("cmake", "--build", f"build/{preset}", "--target", "firmwares") and good)
    if good:
        run_unittest(suite, "tests/arm")


def arm_units(suite):
    """All that is built and tested natively, for both; `tools/setup arm` brings the libraries."""
    build(suite, "native")  # whose objects some of the command line's tests read
    for preset in ARM:
        if build(suite, preset):
            run_ctest(suite, preset, only=["unit", "kernels"])
            run_unittest(suite, "tests/cli", arm_cli(preset))


def layers(suite):
    suite.expect(PYTHON, "tools/check_layers")
    suite.expect(PYTHON, "tools/mutants", "--list")  # its faults are still those of this source
    suite.expect(PYTHON, "tools/bench/tables", "--check")


def formatting(suite):
    suite.expect("tools/check_format")


def names(suite):
    suite.expect(PYTHON, "tools/check_names")


def unit_native(suite):
    run_ctest(suite, "native")


def unit_asan(suite):
    run_ctest(suite, "asan")


def unit_wasm(suite):
    run_ctest(suite, "wasm")


def cli(suite):
    run_unittest(suite, "tests/cli", {"SIDEBAND": str(ROOT / "build/native/sideband")})


def cli_asan(suite):
    run_unittest(suite, "tests/cli", {"SIDEBAND": str(ROOT / "build/asan/sideband")})


def train(suite):
    run_unittest(suite, "tools/train", {"SIDEBAND": str(ROOT / "build/native/sideband")})


def golden(suite):
    """Every shipped model against what is kept of it, natively and as WebAssembly."""
    for options in ([], ["--wasm"]):
        status, text = suite.run(PYTHON, "tools/golden", "check", *options)
        suite.passed += len(re.findall(r"^ok ", text, re.M))
        failed = len(re.findall(r"^differs ", text, re.M))
        suite.failed += failed or int(status != 0)


def run_web(suite, files, at_once):
    status, text = suite.run(NODE, "--test", "--test-reporter=tap", f"--test-concurrency={at_once}", *files)
    counts = dict(re.findall(r"^# (pass|fail|cancelled|skipped) (\d+)$", text, re.M))
    suite.passed += int(counts.get("pass", 0))
    failed = int(counts.get("fail", 0)) + int(counts.get("cancelled", 0))
    suite.failed += failed
    suite.skipped += int(counts.get("skipped", 0))
    if not files or not counts or (status != 0 and failed == 0):
        suite.count(False)


# They listen for dropouts, or measure how long something takes.
WEB_ALONE = ("ab_blindness", "ab_speed", "budget", "frame_cost", "listening", "load", "match", "page",
             "panels_sound", "playing")


def web_files(alone):
    files = sorted((ROOT / "tests/web").glob("*.test.mjs"))
    return [file for file in files if (file.name.removesuffix(".test.mjs") in WEB_ALONE) == alone]


def web(suite):
    run_web(suite, web_files(alone=False), min(2, CORES))


def web_alone(suite):
    run_web(suite, web_files(alone=True), 1)


class Plan(NamedTuple):
    run: Callable
    needs: tuple = ()  # suites that must be over before, where they are asked for
    alone: bool = False  # uses every core, or hears when another does


NATIVE, ASAN, WASM = "build-native", "build-asan", "build-wasm"
SUITES = {
    "layers": Plan(layers), "format": Plan(formatting),
    NATIVE: Plan(build_native, alone=True),
    "names": Plan(names, (NATIVE,), alone=True),
    ASAN: Plan(build_asan, alone=True),
    "unit-asan": Plan(unit_asan, (ASAN,)), "cli-asan": Plan(cli_asan, (ASAN,)),
    "cli": Plan(cli, (NATIVE,)), "unit-native": Plan(unit_native, (NATIVE,)),
    "train": Plan(train, (NATIVE,)),
    WASM: Plan(build_wasm, alone=True),
    "fuzz": Plan(fuzz, (WASM,), alone=True),
    "build-embedded": Plan(build_embedded, alone=True),
    "arm": Plan(arm, ("build-embedded",)), "unit-wasm": Plan(unit_wasm, (WASM,)),
    "golden": Plan(golden, (NATIVE, WASM)),
    "embedded": Plan(embedded, (NATIVE, "build-embedded")),
    "web": Plan(web, (NATIVE, WASM), alone=True),
    "web-alone": Plan(web_alone, (NATIVE, WASM), alone=True),
}
# Only when asked for by name: they take minutes and rarely tell more than the others.
ON_REQUEST = {"arm-units": Plan(arm_units)}


def run_suite(name, plan):
    start = time.monotonic()
    suite = Suite(name)
    try:
        plan.run(suite)
    except Exception as error:  # a fault of this file: it must not end the other suites
        suite.log.write(f"run_tests: {error!r}\n")
        suite.count(False)
    suite.log.close()
    return suite, time.monotonic() - start


def fault_lines(lines):
    """What a log says of its faults, each with the lines after it; its end where none is recognised."""
    shown, until = [], 0
    for number, line in enumerate(lines):
        if FAULT.search(line) and number >= until:
            until = number + SHOWN_LINES
        if number < until:
            shown.append(line)
    return shown[:10 * SHOWN_LINES] or lines[-SHOWN_LINES:]


def show_failure(suite):
    print("\n".join(fault_lines(suite.log_path.read_text(encoding="utf-8").splitlines())))
    print(f"test: {suite.name} failed; all of it is in {suite.log_path.relative_to(ROOT)}", flush=True)


def run_all(plans):
    """name → (suite, seconds), in the order of `plans`."""
    waiting, running, rows = dict(plans), {}, {}
    with concurrent.futures.ThreadPoolExecutor(CORES) as pool:
        while waiting or running:
            for name, plan in list(waiting.items()):
                unready = any(need in waiting or need in running.values() for need in plan.needs)
                full = len(running) >= CORES or (plan.alone and running)
                if unready or full or any(plans[other].alone for other in running.values()):
                    continue
                print(f"test: {name} …", file=sys.stderr, flush=True)
                del waiting[name]
                running[pool.submit(run_suite, name, plan)] = name
            over, _ = concurrent.futures.wait(running, return_when=concurrent.futures.FIRST_COMPLETED)
            for future in over:
                rows[running.pop(future)] = future.result()
                if future.result()[0].failed:
                    show_failure(future.result()[0])
    return [rows[name] for name in plans]


def main(words):
    if words == ["--list"]:
        print("\n".join([*SUITES, *ON_REQUEST]))
        return 0
    known = {**SUITES, **ON_REQUEST}
    unknown = [word for word in words if word not in known]
    if unknown:
        print(f"test: there is no suite '{unknown[0]}'; there are {', '.join(known)}",
              file=sys.stderr)
        return 2
    LOGS.mkdir(parents=True, exist_ok=True)
    start = time.monotonic()
    rows = run_all({name: known[name] for name in words or SUITES})
    print(f"\n{'suite':<16}{'passed':>8}{'failed':>8}{'skipped':>9}{'seconds':>9}")
    for suite, seconds in rows:
        print(f"{suite.name:<16}{suite.passed:>8}{suite.failed:>8}{suite.skipped:>9}{seconds:>9.1f}")
    passed = sum(suite.passed for suite, _ in rows)
    failed = sum(suite.failed for suite, _ in rows)
    print(f"{time.monotonic() - start:.0f} s on {CORES} cores")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
