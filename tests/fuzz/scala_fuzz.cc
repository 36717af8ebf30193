// Any text as a Scala file: refused with a sentence, or every note finds a pitch nearby.
#include <algorithm>

#include "core/analyzer/tuning.h"
#include "tests/fuzz/fuzz.h"

using namespace sideband;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Tuning tuning;
  const Status status = parse_scala(fuzz::text(data, size), 60, tuning);
  if (!status) {
    fuzz::expect_sentence(status.message());
    fuzz::expect(tuning.degrees == 0, "a refused scale changes nothing");
    return 0;
  }
  const auto degrees = tuning.cents.begin() + tuning.degrees;
  fuzz::expect(tuning.degrees > 0, "an accepted scale has notes");
  fuzz::expect(std::is_sorted(tuning.cents.begin(), degrees), "degrees ascend");
  for (float midi = 20; midi < 110; midi += 7.3F) {
    const float off_cents = std::abs(tuning.nearest_midi(midi) - midi) * 100;
    fuzz::expect(off_cents <= tuning.period_cents / 2 + 1,
                 "the nearest note is within half a period");
  }
  return 0;
}
