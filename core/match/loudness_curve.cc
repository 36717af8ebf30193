#include "core/match/loudness_curve.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "core/analyzer/loudness_meter.h"
#include "core/dx7/curves.h"
#include "core/dx7/note.h"
#include "core/util/timebase.h"

namespace sideband::match {
namespace {

constexpr int kVelocity = 100;
constexpr int kMostFrames = 6 * kFrameRateHz;
constexpr float kNear = 1.5F;  // points away from which a moment no longer counts

using Levels = std::array<float, kOperators>;

float level_db(float radians) {
  const double amplitude = static_cast<double>(radians) / dx7::kFullIndex;
  return static_cast<float>(
      std::max(20 * std::log10(amplitude + 1e-9), static_cast<double>(LoudnessCurve::kSilentDb)));
}

// Hops in, loudness out.
class Listener {
 public:
  explicit Listener(double f0_hz) : period_(static_cast<float>(kAnalysisRateHz / f0_hz)) {}
  float operator()(std::span<const float> hop) {
    meter_.push(hop);
    return meter_.level_db(period_);
  }

 private:
  LoudnessMeter meter_;
  float period_;
};

struct Moment {
  float loudness_db;
  Levels level_db;
};

struct Course {
  std::array<Moment, kMostFrames> moment;
  int count = 0;
  int key_up = 0;
  float loudest_db = -120;
  int peak = 0;
};

double pitch_hz(const dx7::Voice& voice, int midi_note) {
  return 440 * std::exp2((midi_note + voice.transpose - 24 - 69) / 12.0);
}

void play(const dx7::Voice& voice, int midi_note, double hold_s, Course& course) {
  dx7::Note note;
  note.prepare(kAnalysisRateHz);
  note.start(voice, midi_note, kVelocity);
  FmVoice fm;
  fm.prepare(kAnalysisRateHz);
  fm.reset();
  Listener listener(pitch_hz(voice, midi_note));
  std::array<float, kHopSamples> hop{};
  course.key_up = std::clamp(static_cast<int>(hold_s * kFrameRateHz), 1, kMostFrames - 1);
  for (int frame = 0; frame < kMostFrames && !note.silent(); ++frame) {
    if (frame == course.key_up) note.key_up();
    const Controls controls = note.next_frame();
    fm.render(controls, note.patch(), hop);
    Moment& moment = course.moment[static_cast<std::size_t>(course.count++)];
    moment.loudness_db = listener(hop);
    std::transform(controls.level.begin(), controls.level.begin() + kOperators,
                   moment.level_db.begin(), level_db);
    if (moment.loudness_db > course.loudest_db) {
      course.loudest_db = moment.loudness_db;
      course.peak = frame;
    }
  }
  course.key_up = std::min(course.key_up, course.count - 1);
}

// The mean of the moments around each point; points without any are filled from their neighbours.
void gather(const Course& course, LoudnessCurve& curve) {
  std::array<float, LoudnessCurve::kPoints> weight{};
  for (int frame = 0; frame < course.count; ++frame) {
    const Moment& moment = course.moment[static_cast<std::size_t>(frame)];
    const float at = (course.loudest_db - moment.loudness_db) / LoudnessCurve::kStepDb;
    for (std::size_t p = 0; p < curve.level_db.size(); ++p) {
      const float near = 1 - std::abs(at - static_cast<float>(p)) / kNear;
      if (near <= 0) continue;
      weight[p] += near;
      for (std::size_t i = 0; i < kOperators; ++i) {
        curve.level_db[p][i] += near * moment.level_db[i];
      }
    }
  }
  for (std::size_t p = 0; p < weight.size(); ++p) {
    if (weight[p] <= 0) continue;
    for (float& level : curve.level_db[p]) level /= weight[p];
  }
  // The first point is the peak itself, so there is always one on the louder side.
  for (std::size_t p = 1; p < weight.size(); ++p) {
    if (weight[p] > 0) continue;
    std::size_t next = p;
    while (next < weight.size() && weight[next] <= 0) ++next;
    const Levels& before = curve.level_db[p - 1];
    for (std::size_t i = 0; i < kOperators; ++i) {
      const float slope = next < weight.size() ? (curve.level_db[next][i] - before[i]) /
                                                     static_cast<float>(next - p + 1)
                                               : 0.0F;
      curve.level_db[p][i] = before[i] + slope;
    }
    weight[p] = 1;
  }
}

// Loudness of a steady tone at these levels, over its second tenth of a second.
float steady_loudness_db(const dx7::Note& voice, double f0_hz, const Levels& level_db) {
  constexpr int kFrames = kFrameRateHz / 5;
  FmVoice fm;
  fm.prepare(kAnalysisRateHz);
  fm.reset();
  Listener listener(f0_hz);
  Controls controls;
  controls.f0_hz = f0_hz;
  for (std::size_t i = 0; i < kOperators; ++i) {
    controls.level[i] =
        static_cast<float>(dx7::kFullIndex * std::pow(10.0, static_cast<double>(level_db[i]) / 20));
  }
  std::array<float, kHopSamples> hop{};
  double power = 0;
  for (int frame = 0; frame < kFrames; ++frame) {
    fm.render(controls, voice.patch(), hop);
    const float db = listener(hop);
    if (frame >= kFrames / 2) power += std::pow(10.0, static_cast<double>(db) / 10);
  }
  return static_cast<float>(10 * std::log10(power / (kFrames - kFrames / 2) + 1e-12));
}

void fit_loudness(const dx7::Voice& voice, int midi_note, float loudest_db, LoudnessCurve& curve) {
  dx7::Note note;  // for its routing alone
  note.prepare(kAnalysisRateHz);
  note.start(voice, midi_note, kVelocity);
  note.next_frame();
  for (std::size_t p = 0; p < curve.level_db.size(); ++p) {
    Levels& level = curve.level_db[p];
    const float wanted = loudest_db - LoudnessCurve::kStepDb * static_cast<float>(p);
    float gain_db = wanted - steady_loudness_db(note, pitch_hz(voice, midi_note), level);
    for (std::size_t i = 0; i < kOperators; ++i) {
      if (note.patch().carrier[i] > 0) gain_db = std::min(gain_db, -level[i]);
    }
    for (std::size_t i = 0; i < kOperators; ++i) {
      if (note.patch().carrier[i] > 0) {
        level[i] = std::max(level[i] + gain_db, LoudnessCurve::kSilentDb);
      }
    }
  }
}

KeyCourse key_course(const Course& course) {
  constexpr float kFrameMs = 1000.0F / kFrameRateHz;
  const auto db_at = [&](int frame) {
    const int last = std::max(course.count - 1, 0);
    return course.moment[static_cast<std::size_t>(std::clamp(frame, 0, last))].loudness_db -
           course.loudest_db;
  };
  KeyCourse keys;
  const int peak = std::min(course.peak, course.key_up);
  keys.attack_ms = std::clamp(static_cast<float>(peak) * kFrameMs, 1.0F, 2000.0F);
  const int held = std::max(course.key_up - peak, 1);
  const float fallen_db = std::max(-db_at(course.key_up), 0.0F);
  const float late_db = std::max(db_at(peak + 3 * held / 4) - db_at(course.key_up), 0.0F);
  constexpr float kLowestDb = 40;
  if (fallen_db > 6 && late_db > 0.1F * fallen_db) {  // it would go on falling
    const float ms_per_db = static_cast<float>(held) * kFrameMs / fallen_db;
    keys.sustain_db = -kLowestDb;
    keys.decay_ms = std::clamp(kLowestDb * ms_per_db, 1.0F, 5000.0F);
  } else {
    keys.sustain_db = -std::min(fallen_db, kLowestDb);
    int settled = peak;
    while (settled < course.key_up && db_at(settled) > keys.sustain_db + 1) ++settled;
    keys.decay_ms = std::clamp(static_cast<float>(settled - peak) * kFrameMs, 1.0F, 5000.0F);
  }
  int gone = course.key_up;
  while (gone + 1 < course.count && db_at(gone) > db_at(course.key_up) - 30) ++gone;
  const float released_db = std::max(db_at(course.key_up) - db_at(gone), 1.0F);
  keys.release_ms = std::clamp(
      static_cast<float>(gone - course.key_up) * kFrameMs * 60 / released_db, 10.0F, 5000.0F);
  return keys;
}

}  // namespace

LoudnessCurve loudness_curve(const dx7::Voice& voice, int midi_note, double hold_s,
                             float loudest_db) {
  static Course course;  // too large for a small stack
  course = {};
  play(voice, midi_note, hold_s, course);
  LoudnessCurve curve;
  gather(course, curve);
  fit_loudness(voice, midi_note, loudest_db, curve);
  curve.keys = key_course(course);
  return curve;
}

}  // namespace sideband::match
