// sideband examples: voices played and heard as the recogniser hears them, many in one process, for
// its training (tools/train/recogniser_data.py).
//
// A row of the input is 162 bytes: the 155 of a voice, the key it is played at, two other keys,
// and, of two bytes each, the low one first and in hops of 64 samples, when the key goes up and
// when the recogniser takes it to go up. A row of the output is the sound's first two seconds from
// its onset: the onset in hops (two bytes), the bands of all frames, the combs at the three keys
// (core/match/recogniser_input.h), and when the key goes up by the rule of core/match/key_up.h, in
// hops (two bytes).
#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <memory>

#include "core/dx7/note.h"
#include "core/match/key_up.h"
#include "core/match/recogniser_input.h"
#include "core/match/target.h"
#include "core/util/timebase.h"
#include "tools/sideband/arguments.h"
#include "tools/sideband/audio_file.h"
#include "tools/sideband/commands.h"
#include "tools/sideband/memory.h"
#include "tools/sideband/syx_file.h"

namespace sideband::cli {
namespace {

constexpr std::size_t kSamples = 2 * kAnalysisRateHz;  // that are heard
constexpr std::size_t kKeys = 3;
constexpr std::size_t kRow = dx7::kVoiceBytes + kKeys + 4;

std::vector<std::uint8_t> read_rows(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw Fault(path, "cannot be opened");
  std::vector<std::uint8_t> rows{std::istreambuf_iterator<char>(file), {}};
  if (rows.empty() || rows.size() % kRow != 0) {
    throw Fault(path, "is not rows of " + std::to_string(kRow) + " bytes");
  }
  return rows;
}

}  // namespace

int run_examples(const std::vector<std::string>& words) {
  const Arguments arguments(words, {.switches = {}, .options = {"-o"}});
  const std::string path = arguments.files({"ROWS.bin"})[0];
  const std::string out_path = arguments.required("-o");
  const std::vector<std::uint8_t> rows = read_rows(path);
  Memory memory(std::size_t{4} << 20U);
  match::RecogniserInput input;
  match::KeyUpFinder rule;
  if (!input.prepare(kSamples, memory.arena()) || !rule.prepare(kSamples, memory.arena()))
    throw Fault(path, "no memory to listen");
  const auto note = std::make_unique<dx7::Note>();
  note->prepare(kAnalysisRateHz);
  std::vector<float> sound(kSamples + 2048);  // an onset is sooner
  std::vector<std::uint8_t> bytes;
  for (std::size_t at = 0; at < rows.size(); at += kRow) {
    const std::span row = std::span(rows).subspan(at, kRow);
    dx7::VoiceBytes voice;
    std::copy_n(row.begin(), voice.size(), voice.begin());
    const auto hops = [&](std::size_t place) {
      return static_cast<std::size_t>(row[place] + 256 * row[place + 1]) * kHopSamples;
    };
    const std::size_t up = std::min(hops(kRow - 4), sound.size());
    note->start(dx7::from_bytes(voice), std::min<int>(row[dx7::kVoiceBytes], 127), 100);
    note->render(std::span(sound).first(up));
    note->key_up();
    note->render(std::span(sound).subspan(up));
    const std::size_t onset = std::min(match::onset_of(sound), sound.size() - kSamples);
    const auto heard = std::span<const float>(sound).subspan(onset, kSamples);
    const auto put = [&](std::size_t hop) {
      bytes.push_back(static_cast<std::uint8_t>(hop % 256));
      bytes.push_back(static_cast<std::uint8_t>(hop / 256));
    };
    put(onset / kHopSamples);
    const auto bands = input.bands(heard);
    bytes.insert(bytes.end(), bands.begin(), bands.end());
    const double taken_s = static_cast<double>(hops(kRow - 2)) / kAnalysisRateHz;
    input.listen(heard, std::min(taken_s, static_cast<double>(kSamples) / kAnalysisRateHz));
    match::RecogniserInput::Comb comb;
    for (std::size_t k = 0; k < kKeys; ++k) {
      input.lay_out(440 * std::exp2((row[dx7::kVoiceBytes + k] - 69) / 12.0), comb);
      bytes.insert(bytes.end(), comb.begin(), comb.end());
    }
    put(static_cast<std::size_t>(std::lround(rule.find(heard) * kFrameRateHz)));
  }
  write_bytes(out_path, bytes);
  return 0;
}

}  // namespace sideband::cli
