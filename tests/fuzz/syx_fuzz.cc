// Any bytes as a DX7 dump: refused with a sentence, or written back bit for bit and played.
#include <algorithm>
#include <array>

#include "core/dx7/note.h"
#include "core/dx7/syx.h"
#include "tests/fuzz/fuzz.h"

using namespace sideband;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static dx7::Dump dump;
  std::size_t used_bytes = 0;
  const std::span<const std::uint8_t> input(data, size);
  const Status status = dx7::parse_syx(input, dump, used_bytes);
  if (!status) {
    fuzz::expect_sentence(status.message());
    return 0;
  }
  fuzz::expect(used_bytes <= size, "no more is read than there is");

  std::array<std::uint8_t, dx7::kBankDumpBytes> again{};
  std::size_t written_bytes = 0;
  fuzz::expect(dx7::write_syx(dump, again, written_bytes, true).ok(),
               "what was read can be written");
  fuzz::expect(std::ranges::equal(input.first(used_bytes), std::span(again).first(written_bytes)),
               "a dump is written back bit for bit");

  static dx7::Note note;
  std::array<float, 256> out{};
  note.prepare(16000);
  note.start(dump.voice[0], data[size / 2] % 128, data[size / 3] % 128);
  note.render(out);
  note.key_up();
  note.render(out);
  for (const float sample : out)
    fuzz::expect(std::isfinite(sample), "every voice sounds in numbers");
  return 0;
}
