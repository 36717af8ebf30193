// Any bytes as a model file: refused with a sentence, or it loads and plays without harm.
#include <vector>

#include "core/engine.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/test_engine.h"

using namespace sideband;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static test::TestEngine host(16000);
  static const std::vector<float> tone = test::test_tone(16000, 0.05F);

  const Status status = host.engine.load(0, fuzz::bytes(data, size));
  if (!status) {
    fuzz::expect_sentence(status.message());
    return 0;
  }
  static_cast<void>(host.engine.finish_loading());
  fuzz::expect_audible(host.run(tone, 160));
  return 0;
}
