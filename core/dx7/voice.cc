#include "core/dx7/voice.h"

#include <algorithm>

namespace sideband::dx7 {
namespace {

constexpr std::size_t kOperatorBytes = 21;
constexpr std::size_t kGlobalAt = kOperatorBytes * kOperators;  // 126

constexpr std::array<Parameter, kOperatorBytes> kOperatorParameters{{
    {"EG rate 1", 0, 99},
    {"EG rate 2", 0, 99},
    {"EG rate 3", 0, 99},
    {"EG rate 4", 0, 99},
    {"EG level 1", 0, 99},
    {"EG level 2", 0, 99},
    {"EG level 3", 0, 99},
    {"EG level 4", 0, 99},
    {"level scaling break point", 0, 99},
    {"level scaling left depth", 0, 99},
    {"level scaling right depth", 0, 99},
    {"level scaling left curve", 0, 3},
    {"level scaling right curve", 0, 3},
    {"rate scaling", 0, 7},
    {"amplitude modulation sensitivity", 0, 3},
    {"velocity sensitivity", 0, 7},
    {"output level", 0, 99},
    {"frequency mode", 0, 1},
    {"frequency coarse", 0, 31},
    {"frequency fine", 0, 99},
    {"detune", 0, 14},
}};

constexpr std::array<Parameter, kVoiceBytes - kGlobalAt> kGlobalParameters{{
    {"pitch EG rate 1", 0, 99},
    {"pitch EG rate 2", 0, 99},
    {"pitch EG rate 3", 0, 99},
    {"pitch EG rate 4", 0, 99},
    {"pitch EG level 1", 0, 99},
    {"pitch EG level 2", 0, 99},
    {"pitch EG level 3", 0, 99},
    {"pitch EG level 4", 0, 99},
    {"algorithm", 0, 31},
    {"feedback", 0, 7},
    {"oscillator sync", 0, 1},
    {"LFO speed", 0, 99},
    {"LFO delay", 0, 99},
    {"LFO pitch depth", 0, 99},
    {"LFO amplitude depth", 0, 99},
    {"LFO sync", 0, 1},
    {"LFO wave", 0, 5},
    {"pitch modulation sensitivity", 0, 7},
    {"transpose", 0, 48},
    {"name character 1", 0, 127},
    {"name character 2", 0, 127},
    {"name character 3", 0, 127},
    {"name character 4", 0, 127},
    {"name character 5", 0, 127},
    {"name character 6", 0, 127},
    {"name character 7", 0, 127},
    {"name character 8", 0, 127},
    {"name character 9", 0, 127},
    {"name character 10", 0, 127},
}};

// Calls visit(byte of the dump, field of the voice) for all 155, in the dump's order: one list for
// both directions.
template <typename Bytes, typename AnyVoice, typename Visit>
void for_each_byte(Bytes& bytes, AnyVoice& voice, Visit visit) {
  std::size_t at = 0;
  const auto next = [&](auto& field) { visit(bytes[at++], field); };
  for (std::size_t i = kOperators; i-- > 0;) {
    auto& op = voice.op[i];
    for (auto& rate : op.envelope.rate) next(rate);
    for (auto& level : op.envelope.level) next(level);
    next(op.break_point);
    next(op.left_depth);
    next(op.right_depth);
    next(op.left_curve);
    next(op.right_curve);
    next(op.rate_scaling);
    next(op.amplitude_sense);
    next(op.velocity_sense);
    next(op.output_level);
    next(op.fixed_frequency);
    next(op.coarse);
    next(op.fine);
    next(op.detune);
  }
  for (auto& rate : voice.pitch_envelope.rate) next(rate);
  for (auto& level : voice.pitch_envelope.level) next(level);
  next(voice.algorithm);
  next(voice.feedback);
  next(voice.oscillator_sync);
  next(voice.lfo.speed);
  next(voice.lfo.delay);
  next(voice.lfo.pitch_depth);
  next(voice.lfo.amplitude_depth);
  next(voice.lfo.sync);
  next(voice.lfo.wave);
  next(voice.pitch_sense);
  next(voice.transpose);
  for (auto& character : voice.name) next(character);
}

}  // namespace

Parameter parameter(std::size_t number) {
  if (number >= kVoiceBytes) return {};
  if (number >= kGlobalAt) return kGlobalParameters[number - kGlobalAt];
  Parameter found = kOperatorParameters[number % kOperatorBytes];
  found.op = kOperators - static_cast<int>(number / kOperatorBytes);
  return found;
}

VoiceBytes to_bytes(const Voice& voice) {
  VoiceBytes bytes{};
  for_each_byte(bytes, voice, [](std::uint8_t& byte, const auto& field) {
    byte = static_cast<std::uint8_t>(field) & 0x7FU;
  });
  return bytes;
}

Voice from_bytes(const VoiceBytes& bytes) {
  Voice voice;
  for_each_byte(bytes, voice, [](const std::uint8_t& byte, auto& field) {
    field = static_cast<std::remove_reference_t<decltype(field)>>(byte & 0x7FU);
  });
  return voice;
}

Voice limited(const Voice& voice, int* changed) {
  VoiceBytes bytes = to_bytes(voice);
  int count = 0;
  for (std::size_t i = 0; i < kVoiceBytes; ++i) {
    const int max = parameter(i).max;
    if (bytes[i] <= max) continue;
    bytes[i] = static_cast<std::uint8_t>(max);
    ++count;
  }
  if (changed != nullptr) *changed = count;
  return from_bytes(bytes);
}

PrintableName printable_name(const Voice& voice) {
  PrintableName name;
  for (std::size_t i = 0; i < kNameLength; ++i) {
    const char c = voice.name[i];
    name.text[i] = c >= ' ' && c <= '~' ? c : '?';
  }
  for (std::size_t i = kNameLength; i-- > 0 && name.text[i] == ' ';) name.text[i] = '\0';
  return name;
}

}  // namespace sideband::dx7
