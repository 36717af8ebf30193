// The machine: signals in, features, a drive from features and coefficients, an update law, a
// safety law, and a synthesis from the new coefficients. One step, no memory taken.
//
//   s = analysis(x, y)          what is seen: of the signal and of the machine's own output
//   u = law.drive(s, a)         where to go
//   law.update(a, u)            a − αu, a·exp(ηu), …
//   safety(a before, a)         clamps, slew limits, budgets: nothing gets past it
//   y = synthesis(a)            what it does about it
//
// The parts are types, so that a step compiles to straight code; three machines are built from it:
// sound matching (audio_machine.h), an optimizer (optimizer_machine.h) and a controller
// (control_machine.h).
#pragma once

namespace sideband::match {

template <typename Parts>
class Machine {
 public:
  using Signal = typename Parts::Signal;
  using Coefficients = typename Parts::Coefficients;
  using Output = typename Parts::Output;

  Parts parts;
  Coefficients coefficients{};
  Output output{};

  // No allocation, no lock, no exception: may run on an audio thread where its parts may.
  void step(const Signal& signal) noexcept {
    const auto features = parts.analyze(signal, output);
    const auto drive = parts.drive(features, coefficients);
    const Coefficients before = coefficients;
    parts.update(coefficients, drive);
    parts.keep_safe(before, coefficients);
    output = parts.synthesize(coefficients);
  }
};

}  // namespace sideband::match
